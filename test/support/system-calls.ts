import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './program.js';
import { requirePart } from './real-part.js';

/** One call by which a program touches a file: the how-manieth of its name, and what it does to which file. */
interface FileCall {
  readonly name: string;
  readonly ordinal: number;
  /** `rename .opc/cookies/….tmp`: the same in every run. */
  readonly label: string;
  /** Can another process see what it did? */
  readonly isChange: boolean;
  /** Only calls for this file are counted: more than one thread removes files, and any of them may come to a number first. */
  readonly path: string | undefined;
}

export interface TracedProgram {
  readonly command: readonly string[];
  readonly line: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls for files below this folder count. */
  readonly home: string;
}

/** All that can change a file or a folder, and what opens one. */
const CALLS = 'openat,write,pwrite64,fsync,fdatasync,rename,unlink,mkdir,rmdir,symlink,link,chmod,fchmod,utimensat';

/**
 * strace counts calls for each thread by itself. The main one works on files, and these calls, made before the program's
 * own, give its calls numbers that no other thread reaches.
 */
const BUSY_THREAD = `const { closeSync, openSync, writeSync } = require('node:fs');
for (let call = 0; call < 200; call++) {
  const descriptor = openSync('/dev/null', 'w');
  writeSync(descriptor, '.');
  closeSync(descriptor);
}`;

async function trace(traced: TracedProgram, calls: string, inject: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'trace-'));
  try {
    const preload = join(folder, 'preload.cjs');
    const log = join(folder, 'log');
    writeFileSync(preload, BUSY_THREAD);
    const options = ['-f', '-qq', '-y', '-s', '0', '-o', log, '-e', `trace=${calls}`, ...inject];
    const [file = '', ...words] = traced.command;
    const env = { ...traced.env, UV_THREADPOOL_SIZE: '1' };
    const command = [requirePart('strace'), ...options, file, '--require', preload, ...words];
    const result = await runProgram(traced.line, { env }, command);
    return { result, lines: readFileSync(log, 'latin1').split('\n') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where the how-manieth call it is differs from run to run (the thread wakes the other one by a write, too). */
const NEIGHBOURS = [0, 0, ...Array.from({ length: 12 }, (_, index) => [-index - 1, index + 1]).flat()];

export interface KilledProgram<P> {
  traced(place: P): TracedProgram;
  /** Brings a place into the state before. */
  prepare(place: P): Promise<void>;
  /** Looks at what the killed program left. */
  check(place: P, context: string): Promise<void>;
  /** Leaves out calls that change nothing which others could see: what is left is the same as at the next change. */
  readonly changesOnly?: boolean;
}

/**
 * Runs a program once to its end, and then once for each call by which it touched a file: that run is killed when it
 * enters the call. The places are worked at side by side.
 *
 * @returns the labels of the calls
 */
export async function killAtEveryCall<P>(places: readonly P[], program: KilledProgram<P>): Promise<string[]> {
  const [first] = places;
  if (first === undefined) throw new Error('there is no place to run the program in');
  await program.prepare(first);
  const calls = (await fileCallsOf(program.traced(first))).filter(({ isChange }) => isChange || !program.changesOnly);
  const waiting = [...calls];
  const missed: string[] = [];
  const work = async (place: P) => {
    for (let call = waiting.shift(); call; call = waiting.shift()) {
      // On a busy machine the number may move while it is looked for.
      const isMet = (await killAtCall(place, call, program)) || (await killAtCall(place, call, program));
      if (!isMet) missed.push(call.label);
    }
  };
  await Promise.all(places.map(work));
  if (missed.length > 0) throw new Error(`never killed at: ${missed.join(', ')}`);
  return calls.map(({ label }) => label);
}

async function killAtCall<P>(place: P, call: FileCall, program: KilledProgram<P>): Promise<boolean> {
  for (const ordinal of NEIGHBOURS.map((distance) => call.ordinal + distance).filter((number) => number > 0)) {
    await program.prepare(place);
    const met = await killAt(program.traced(place), { ...call, ordinal });
    await program.check(place, `killed at ${met ?? 'no file'}`);
    if (met === call.label) return true;
  }
  return false;
}

async function fileCallsOf(traced: TracedProgram): Promise<FileCall[]> {
  const { result, lines } = await trace(traced, CALLS, []);
  if (result.status !== 0) throw new Error(`${traced.line.join(' ')} failed: ${result.stderr}`);
  const counts = new Map<string, number>();
  const calls: FileCall[] = [];
  for (const line of lines) {
    const [, thread, name] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (thread === undefined || name === undefined) continue;
    const label = labelOf(line, traced.home);
    const path = name === 'unlink' && !label?.includes('…') ? label?.slice(name.length + 1) : undefined;
    const [all, ofPath] = [`${thread} ${name}`, `${thread} ${name} ${path}`].map((counted) => {
      counts.set(counted, (counts.get(counted) ?? 0) + 1);
      return counts.get(counted) ?? 0;
    });
    const ordinal = (path === undefined ? all : ofPath) ?? 0;
    if (label !== undefined) calls.push({ name, ordinal, label, isChange: isChange(line, name), path });
  }
  return calls;
}

/** Runs a program that is killed when it enters a call; gives the label of the call at which that really was. */
async function killAt(
  traced: TracedProgram,
  { name, ordinal, path }: Pick<FileCall, 'name' | 'ordinal' | 'path'>,
): Promise<string | undefined> {
  // The file is another one in each place that the program runs in.
  const only = path === undefined ? [] : ['-P', join(traced.home, path)];
  const { lines } = await trace(traced, name, [`--inject=${name}:signal=KILL:when=${ordinal}`, ...only]);
  const unfinished = lines.filter((line) => / = \?$| <unfinished \.\.\.>$/.test(line) && line.includes(`${name}(`));
  return unfinished.map((line) => labelOf(line, traced.home)).find((label) => label !== undefined);
}

function isChange(line: string, name: string): boolean {
  return !/ = -1 /.test(line) && !/^f(data)?sync$/.test(name) && (name !== 'openat' || /O_CREAT/.test(line));
}

/** Names that differ from run to run are made alike: random endings. */
function labelOf(line: string, home: string): string | undefined {
  const name = /^\d+ +(\w+)\(/.exec(line)?.[1];
  const at = line.indexOf(`${home}/`);
  if (name === undefined || at === -1) return undefined;
  const path = /^[^">]*/.exec(line.slice(at + home.length + 1))?.[0] ?? '';
  const steady = path.replace(/\.[0-9a-f]{8}\.oracle-compute\.tmp$/, '.….tmp').replace(/\.new-[0-9A-Za-z]+/, '.new-…');
  const flags = name === 'openat' && /O_CREAT/.test(line) ? ' (create)' : '';
  return `${name} ${steady}${flags}`;
}
