import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withComputeOptions } from '../../cli/flags/compute.js';
import type { CommandEntry, Place } from '../../cli/parser/command.js';
import type { OptionList } from '../../cli/parser/known-options.js';
import { parseWords } from '../../cli/parser/tree.js';
import { usageError } from '../../cli/parser/usage-error.js';
import { argsAfterDashes, argsBeforeDashes, escapedArgsAfterDashes } from '../../cli/parser/words.js';
import { temporaryHome, writeFileWithMode } from '../support/temporary-home.js';
import { runLine, testContext } from '../support/test-context.js';

function sample(path: string, more: Partial<CommandEntry> = {}): CommandEntry {
  const builder = (list: OptionList) =>
    withComputeOptions(list)
      .positional('first', { type: 'string' })
      .positional('second', { type: 'string' })
      .option('header', { type: 'array', string: true, nargs: 1 })
      .option('all', { type: 'boolean' })
      .option('mode', { type: 'string', choices: ['one', 'two'] });
  const help = { environment: [], examples: [], statuses: [], description: '' };
  return {
    path: path.split(' '),
    positionals: '[first] [second]',
    summary: path,
    load: async () => ({ builder, run: async () => 0, help }),
    ...more,
  };
}

const COMMANDS = [sample('do'), sample('run', { takesRest: true, positionals: '' }), sample('group do')];

/** What a command would be given, by the names of the options that a line has. */
async function read(line: string[]): Promise<Record<string, unknown>> {
  const context = testContext({ home: temporaryHome() }, { stdout: '', stderr: '' });
  let place: Place = { path: [] };
  const own = argsBeforeDashes(line);
  const words = own.includes('run')
    ? [...own, '--', ...argsAfterDashes(line)]
    : [...own, ...escapedArgsAfterDashes(line)];
  try {
    const parsed = await parseWords(words, COMMANDS, context, (reached) => {
      place = reached;
    });
    return Object.fromEntries(
      Object.entries(parsed.options).filter(([name, value]) => value !== undefined && !/^(?:_|\$0|.)$|-/.test(name)),
    );
  } catch (thrown) {
    throw usageError(thrown, place, own, COMMANDS);
  }
}

