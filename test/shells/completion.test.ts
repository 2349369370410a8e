import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Argv } from 'yargs';
import { COMMANDS } from '../../cli/commands/index.js';
import { bashCompletion } from '../../cli/completion/bash.js';
import { fishCompletion } from '../../cli/completion/fish.js';
import { describeCommands } from '../../cli/completion/shapes.js';
import { zshCompletion } from '../../cli/completion/zsh.js';
import type { CommandEntry } from '../../cli/line/command.js';
import { withOciOptions } from '../../cli/options/oci.js';
import { cleanEnvironment, runProgram } from '../support/program.js';
import { requirePart } from '../support/real-part.js';
import { temporaryHome } from '../support/temporary-home.js';
import { runLine } from '../support/test-world.js';
import { COMPLETE, type Completed } from './typed-completions.js';

const GENERATORS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };
const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** Names that no command of the table has, so that the rules for groups and for `oci` are tried whatever it holds. */
const SAMPLES: CommandEntry[] = [
  sample('session probe', (parser) =>
    parser.option('probe-file', { type: 'string' }).option('probe-mode', { type: 'string', choices: ['one', 'two'] }),
  ),
  sample('iam probe list', (parser) => parser.option('probe-mode', { type: 'string', choices: ['three'] })),
];

function sample(path: string, builder: (parser: Argv) => Argv): CommandEntry {
  const run = async () => 0;
  const help = { environment: [], examples: [], statuses: [], description: '' };
  const command = { builder: (parser: Argv) => builder(withOciOptions(parser)), run, help };
  return { path: path.split(' '), summary: `It's: a "$(probe)"`, load: async () => command };
}

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
    hasNot: ['refresh-token', 'probe'],
  },
  { line: 'oracle-compute au', has: ['auth'], hasNot: ['status'], becomes: 'oracle-compute auth ' },
  { line: 'oracle-compute password ', has: ['set', 'delete', 'status'], hasNot: ['auth'] },
  { line: 'oracle-compute iam ', has: ['probe'] },
  { line: 'oracle-compute iam probe ', has: ['list'], becomes: 'oracle-compute iam probe list ' },
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
  { line: 'oci session ', has: ['probe', 'authenticate', 'refresh'], hasNot: ['region'] },
  { line: 'oci session auth', becomes: 'oci session authenticate ' },
  { line: 'oci session authenticate --region us-ph', becomes: 'oci session authenticate --region us-phoenix-1 ' },
  { line: 'oci --prof', has: ['--profile'], hasNot: ['--profile-name'] },
  { line: 'oracle-compute --', has: ['--format', '--version'], hasNot: ['--shell', '--profile'] },
  { line: 'oci --config-file on', becomes: 'oci --config-file only-file ' },
  { line: 'oci --query x session imp', becomes: 'oci --query x session import ' },
  { line: 'oci session import --session-archive on', becomes: 'oci session import --session-archive only-file ' },
  { line: 'oci iam region list --auth sec', becomes: 'oci iam region list --auth security_token ' },
  { line: 'oci session probe --probe-mode ', has: ['one', 'two'], hasNot: ['three'] },
  { line: 'oci iam probe list --probe-mode ', has: ['three'], hasNot: ['one'] },
  { line: 'oci session probe --probe-file on', becomes: 'oci session probe --probe-file only-file ' },
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

describe.each([...SHELLS, 'zsh, autoloaded'] as const)('completion in %s', (shell) => {
  it('offers what fits, and nothing else', async () => {
    const folder = temporaryHome();
    const script = join(folder, '.script');
    writeFileSync(
      script,
      GENERATORS[shell === 'zsh, autoloaded' ? 'zsh' : shell](await describeCommands([...COMMANDS, ...SAMPLES])),
    );
    writeFileSync(join(folder, 'only-file'), '');
    mkdirSync(join(folder, 'folder'));
    // A file of that name is loaded for this program only.
    const cases = shell === 'zsh, autoloaded' ? CASES.filter(({ line }) => !line.startsWith('oci')) : CASES;
    const lines = cases.map(({ line }) => line);
    const completed = await COMPLETE[shell](script, lines, folder);
    expect(completed).toHaveLength(cases.length);
    expect(
      cases.flatMap((one, index) => complaints(one, completed[index] ?? { offered: [], line: undefined })),
    ).toEqual([]);
  });
});

describe.each(SHELLS)('the script for %s', (shell) => {
  it('is printed by the command, as it stands', async () => {
    const { status, stdout, stderr } = await runLine(['completion', shell], { home: temporaryHome() });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe(GENERATORS[shell](await describeCommands(COMMANDS)));
  });
});

it.each([
  ['bash', ['--norc', '-c'], 'complete -W theirs oci; source "$SCRIPT"; complete -p oci'],
  [
    'zsh',
    ['-f', '-c'],
    'autoload -Uz compinit; compinit -u -D; compdef theirs oci; source "$SCRIPT"; print $_comps[oci]',
  ],
] as const)("%s keeps Oracle's own completion of oci", async (shell, flags, commands) => {
  const folder = temporaryHome();
  const script = join(folder, 'script');
  writeFileSync(script, GENERATORS[shell](await describeCommands(COMMANDS)));
  const env = { ...cleanEnvironment(folder), SCRIPT: script };
  const { stdout, stderr } = await runProgram([...flags, commands], { env }, [requirePart(shell)]);
  expect({ stdout, stderr }).toEqual({ stdout: expect.stringContaining('theirs'), stderr: '' });
});

it('there is no completion for another shell', async () => {
  const { status, stdout, stderr } = await runLine(['completion', 'tcsh'], { home: temporaryHome() });
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/the shell is one of bash, zsh, fish\nsee: oracle-compute completion --help\n/);
});
