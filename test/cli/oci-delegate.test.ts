import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cleanEnvironment, OCI_PROGRAM, runProgram } from '../support/program.js';
import { temporaryHome, writeFileWithMode } from '../support/temporary-home.js';
import { runLine } from '../support/test-context.js';

/** A PATH with this program by a link, and, further on, an `oci` that notes what it was given and exits with 7. */
function machine() {
  const home = temporaryHome();
  const folder = (name: string) => {
    const path = join(home, name);
    mkdirSync(path);
    return path;
  };
  const [ours, theirs] = [folder('ours'), folder('theirs')];
  symlinkSync(OCI_PROGRAM, join(ours, 'oci'));
  const record = join(home, 'record');
  const fake = join(theirs, 'oci');
  writeFileSync(
    fake,
    `#!/bin/sh\nfor word; do printf '%s\\0' "$word" >>${record}; done\nprintf x >>${record}.runs\nexit 7\n`,
  );
  chmodSync(fake, 0o755);
  const env = (...path: string[]) =>
    cleanEnvironment(home, { PATH: [...path, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter) });
  const run = (line: string[], path = [ours, theirs], more: Record<string, string> = {}) =>
    runProgram(line, { env: { ...env(...path), ...more } }, [join(ours, 'oci')]);
  const handed = () => (existsSync(record) ? readFileSync(record, 'utf8').split('\0').slice(0, -1) : undefined);
  const runs = () => (existsSync(`${record}.runs`) ? readFileSync(`${record}.runs`, 'utf8').length : 0);
  return { home, ours, theirs, folder, env, run, handed, runs };
}

/** Runs a line in this process, where the next `oci` on the PATH notes what it is given and exits with 7. */
async function runHere(line: readonly string[], at = machine(), more: Record<string, string> = {}) {
  const handed: (readonly string[])[] = [];
  const result = await runLine(line, {
    home: at.home,
    program: 'oci',
    self: [process.execPath, OCI_PROGRAM],
    env: { PATH: at.theirs, ...more },
    runChild: async (command, args) => {
      expect(command).toBe(join(at.theirs, 'oci'));
      handed.push(args);
      return { status: 7 };
    },
  });
  return { ...result, handed };
}