describe('a line', () => {
  it.each([
    [['do', '-fcsv'], { format: 'csv' }],
    [['do', '-Hfcsv'], { noHeader: true, format: 'csv' }],
    [['do', '-Hdq'], { noHeader: true, debug: true, quiet: true }],
    [['do', '-f=csv'], { format: 'csv' }],
    [['do', '-p='], { pass: '' }],
    [['do', '-pa=b'], { pass: 'a=b' }],
    [['do', '-p-'], { pass: '-' }],
    [['do', '-p', '-'], { pass: '-' }],
    [['do', '--pass=-'], { pass: '-' }],
    [['do', '--pass', '-'], { pass: '-' }],
    [['do', '-p-x'], { pass: '-x' }],
    [['do', '--pass=-x'], { pass: '-x' }],
    [['do', 'a', '-'], { first: 'a', second: '-' }],
    [['do', '-', 'a'], { first: '-', second: 'a' }],
    [['do', ''], { first: '' }],
    [['do', '1e3', '0x10'], { first: '1e3', second: '0x10' }],
    [['do', '--', '-x', '--all'], { first: '-x', second: '--all' }],
    [['do', 'a', '--', '--'], { first: 'a', second: '--' }],
    [['-fcsv', '-a', 'https://h', 'do', '-q', 'a'], { format: 'csv', address: 'https://h', quiet: true, first: 'a' }],
    [['-q', 'group', '-fcsv', 'do', 'a'], { quiet: true, format: 'csv', first: 'a' }],
    [['-p', 'do', 'do'], { pass: 'do' }],
    [['do', '-f', 'csv', '--format=json'], { format: 'json' }],
    [['do', '--format', 'xml', '-fjson'], { format: 'json' }],
    [['do', '-q', '-q'], { quiet: true }],
    [['do', '--header', 'a: b', '--all', '--header=c: d', 'x'], { header: ['a: b', 'c: d'], all: true, first: 'x' }],
    [['do', '--header', 'a: b', 'x'], { header: ['a: b'], first: 'x' }],
    [['do', '--user', '"quoted"', "--pass='q'"], { user: '"quoted"', pass: "'q'" }],
    [['do', '-config-file'], undefined],
    [['run', '-q', '--', 'ls', '-l', '--', '-', '1e3'], { quiet: true, rest: ['ls', '-l', '--', '-', '1e3'] }],
    [['run', '--', 'do', '--all', '-fxml', '--nonsense'], { rest: ['do', '--all', '-fxml', '--nonsense'] }],
  ])('%j is read', async (line, expected) => {
    if (!expected) return expect(read(line)).rejects.toThrow('unknown option --config-file');
    expect(await read(line)).toEqual({ rest: [], ...expected });
  });

  it.each([
    [['do', '--all', '--mode'], '--mode needs a value; one that begins with a dash is written --mode=…'],
    [['do', '-p', '-q'], '-p needs a value; one that begins with a dash is written -p=…'],
    [['do', '--mode', 'three'], '--mode cannot be "three"; it is one of one, two'],
    [['do', '--mode='], '--mode cannot be ""; it is one of one, two'],
    [['do', 'a', 'b', 'hunter2'], 'too many arguments'],
    [['do', '--', 'a', 'b', '-hunter2'], 'too many arguments'],
    [['run', 'ls'], 'too many arguments'],
    [['do', '--no-all'], 'unknown option --no-all'],
    [['do', '--address.x=1'], 'unknown option --address.x; did you mean --address?'],
    [['do', '--version'], 'unknown option --version'],
    [['do', '--adress=x'], 'unknown option --adress; did you mean --address?'],
    [['do', '--formt', 'json'], 'unknown option --formt; did you mean --format?'],
    [['do', '-x'], 'unknown option -x'],
    [['group', 'nonsense'], 'unknown command "nonsense"'],
    [['group', 'dp'], 'unknown command "dp"; did you mean "do"?'],
    [['x'.repeat(100)], `unknown command "${'x'.repeat(60)}…"`],
    [['version'], 'unknown command "version"; did you mean "--version"?'],
    [['-q'], 'no command given'],
  ])('%j is refused', async (line, message) => {
    await expect(read(line)).rejects.toMatchObject({ code: 'USAGE', message });
  });
});

describe('help', () => {
  const run = (...line: string[]) => runLine(line, { home: temporaryHome() });

  it.each([
    ['status', '--help'],
    ['-h', 'status'],
    ['status', '-?'],
    ['help', 'status'],
    ['status', '-q', '-h', 'surplus'],
  ])('is shown of a command: %j', async (...line) => {
    expect(await run(...line)).toEqual(await run('status', '--help'));
    expect((await run(...line)).stdout).toContain('--min-valid');
  });

  it.each([[[]], [['-q', '--help']], [['help']], [['-?']]])('is shown of the program: %j', async (line) => {
    expect(await run(...line)).toEqual(await run('--help'));
  });

  it('is shown of a group, and not of what does not exist', async () => {
    expect(await run('session')).toEqual(await run('session', '--help'));
    expect((await run('session')).stdout).toMatch(/^ {2}refresh /m);
    expect(await run('nonsense', '--help')).toMatchObject({ status: 2, stdout: '' });
    expect(await run('session', 'nonsense', '-h')).toMatchObject({ status: 2, stdout: '' });
  });

  it('says the version, before anything else is loaded', async () => {
    expect(await run('--version')).toEqual({ status: 0, stdout: '0.0.0-test\n', stderr: '' });
    expect(await run('-q', '--version')).toEqual({ status: 0, stdout: '0.0.0-test\n', stderr: '' });
  });
});

