import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { quote } from '../../lib/shell/syntax.js';
import { computeBench } from '../support/compute.js';
import { cleanEnvironment, PROGRAM, runProgram } from '../support/program.js';
import { requirePart } from '../support/real-part.js';
import { temporaryHome, writeFileWithMode } from '../support/temporary-home.js';
import { runLine } from '../support/test-context.js';
import { COMPLETE, type Completed, FEWER_FUNCTIONS } from './typed-completions.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** The script that the command prints, for a program that this shell starts at TAB. */
async function printedScript(shell: string, self: readonly string[] = [process.execPath, PROGRAM]): Promise<string> {
  const { status, stdout, stderr } = await runLine(['completion', shell], { home: temporaryHome(), self });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

const USER = '/Compute-acme/jack.jones@example.com';

interface Case {
  readonly line: string;
  /** All of these are offered. */
  readonly has?: readonly string[];
  /** None of these is. */
  readonly hasNot?: readonly string[];
  /** The line at a terminal afterwards. */
  readonly becomes?: string;
}

const CASES: readonly Case[] = [
  {
    line: 'oracle-compute ',
    has: ['auth', 'refresh_token', 'password', 'session'],
    hasNot: ['refresh-token', 'authenticate'],
  },
  { line: 'oracle-compute au', has: ['auth'], hasNot: ['status'], becomes: 'oracle-compute auth ' },
  { line: 'oracle-compute password ', has: ['set', 'delete', 'status'], hasNot: ['auth'] },
  { line: 'oracle-compute iam ', has: ['region'], becomes: 'oracle-compute iam region ' },
  { line: 'oracle-compute iam region ', has: ['list'], becomes: 'oracle-compute iam region list ' },
  { line: 'oracle-compute --vers', has: ['--version'] },
  {
    line: 'oracle-compute auth --',
    has: ['--save-password', '--shell', '--cookie-file'],
    hasNot: ['--reauthenticate'],
  },
  { line: 'oracle-compute auth --save', becomes: 'oracle-compute auth --save-password ', has: ['--save-password'] },
  { line: 'oracle-compute refresh-token --reau', has: ['--reauthenticate'] },
  { line: 'oracle-compute status -a https://h.example.com:8443 --al', has: ['--all', '--allow-http'] },
  { line: 'oracle-compute -a https://h.example.com:8443 -u /a/b stat', has: ['status'] },
  { line: 'oracle-compute --address=https://h.example.com stat', has: ['status'] },
  {
    line: 'oracle-compute auth --shell f',
    has: ['fish'],
    hasNot: ['bash'],
    becomes: 'oracle-compute auth --shell fish ',
  },
  { line: 'oracle-compute auth --shell=f', becomes: 'oracle-compute auth --shell=fish ' },
  { line: 'oracle-compute auth -f ', has: ['table', 'tabbed', 'csv', 'json'], hasNot: ['auth', 'only-file'] },
  { line: 'oracle-compute -f js', has: ['json'] },
  { line: 'oracle-compute completion ', has: ['bash', 'zsh', 'fish'], hasNot: ['only-file'] },
  { line: 'oracle-compute schedule c', has: ['cron'] },
  { line: 'oracle-compute request ', has: ['GET', 'DELETE'] },
  { line: 'oracle-compute request GET ', hasNot: ['GET', 'only-file'] },
  { line: 'oracle-compute auth on', hasNot: ['only-file'], becomes: 'oracle-compute auth on' },
  { line: 'oracle-compute auth /a/b on', becomes: 'oracle-compute auth /a/b only-file ' },
  { line: 'oracle-compute password set /a/b on', becomes: 'oracle-compute password set /a/b only-file ' },
  { line: 'oracle-compute status --cookie-file on', becomes: 'oracle-compute status --cookie-file only-file ' },
  { line: 'oracle-compute status --cookie-file=on', becomes: 'oracle-compute status --cookie-file=only-file ' },
  { line: 'oracle-compute auth -p fold', becomes: 'oracle-compute auth -p folder/' },
  { line: 'oracle-compute --ca-bundle on', becomes: 'oracle-compute --ca-bundle only-file ' },
  { line: 'oracle-compute exec --min-valid 5m -- dbus-run-sess', has: ['dbus-run-session'] },
  { line: 'oracle-compute exec -- cat on', becomes: 'oracle-compute exec -- cat only-file ' },
  { line: 'oracle-compute exec -- cat --min', hasNot: ['--min-valid'] },
  { line: 'oracle-compute status status ', hasNot: ['status', 'auth'] },
  { line: 'oracle-compute nonsense --', hasNot: ['--save-password'] },
  { line: 'oci ', has: ['session', 'iam'], hasNot: ['auth', 'password'] },
  { line: 'oci session ', has: ['validate', 'authenticate', 'refresh'], hasNot: ['region'] },
  { line: 'oci session auth', becomes: 'oci session authenticate ' },
  { line: 'oracle-compute list ipres', becomes: 'oracle-compute list ipreservation ' },
  { line: 'oci session authenticate --region us-ph', becomes: 'oci session authenticate --region us-phoenix-1 ' },
  { line: 'oci --prof', has: ['--profile'], hasNot: ['--profile-name'] },
  { line: 'oracle-compute --', has: ['--format', '--version'], hasNot: ['--shell', '--profile'] },
  { line: 'oci --config-file on', becomes: 'oci --config-file only-file ' },
  { line: 'oci --query x session imp', becomes: 'oci --query x session import ' },
  { line: 'oci session import --session-archive on', becomes: 'oci session import --session-archive only-file ' },
  { line: 'oci iam region list --auth sec', becomes: 'oci iam region list --auth security_token ' },
  { line: 'oci iam region list --output ', has: ['json', 'table'], hasNot: ['csv'] },
  { line: 'oracle-compute session list --output=ta', becomes: 'oracle-compute session list --output=table ' },
  { line: 'oci session validate --profile ', has: ['TokenDemo'] },
  { line: 'oci session validate --profile T', becomes: 'oci session validate --profile TokenDemo ' },
  { line: 'oci --profile TokenDemo session ref', becomes: 'oci --profile TokenDemo session refresh ' },
  { line: 'oracle-compute status -u /Compute-ac', becomes: `oracle-compute status -u ${USER} ` },
  { line: 'oracle-compute auth /Compute-ac', becomes: `oracle-compute auth ${USER} ` },
];

/** Of each kind one: what a shell itself makes of an answer. */
const TYPED = [
  'oracle-compute au',
  'oracle-compute auth --shell=f',
  'oracle-compute status --cookie-file=on',
  'oracle-compute exec -- cat on',
  'oci session validate --profile ',
  'oracle-compute auth /Compute-ac',
];

/** What is wrong with what a shell made of a line. */
function complaints({ line, has, hasNot, becomes }: Case, { offered, line: after }: Completed): string[] {
  const missing = (has ?? []).filter((word) => !offered.includes(word));
  const wrong = (hasNot ?? []).filter((word) => offered.includes(word));
  const expected = offersFor(line, becomes);
  const isDifferent = after === undefined ? !sameWords(expected, offered) : becomes !== undefined && after !== becomes;
  return [
    ...missing.map((word) => `${line}| does not offer ${word}`),
    ...wrong.map((word) => `${line}| offers ${word}`),
    ...(isDifferent ? [`${line}| becomes ${after ?? offered.join(' ')} and not ${becomes}`] : []),
  ];
}

/** A shell without a terminal offers the last word of what the line would become, or nothing where it stays. */
function offersFor(line: string, becomes: string | undefined): string[] | undefined {
  if (becomes === undefined) return undefined;
  return becomes === line ? [] : [becomes.trim().split(' ').at(-1) ?? ''];
}

function sameWords(expected: readonly string[] | undefined, offered: readonly string[]): boolean {
  return expected === undefined || expected.join(' ') === offered.join(' ');
}

/** Sessions of both kinds, whose names are offered, and files. */
async function place() {
  const { home, run } = await computeBench();
  await run(['auth']);
  // The last two would be run where a shell took the names of profiles for its own words.
  writeFileWithMode(join(home, '.oci', 'config'), '[TokenDemo]\n[$(touch run)]\n[`touch run`]\n');
  writeFileSync(join(home, 'only-file'), '');
  mkdirSync(join(home, 'folder'));
  return home;
}

const ask = (home: string, words: readonly string[]) => runLine(['--get-yargs-completions', ...words], { home });

/** A program that gives a shell the answers of this one, and whatever else it is asked: nothing. */
async function answering(home: string, lines: readonly string[]): Promise<string[]> {
  const cases = lines.map(async (line, index) => {
    const { stdout } = await ask(home, line.split(' '));
    const answer = writeFileWithMode(join(home, `.answer-${index}`), stdout);
    return `${quote('sh', `--get-yargs-completions ${line}`)}) cat ${answer} ;;\n`;
  });
  const script = `case "$*" in\n${(await Promise.all(cases)).join('')}esac\n`;
  return ['/bin/sh', writeFileWithMode(join(home, '.answers'), script)];
}

it('the program answers a shell with what fits, and nothing else', async () => {
  const home = await place();
  for (const { line, has = [], hasNot = [], becomes } of CASES) {
    const words = line.split(' ');
    const { status, stdout, stderr } = await ask(home, words);
    expect({ status, stderr }, line).toEqual({ status: 0, stderr: '' });
    const [kind, ...answers] = stdout.trimEnd().split('\n');
    const offered = answers.map((answer) => answer.split('\t')[0] ?? '');
    if (kind === 'words') {
      expect(offered, line).toEqual(expect.arrayContaining([...has]));
      expect(
        hasNot.filter((word) => offered.includes(word)),
        line,
      ).toEqual([]);
      const last = becomes?.trimEnd().split(/[ =]/).at(-1) ?? '';
      if (becomes !== undefined) expect(offered, line).toEqual(becomes === line ? [] : [last]);
    } else {
      // The rest is the shell's own business.
      expect(kind, line).toBe(line.includes(' -- ') ? 'command' : 'files');
      expect(becomes ?? '', line).toMatch(/^$|(?:only-file |folder\/)$/);
    }
  }
});

describe.each([...SHELLS, 'zsh, autoloaded'] as const)('completion in %s', (shell) => {
  it('offers what fits, and nothing else', async () => {
    const folder = await place();
    const script = join(folder, '.script');
    // A file of that name is loaded for this program only. How it is loaded is all that is different.
    const isLoadedFor = (line: string) => shell !== 'zsh, autoloaded' || line.startsWith('oracle-compute au');
    const cases = CASES.filter(({ line }) => TYPED.includes(line) && isLoadedFor(line));
    const lines = cases.map(({ line }) => line);
    const self = await answering(folder, lines);
    writeFileSync(script, await printedScript(shell === 'zsh, autoloaded' ? 'zsh' : shell, self));
    const completed = await COMPLETE[shell](script, lines, folder);
    expect(completed).toHaveLength(cases.length);
    expect(
      cases.flatMap((one, index) => complaints(one, completed[index] ?? { offered: [], line: undefined })),
    ).toEqual([]);
    expect(existsSync(join(folder, 'run'))).toBe(false);
  });
});

it.each(SHELLS)('the script for %s calls the program that printed it', async (shell) => {
  expect(await printedScript(shell)).toContain(`${process.execPath} ${PROGRAM} --get-yargs-completions`);
});

it('completes in a bash where unset variables are errors', async () => {
  const folder = temporaryHome();
  // The built program prints the script, and answers.
  const commands = `set -u; source <("$NODE" "$PROGRAM" completion bash)
COMP_WORDS=(oracle-compute stat); COMP_CWORD=1; _oracle_compute; printf '%s\\n' "\${COMPREPLY[@]}"
COMP_WORDS=(oracle-compute nonsense x); COMP_CWORD=2; _oracle_compute; echo \${#COMPREPLY[@]}`;
  const env = { ...cleanEnvironment(folder), NODE: process.execPath, PROGRAM };
  const { stdout, stderr } = await runProgram(['--norc', '-c', commands], { env }, [requirePart('bash')]);
  expect({ stdout, stderr }).toEqual({ stdout: 'status\n0\n', stderr: '' });
});

it('offers no name that a terminal would take for a command, and fails in silence', async () => {
  const home = temporaryHome();
  const asked = ['oci', 'session', 'refresh', '--profile', ''];
  writeFileWithMode(join(home, '.oci', 'config'), '[Good]\n[bad\x1b]0;title\x07]\n[bad\u202e]\n');
  expect((await ask(home, asked)).stdout).toBe('words\nGood\t\n');
  writeFileWithMode(join(home, '.oci', 'config'), Buffer.from([0xff, 0xfe, 0]));
  expect(await ask(home, asked)).toEqual({ status: 0, stdout: 'words\n', stderr: '' });
});

it.each([
  ['bash', ['--norc', '-c'], 'complete -W theirs oci; source "$SCRIPT"; complete -p oci'],
  [
    'zsh',
    ['-f', '-c'],
    `${FEWER_FUNCTIONS}; autoload -Uz compinit; compinit -u -D; compdef theirs oci; source "$SCRIPT"; print $_comps[oci]`,
  ],
] as const)("%s keeps Oracle's own completion of oci", async (shell, flags, commands) => {
  const folder = temporaryHome();
  const script = join(folder, 'script');
  writeFileSync(script, await printedScript(shell));
  const env = { ...cleanEnvironment(folder), SCRIPT: script };
  const { stdout, stderr } = await runProgram([...flags, commands], { env }, [requirePart(shell)]);
  expect({ stdout, stderr }).toEqual({ stdout: expect.stringContaining('theirs'), stderr: '' });
});

it('there is no completion for another shell', async () => {
  const { status, stdout, stderr } = await runLine(['completion', 'tcsh'], { home: temporaryHome() });
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/the shell is one of bash, zsh, fish, powershell\nsee: oracle-compute completion --help\n/);
});
