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
  /** Lines at the top of the script: options that a user may have set. */
  readonly setUp?: readonly string[];
  /** Give the script on standard input, as typed by a person, instead of as a file. */
  readonly typed?: boolean;
  readonly locale?: string;
}

/** Separates what the shell prints from the environment of the program that it starts at the end. */
const MARK = '== environment';

/**
 * What a program started by the shell finds in each of `names` after the statement of the same index, or undefined if
 * the variable does not exist. One process of the shell for all of them.
 *
 * @throws Error when a file appears that no one asked for: a command inside a value was run
 */
export async function evaluateAll(
  how: Evaluation,
  names: readonly string[],
  statements: readonly string[],
): Promise<(string | undefined)[]> {
  const folder = await mkdtemp(join(tmpdir(), 'shell-'));
  try {
    const lines = [...(how.setUp ?? [])];
    for (const [index, statement] of statements.entries()) {
      await writeFile(join(folder, `s${index}`), statement);
      lines.push(how.evaluate(`s${index}`, statement.trimEnd()));
    }
    await writeFile(join(folder, 'script'), `${[...lines, `echo "${MARK}"`, 'env'].join('\n')}\n`);
    const before = await readdir(folder);
    const output = await runShell(how, folder);
    const strangers = (await readdir(folder)).filter((file) => !before.includes(file));
    if (strangers.length > 0) throw new Error(`a value was run as a command: ${strangers.join(', ')}`);
    const environment = readEnvironment(output);
    return names.map((name) => environment.get(name));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runShell(how: Evaluation, folder: string): Promise<{ stdout: string; stderr: string }> {
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
    return { stdout, stderr };
  } finally {
    await script.close();
  }
}

/** No value here holds a line end, so each line is one variable. */
function readEnvironment({ stdout, stderr }: { stdout: string; stderr: string }): Map<string, string> {
  const [, printed] = stdout.split(`${MARK}\n`);
  if (printed === undefined) throw new Error(`the shell did not reach the end of its script: ${stdout}${stderr}`);
  const lines = printed.split('\n').filter((line) => line.includes('='));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}