describe('what people type for a command', () => {
  const run = (...line: string[]) => runLine(line, { home: temporaryHome() });

  it.each([
    ['ls', 'list'],
    ['rm', 'delete'],
    ['version', '--version'],
    ['delte', 'delete'],
    ['lsit', 'list'],
    ['discov', 'discover'],
    ['completions', 'completion'],
    ['create', 'add'],
  ])('%s is told %s', async (word, near) => {
    const { status, stderr } = await run(word, 'x');
    expect([status, stderr.split('\n')[0]]).toEqual([
      2,
      `oracle-compute: unknown command "${word}"; did you mean "${near}"?`,
    ]);
  });

  it.each([
    ['login', 'authenticate'],
    ['ls', 'list'],
    ['rm', 'terminate'],
    ['logout', 'terminate'],
  ])('of OCI, %s is told %s', async (word, near) => {
    expect((await run('session', word)).stderr).toContain(`unknown command "${word}"; did you mean "${near}"?\n`);
  });

  it.each([
    ['login', 'auth'],
    ['whoami', 'status'],
    ['refresh', 'refresh_token'],
    ['refresh-token', 'refresh_token'],
  ])('%s is %s', async (alias, command) => {
    expect(await run(alias)).toEqual(await run(command));
    const { stdout, stderr } = await run(alias, '--help');
    expect(stdout + stderr).toContain(`oracle-compute ${command}`);
  });
});

describe('a line as for another program', () => {
  const hintOf = async (line: string[]) => (await runLine(line, { home: temporaryHome() })).stderr.split('\n')[1];

  it.each([
    [['exec', 'ls', '-l'], /: oracle-compute exec -- COMMAND/],
    [['exec'], /: oracle-compute exec -- COMMAND/],
    [['request', '-X', 'POST', '/sshkey/'], /: oracle-compute request POST .* --data/],
    [['request', 'POST', '/sshkey/', '-d', '{}'], /: oracle-compute request POST .* --data/],
    [['request', '-i', 'GET', '/x'], /: oracle-compute request .*--debug/],
    [['request', '-i', '/x'], /: oracle-compute request .*--debug/],
    [['request', 'GET', '/x', '-H', 'Accept: x'], /: oracle-compute request .*--header/],
    [['request', '/x', 'GET'], /: oracle-compute request POST \/sshkey\//],
    [['auth', 'password.txt', '/Compute-acme/jack'], /the user before the password file/],
  ])('%j is told ours', async (line, hint) => {
    expect(await hintOf(line)).toMatch(hint);
  });

  it('names the profile and the config file that were meant', async () => {
    const home = temporaryHome();
    const config = writeFileWithMode(join(home, 'my config'), '[OLD]\nregion=us-ashburn-1\nsecurity_token_file=gone\n');
    const line = ['session', 'refresh', '--profile', 'OLD', '--config-file', config];
    const { stderr } = await runLine(line, { home, program: 'oci' });
    expect(stderr).toContain(`oci session authenticate --profile-name OLD --config-file '${config}'\n`);
  });
});

describe('a name that every object of JavaScript has', () => {
  it.each([
    'constructor',
    'toString',
    'hasOwnProperty',
    '__proto__',
    '__defineGetter__',
  ])('%s is a name like others', async (name) => {
    const home = temporaryHome();
    for (const line of [
      ['status', `--${name}`],
      ['session', 'list', `--${name}=v`],
    ]) {
      const result = await runLine(line, { home });
      expect(result).toMatchObject({ status: 2, stderr: expect.stringContaining(`unknown option --${name}\n`) });
    }
    for (const line of [[name], ['session', name], ['help', name]]) {
      const result = await runLine(line, { home });
      expect(result).toMatchObject({ status: 2, stderr: expect.stringContaining(`unknown command "${name}"\n`) });
    }
  });
});
