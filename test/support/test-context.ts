import type { Context } from '../../cli/context/context.js';
import { run } from '../../cli/run.js';
import { type Clock, systemClock } from '../../lib/clock.js';
import { createHttpClient } from '../../lib/environment.js';
import type { Keychain } from '../../lib/secrets/keychain.js';
import { shownText } from '../../lib/text.js';
import { fakeKeychain } from './fake-keychain.js';
import './made-once.js';

/** A clock whose time of day a test sets; what is waited for passes as always. */
export interface TestClock extends Clock {
  /** Milliseconds since the epoch. */
  time: number;
}

export function testClock(time = Date.now()): TestClock {
  const clock: TestClock = { ...systemClock, time, now: () => clock.time, sinceBoot: () => undefined };
  return clock;
}

/** A clock on which waiting takes no time: what would be waited for has gone by. */
export function jumpingClock(clock: Clock = systemClock): Clock {
  let jumped = 0;
  return {
    ...clock,
    monotonic: () => clock.monotonic() + jumped,
    sleep: async (milliseconds, signal) => {
      jumped += milliseconds;
      await systemClock.sleep(1, signal);
    },
  };
}

/** A clock whose sleepers wake only when a test lets time pass. */
export interface SteppedClock extends Clock {
  /** How many sleep at present. */
  readonly sleepers: number;
  /** Lets time pass, for those too who share the time of day. */
  pass(milliseconds: number): void;
}

export function steppedClock(shared: TestClock): SteppedClock {
  const sleeping = new Set<{ readonly until: number; wake(): void }>();
  return {
    ...shared,
    now: () => shared.time,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const stop = () => {
          sleeping.delete(sleeper);
          reject(signal?.reason);
        };
        const wake = () => {
          sleeping.delete(sleeper);
          signal?.removeEventListener('abort', stop);
          resolve();
        };
        const sleeper = { until: shared.time + milliseconds, wake };
        sleeping.add(sleeper);
        signal?.addEventListener('abort', stop, { once: true });
      }),
    get sleepers() {
      return sleeping.size;
    },
    pass: (milliseconds) => {
      shared.time += milliseconds;
      for (const sleeper of [...sleeping]) if (sleeper.until <= shared.time) sleeper.wake();
    },
  };
}

export interface TestContextOptions {
  readonly home: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  readonly stdin?: string | Uint8Array;
  /** Makes all three streams terminals; questions are answered from this list. */
  readonly answers?: string[];
  readonly stdoutIsTTY?: boolean;
  /** The width of the terminal; 80 without it. */
  readonly columns?: number;
  readonly keychain?: Keychain;
  readonly program?: Context['program'];
  readonly self?: Context['self'];
  readonly nodeVersion?: string;
  readonly platform?: Context['platform'];
  readonly openBrowser?: Context['openBrowser'];
  readonly runChild?: Context['runChild'];
  /** What other programs print; one that is not listed is missing. */
  readonly outputs?: Readonly<Record<string, string>>;
  readonly interruption?: AbortSignal;
  /** Gets all that was written to stderr, whenever more of it comes. */
  readonly onStderr?: (soFar: string) => void;
}

export interface RunResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process, against real files and real servers, in a context of the test's own. */
export async function runLine(argv: readonly string[], options: TestContextOptions): Promise<RunResult> {
  const captured = { stdout: '', stderr: '' };
  const context = testContext(options, captured);
  const status = await run(argv, context);
  return { status, ...captured };
}

export function testContext(options: TestContextOptions, captured: { stdout: string; stderr: string }): Context {
  const terminal = options.answers !== undefined;
  const output = (name: 'stdout' | 'stderr', isTTY: boolean) => ({
    isTTY,
    columns: options.columns ?? 80,
    get hasWritten() {
      return captured[name] !== '';
    },
    write: (text: string | Uint8Array) => {
      captured[name] += typeof text === 'string' ? shownText(text, isTTY) : Buffer.from(text).toString('utf8');
      if (name === 'stderr') options.onStderr?.(captured.stderr);
    },
    drained: async () => true,
    flushed: async () => undefined,
  });
  const answer = async (question: string) => {
    if (!terminal) throw new Error(`asked without a terminal: ${question}`);
    captured.stderr += question;
    options.onStderr?.(captured.stderr);
    return options.answers?.shift() ?? '';
  };
  return {
    program: options.program ?? 'oracle-compute',
    self: options.self ?? [process.execPath, '/opt/oracle-compute/dist/bin/oracle-compute.js'],
    version: '0.0.0-test',
    nodeVersion: options.nodeVersion ?? process.versions.node,
    stdin: { isTTY: terminal, read: () => chunksOf(options.stdin ?? '') },
    stdout: output('stdout', options.stdoutIsTTY ?? terminal),
    stderr: output('stderr', terminal),
    env: options.env ?? {},
    assertUtf8: () => undefined,
    home: options.home,
    cwd: options.home,
    platform: options.platform ?? process.platform,
    uid: process.geteuid?.(),
    clock: options.clock ?? systemClock,
    interruption: options.interruption ?? new AbortController().signal,
    crash: new Promise(() => undefined),
    http: createHttpClient,
    keychain: options.keychain ?? fakeKeychain(),
    promptSecret: async (question, signal) => {
      // Who has nothing more to say lets the program wait until it needs no answer any more.
      if (signal && !options.answers?.length) await new Promise((done) => signal.addEventListener('abort', done));
      return answer(question);
    },
    ask: answer,
    openBrowser: options.openBrowser ?? (async () => false),
    runChild: options.runChild ?? (async () => ({ status: 0 })),
    outputOf: async (command) => options.outputs?.[command],
  };
}

async function* chunksOf(content: string | Uint8Array): AsyncIterable<Uint8Array> {
  const bytes = Buffer.from(content);
  for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
}
