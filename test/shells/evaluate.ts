import { spawn } from 'node:child_process';
import { mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real shell, how it is started and how a user makes it take over the statements in a file. */
export interface Evaluation {
  readonly shell: string;
  readonly args?: readonly string[];
  /** The line of a script that evaluates `file`. `text` is what stands in it, for a user who pastes it. */
  readonly evaluate: (file: string, text: string) => string;
  readonly unset: (name: string) => string;
  /** Lines at the top of the script: options that a user may have set. */
  readonly setUp?: readonly string[];
  /** Give the script on standard input, as typed by a person, instead of as a file. */
  readonly typed?: boolean;
  readonly locale?: string;
}

export const VARIABLE = 'OPC_COOKIE';

/** What a program started by the shell finds, between two lines that no value can hold a line end to imitate. */
const REPORT = ['echo "== value"', `printenv ${VARIABLE}`, 'echo "== end"'];

/**
 * What the programs started by the shell find in `OPC_COOKIE` after each of `statements`, or undefined where the
 * variable is not there. One process of the shell for all of them.
 *
 * @throws Error when a file appears that no one asked for: a command inside a value was run
 */
export async function evaluateAll(how: Evaluation, statements: readonly string[]): Promise<(string | undefined)[]> {
  const folder = await mkdtemp(join(tmpdir(), 'shell-'));
  try {
    const lines = [...(how.setUp ?? [])];
    for (const [index, statement] of statements.entries()) {
      await writeFile(join(folder, `s${index}`), statement);
      lines.push(how.unset(VARIABLE), how.evaluate(`s${index}`, statement.trimEnd()), ...REPORT);
    }
    await writeFile(join(folder, 'script'), `${lines.join('\n')}\n`);
    const before = await readdir(folder);
    const output = await runShell(how, folder);
    const strangers = (await readdir(folder)).filter((file) => !before.includes(file));
    if (strangers.length > 0) throw new Error(`a value was run as a command: ${strangers.join(', ')}`);
    return readReports(output, statements.length);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runShell(how: Evaluation, folder: string): Promise<string> {
  const script = await open(join(folder, 'script'));
  try {
    const child = spawn(how.shell, [...(how.args ?? []), ...(how.typed ? [] : ['script'])], {
      cwd: folder,
      // A session of its own: an interactive shell must not reach for the terminal of whoever runs the tests.
      detached: true,
      env: { PATH: process.env.PATH, HOME: '/nonexistent', LC_ALL: how.locale ?? 'C.UTF-8', TERM: 'dumb' },
      stdio: [how.typed ? script.fd : 'ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk) => (stdout += chunk));
    child.stderr?.setEncoding('utf8').on('data', (chunk) => (stderr += chunk));
    await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
    return `${stdout}\n${stderr}`;
  } finally {
    await script.close();
  }
}

function readReports(output: string, count: number): (string | undefined)[] {
  const reports = [...output.matchAll(/== value\n(?:(.*)\n)?== end\n/g)].map((report) => report[1]);
  if (reports.length !== count) throw new Error(`${count} reports expected, got ${reports.length}: ${output}`);
  return reports;
}