describe('a line that is not ours', () => {
  it('goes on unchanged from the built program, with its exit status', async () => {
    const { run, handed, runs } = machine();
    const line = ['compute', 'instance', 'launch', '--metadata', '{"a b": "$c\\n"}', '', '-', '--', '-x'];
    expect(await run(line)).toMatchObject({ status: 7, stdout: '', stderr: '' });
    expect([handed() ?? [], runs()]).toEqual([line, 1]);
  });

  it.each([
    [['iam', 'user', 'list', '--all']],
    [['compute', 'instance', 'launch', '--metadata', '{"a b": "$c\\n"}', '', '-', '--', '-x']],
    [['iam', 'region', 'list']],
    [['iam', 'region', 'list', '--auth', 'api_key', '--profile', 'A']],
    [['iam', 'region', 'list', '--auth', 'security_token', '--query', 'data[0]']],
    [['iam', 'region', 'list', '--auth', 'security_token', '--all']],
    [['iam', 'region', 'list', '--auth', 'security_token', '--from-json', 'file://list.json']],
    [['iam', 'region', 'list', '--auth=security_token', '--generate-full-command-json-input']],
    [['iam', 'region', 'list', '--auth', 'security_token', '--an-option-of-next-year=x']],
    [['ce', 'cluster', 'generate-token', '--cluster-id', 'x', '--auth', 'security_token', '--from-json', 'x']],
    [['--profile', 'session', 'os', 'ns', 'get']],
    [['--version']],
    [['--help']],
    [[]],
  ])('%j goes on unchanged, with its exit status', async (line) => {
    expect(await runHere(line)).toEqual({ status: 7, stdout: '', stderr: '', handed: [line] });
  });

  it.each([
    [['session', 'list']],
    [['--profile', 'A', 'session', 'validate', '--local']],
    [['session', 'nonsense']],
    [['iam', 'region', 'list', '--auth', 'security_token']],
    [['iam', 'region', 'list', '-auth', 'security_token']],
    [['iam', 'region', 'list', '--auth', 'security_token', '-i', '--request-id', 'x', '--enable-dual-stack']],
    [['ce', 'cluster', 'generate-token', '--cluster-id', 'x', '--token-version', '2.0.0', '--auth', 'security_token']],
  ])('%j is ours', async (line) => {
    const { status, handed } = await runHere(line);
    expect([status === 7, handed]).toEqual([false, []]);
  });

  it('of options that only Oracle’s has is ours where there is no other oci', async () => {
    const at = machine();
    const line = ['iam', 'region', 'list', '--auth', 'security_token'];
    const said = async (...more: string[]) => {
      const { status, stderr } = await runHere([...line, ...more], at, { PATH: at.ours });
      return `${status} ${stderr.split('\n')[0]}`;
    };
    expect(await said('--query', 'data[0]')).toBe('2 oci: --query is not supported; filter with jq');
    expect(await said('--all')).toMatch(/^4 oci: no profile \[DEFAULT\]/);
    expect(await said('--from-json', 'x')).toMatch(/^2 .*from-json/);
  });

  it('iam region list is ours by the variable, and by the rc file of the active profile', async () => {
    const at = machine();
    const line = ['iam', 'region', 'list', '--profile', 'F'];
    const isOurs = async (own: readonly string[], more: Record<string, string> = {}) =>
      (await runHere(own, at, more)).handed.length === 0;
    expect(await isOurs(line, { OCI_CLI_AUTH: 'security_token' })).toBe(true);
    writeFileWithMode(join(at.home, '.oci', 'oci_cli_rc'), '[DEFAULT]\nauth = security_token\n[F]\noutput = json\n');
    expect(await isOurs(line)).toBe(true);
    expect(await isOurs(line.with(-1, 'G'))).toBe(false);
    expect(await isOurs(line, { OCI_CLI_AUTH: 'api_key' })).toBe(false);
  });

  it('never goes to ourselves: not by another link, not to a second installation, not round a shim', async () => {
    const { run, runs, ours, theirs, folder, home } = machine();
    const [link, second, shim] = [folder('link'), folder('second'), folder('shim')];
    symlinkSync(join(ours, 'oci'), join(link, 'oci'));
    // A second installation: another copy of the same files.
    const copy = join(home, 'copy');
    mkdirSync(copy);
    for (const name of ['oci.js', 'oracle-compute.js'])
      copyFileSync(join(dirname(OCI_PROGRAM), name), join(copy, name));
    symlinkSync(join(copy, 'oci.js'), join(second, 'oci'));
    writeFileSync(join(shim, 'oci'), `#!/bin/sh\nexec ${join(ours, 'oci')} "$@"\n`);
    chmodSync(join(shim, 'oci'), 0o755);
    const line = ['os', 'ns', 'get'];
    expect((await run(line, [ours, link, second, shim, theirs])).status).toBe(7);
    expect(runs()).toBe(1);
    const alone = await run(line, [ours, link, second, shim]);
    expect([alone.status, alone.stdout]).toEqual([2, '']);
    expect(runs()).toBe(1);
  });

  it('goes past a wrapper that adds a flag, and never round it without end', async () => {
    const { run, handed, ours, theirs, folder, home } = machine();
    const wrapper = folder('wrapper');
    const calls = join(home, 'calls');
    writeFileWithMode(
      join(wrapper, 'oci'),
      `#!/bin/sh\necho x >>${calls}\n[ "$(wc -l <${calls})" -gt 9 ] && exit 99\n${join(ours, 'oci')} --debug "$@"\n`,
      0o755,
    );
    expect((await run(['os', 'ns', 'get'], [ours, wrapper, theirs])).status).toBe(7);
    expect(handed()).toEqual(['--debug', 'os', 'ns', 'get']);
    expect(readFileSync(calls, 'utf8')).toBe('x\n');
    expect((await run(['os', 'ns', 'get'], [ours, wrapper])).status).toBe(2);
    expect(readFileSync(calls, 'utf8').length).toBeLessThan(8);
  });

  it('lets a program that it went to begin a line of its own', async () => {
    const { run, ours, folder, home } = machine();
    const outer = folder('outer');
    const oci = join(ours, 'oci');
    writeFileWithMode(
      join(outer, 'oci'),
      `#!/bin/sh\necho "$1" >>${home}/lines\n[ "$1" = setup ] && exec ${oci} os ns get\nexit 5\n`,
      0o755,
    );
    expect((await run(['setup', 'all'], [ours, outer])).status).toBe(5);
    expect(readFileSync(join(home, 'lines'), 'utf8')).toBe('setup\nos\n');
  });

  it('passes over what is no program', async () => {
    const at = machine();
    const [plain, directory] = [at.folder('plain'), at.folder('directory')];
    writeFileSync(join(plain, 'oci'), 'not a program');
    mkdirSync(join(directory, 'oci'));
    const PATH = [at.ours, '', plain, directory, '/nowhere', at.theirs].join(delimiter);
    expect(await runHere(['os'], at, { PATH })).toMatchObject({ status: 7, handed: [['os']] });
  });

  it('is a usage error where there is no other oci; help and version are still ours', async () => {
    const at = machine();
    const run = (line: readonly string[]) => runHere(line, at, { PATH: at.ours });
    const none = await run(['iam', 'user', 'list']);
    expect(none).toMatchObject({ status: 2, stdout: '' });
    expect(none.stderr).toMatch(/unknown command "iam user list", and there is no other oci on PATH to run it\n/);
    for (const line of [['--version'], ['-v']]) expect((await run(line)).stdout).toBe('0.0.0-test\n');
    for (const line of [['iam', '--help'], ['iam'], ['iam', 'region', '-h'], ['iam', 'region', 'list', '--help']]) {
      const help = await run(line);
      expect([help.status, help.stdout]).toEqual([0, expect.stringMatching(/^Usage: oci iam /)]);
    }
    const clusters = await run(['ce', '--help']);
    expect([clusters.status, clusters.stdout]).toEqual([0, expect.stringMatching(/^Usage: oci ce /)]);
    for (const line of [['--help'], [], ['session']]) {
      const help = await run(line);
      expect([help.status, help.stdout]).toEqual([0, expect.stringContaining('authenticate')]);
      expect(help.stdout).not.toContain('refresh_token');
    }
  });
});

it('oracle-compute does the same commands under its own name', async () => {
  const home = temporaryHome();
  const result = await runLine(['session', 'validate', '--profile', 'none'], { home });
  expect(result).toMatchObject({ status: 4, stdout: '' });
  expect(result.stderr).toBe(
    `oracle-compute: no profile [none] in ${join(home, '.oci', 'config')}\nlist the sessions: oracle-compute session list --config-file ${join(home, '.oci', 'config')}\n`,
  );
});
