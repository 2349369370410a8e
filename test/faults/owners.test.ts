import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { computeBench } from '../support/compute.js';
import { ociBench } from '../support/oci.js';
import { giveAway, NOBODY, otherUser } from '../support/other-user.js';
import { runProgram } from '../support/program.js';
import { programBench } from '../support/program-bench.js';
import { smallDisk } from '../support/small-disk.js';
import { filesBelow, temporaryHome, writeFileWithMode } from '../support/temporary-home.js';
import { runLine } from '../support/test-context.js';

/** A service, and somebody without rights who has an account there. */
async function nobodysBench() {
  const { service, env } = await programBench();
  const user = otherUser();
  const passwordFile = giveAway(writeFileWithMode(join(user.open, 'password'), service.password));
  const own = { ...env, HOME: user.home, OPC_PASSWORD_FILE: passwordFile };
  const run = (line: readonly string[], more: Record<string, string> = {}) =>
    runProgram(line, { env: { ...own, ...more } }, user.command);
  return { service, env, run, home: user.home, open: user.open };
}

describe('a mounted secret', () => {
  /** Root's, readable by everybody, in a folder that is mounted read-only over itself: its file system is not. */
  async function mounted(owner = 0, mode = 0o444) {
    const bench = await nobodysBench();
    const folder = join(bench.open, 'secrets');
    const path = writeFileWithMode(join(folder, 'password'), bench.service.password, mode);
    chmodSync(folder, 0o755);
    chownSync(path, owner, owner);
    const mount = () => {
      execFileSync('mount', ['--bind', folder, folder]);
      onTestFinished(() => void execFileSync('umount', ['--lazy', folder]));
      execFileSync('mount', ['-o', 'remount,bind,ro', folder]);
    };
    return { ...bench, path, mount, auth: () => bench.run(['auth', '-q'], { OPC_PASSWORD_FILE: path }) };
  }

  it.each([
    ['root’s', 0],
    ['the caller’s', NOBODY],
  ])('may be readable by others where it is %s and cannot be written, and only there', async (_, owner) => {
    const { auth, mount, path, service, env } = await mounted(owner);
    expect(await auth()).toMatchObject({ status: 2, stdout: '' });
    expect(service.requests).toEqual([]);
    mount();
    expect(await auth()).toMatchObject({ status: 0, stderr: '' });
    const asRoot = await runLine(['auth', '-q'], { home: env.HOME ?? '', env: { ...env, OPC_PASSWORD_FILE: path } });
    expect(asRoot.status).toBe(owner === 0 ? 0 : 2);
  });

  it.each([
    ['a third user’s', 1234, 0o444],
    ['writable by others', 0, 0o466],
  ])('is refused where it is %s', async (_, owner, mode) => {
    const { auth, mount } = await mounted(owner, mode);
    mount();
    expect(await auth()).toMatchObject({ status: 2 });
  });

  it('may lie on a disk that is read-only for everybody', async () => {
    const { service, run } = await nobodysBench();
    const disk = smallDisk('size=64k');
    chmodSync(disk.path, 0o755);
    const path = writeFileWithMode(join(disk.path, 'password'), service.password, 0o644);
    execFileSync('mount', ['-o', 'remount,ro', disk.path]);
    // The folder around it is another test's alone.
    expect(await run(['auth', '-q'], { OPC_PASSWORD_FILE: path })).toMatchObject({ status: 0 });
  });
});

describe('what decides where the password goes', () => {
  const OTHERS: readonly (readonly [what: string, mode: number, owner: number, cure: RegExp])[] = [
    ['everybody can write', 0o666, 0, /remove write access for others: chmod go-w /],
    ['a group can write', 0o660, 0, /remove write access for others: chmod go-w /],
    ['belongs to another user', 0o600, NOBODY, /sudo chown -R "\$\(id -u\)" /],
  ];

  it.each(OTHERS)('is not a profile file that %s', async (_, mode, owner, cure) => {
    if (process.geteuid?.() !== 0 && owner !== 0) return;
    const { home, service, passwordFile, run } = await computeBench();
    const profile = JSON.stringify({ compute: { endpoint: service.url } });
    const path = writeFileWithMode(join(home, '.opc', 'profiles', 'default'), profile, mode);
    if (owner !== 0) chownSync(path, owner, owner);
    const env = { OPC_USER: service.user, OPC_PASSWORD_FILE: passwordFile };
    const result = await run(['auth'], { env });
    expect(result).toMatchObject({ status: 2, stdout: 'false\n', stderr: expect.stringMatching(cure) });
    expect(result.stderr).toContain(path);
    expect(service.requests).toEqual([]);
    chmodSync(path, 0o644);
    if (owner !== 0) chownSync(path, 0, 0);
    expect((await run(['auth'], { env })).status).toBe(0);
  });

  it.each(OTHERS)('is not a CA bundle that %s', async (_, mode, owner, cure) => {
    if (process.geteuid?.() !== 0 && owner !== 0) return;
    const { service, env, run, addSession } = await ociBench();
    await addSession('T');
    const path = env.OCI_CLI_CERT_BUNDLE ?? '';
    chmodSync(path, mode);
    if (owner !== 0) chownSync(path, owner, owner);
    const result = await run(['session', 'refresh', '--profile', 'T']);
    expect(result).toMatchObject({ status: 2, stderr: expect.stringMatching(cure) });
    expect(service.requests).toEqual([]);
  });
});

describe('a file of authorities that Node itself has read', () => {
  it.each([
    [0o666, 0, 'can be changed by others \\(mode 0666\\)', 'chmod go-w'],
    [0o644, NOBODY, 'belongs to another user', 'ls -ld'],
  ])('of mode %o, of user %i, is said by what asks a service, and by doctor', async (mode, owner, what, cure) => {
    if (process.geteuid?.() !== 0) return;
    const { env, run, home } = await computeBench();
    const path = writeFileWithMode(join(home, 'extra.pem'), '', mode);
    chownSync(path, owner, owner);
    const trusting = { env: { ...env, NODE_EXTRA_CA_CERTS: path } };
    const { status, stderr } = await run(['auth'], trusting);
    expect([
      status,
      stderr.match(new RegExp(`NODE_EXTRA_CA_CERTS decides whom to trust, and ${path} ${what}`, 'g')),
    ]).toEqual([0, [expect.anything()]]);
    expect(await run(['auth', '-q'], trusting)).toMatchObject({ status: 0, stderr: '' });
    expect((await run(['doctor'], trusting)).stdout).toMatch(
      new RegExp(`^fail  trust .*${path} ${what} -> .*${cure}`, 'm'),
    );
    chownSync(path, 0, 0);
    chmodSync(path, 0o644);
    expect((await run(['auth'], trusting)).stderr).toBe('');
    expect((await run(['doctor'], trusting)).stdout).not.toContain('trust ');
  });

  it('and so are the descriptions of regions, by doctor', async () => {
    const { run, home } = await ociBench();
    const path = writeFileWithMode(join(home, '.oci', 'regions-config.json'), '[]', 0o666);
    expect((await run(['doctor'], { program: 'oracle-compute' })).stdout).toContain(`${path} can be changed by others`);
  });
});

describe('after sudo', () => {
  it.each(['.opc', '.opc/cookies'])('a folder %s of root’s is named, with the line that heals it', async (name) => {
    const { service, run, home } = await nobodysBench();
    const folder = join(home, name);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (name !== '.opc') giveAway(join(home, '.opc'));
    chmodSync(folder, 0o755);
    // Enough rights to look, and none to write; then none at all.
    for (const mode of [0o755, 0o700]) {
      chmodSync(folder, mode);
      const result = await run(['auth', '-q']);
      expect(result).toMatchObject({
        status: 2,
        stderr: expect.stringContaining(`sudo chown -R "$(id -u)" ${folder}`),
      });
    }
    expect(service.requests).toEqual([]);
    execFileSync('chown', ['-R', String(NOBODY), folder]);
    expect(await run(['auth', '-q'])).toMatchObject({ status: 0, stderr: '' });
  });

  it('what root left in a home is its user’s', async () => {
    const { run, env, home, service } = await nobodysBench();
    const asRoot = { home, env: { ...env, HOME: home } };
    for (const line of [
      ['auth', '-q'],
      ['refresh_token', '-q'],
      ['status', '-q'],
    ]) {
      expect(await runLine(line, asRoot)).toMatchObject({ status: 0, stderr: '' });
    }
    const owners = execFileSync('find', [home, '-printf', '%u %P\n'], { encoding: 'utf8' }).trim().split('\n');
    expect(owners.filter((line) => !line.startsWith('nobody '))).toEqual([]);
    expect(owners.length).toBeGreaterThan(3);
    for (const line of [['refresh_token', '-q'], ['auth', '-q'], ['logout']]) {
      expect(await run(line)).toMatchObject({ status: 0, stderr: '' });
    }
    expect(service.refreshes).toBe(2);
  });
});

describe('a link of another user in a shared folder', () => {
  function shared() {
    const folder = temporaryHome();
    chmodSync(folder, 0o1777);
    const precious = writeFileWithMode(join(temporaryHome(), 'authorized_keys'), 'ssh-ed25519 AAAA me\n');
    const plant = (name: string, owner: number) => {
      const link = join(folder, name);
      rmSync(link, { force: true });
      symlinkSync(precious, link);
      lchownSync(link, owner, owner);
      return link;
    };
    return { plant, precious };
  }

  it.runIf(process.geteuid?.() === 0)('is not followed by anything that writes', async () => {
    const { plant, precious } = shared();
    const compute = await computeBench();
    const oci = await ociBench();
    await oci.addSession('T');
    const archive = plant('session.zip', NOBODY);
    const exported = ['session', 'export', '--profile', 'T', '--force', '--output-file', archive];
    expect(await oci.run(exported)).toMatchObject({ status: 2, stderr: expect.stringContaining('of another user') });
    rmSync(precious);
    const jar = plant('jar.json', NOBODY);
    expect(await compute.run(['auth', '--cookie-file', jar])).toMatchObject({ status: 2 });
    expect(compute.service.requests).toEqual([]);
    const config = plant('config', NOBODY);
    const login = await oci.logIn(['--config-file', config, '--profile-name', 'N']);
    expect(login).toMatchObject({ status: 2 });
    expect(lstatSync(precious, { throwIfNoEntry: false })).toBeUndefined();
    for (const link of [archive, jar, config]) expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });

  it.runIf(process.geteuid?.() === 0)('is not followed to a folder either, and no password is sent', async () => {
    const folder = temporaryHome();
    chmodSync(folder, 0o1777);
    const compute = await computeBench();
    const oci = await ociBench();
    await oci.addSession('T');
    const before = filesBelow(oci.home);
    const link = join(folder, 'link');
    symlinkSync(join(oci.home, '.oci'), link);
    lchownSync(link, NOBODY, NOBODY);
    const refused = {
      status: 2,
      stderr: expect.stringContaining(`${link} cannot be written: it is a link of another`),
    };
    for (const line of [
      ['export', '--profile', 'T', '--force', '--output-dir', link],
      ['export', '--profile', 'T', '--force', '--output-file', join(link, 'x.zip')],
      ['authenticate', '--profile-name', 'N', '--config-file', join(link, 'config')],
      ['authenticate', '--profile-name', 'N', '--token-location', join(link, 'new')],
    ]) {
      expect(await oci.run(['session', ...line]), line.join(' ')).toMatchObject(refused);
    }
    expect(await compute.run(['auth', '--cookie-file', join(link, 'jar.json')])).toMatchObject(refused);
    expect([...compute.service.requests, ...oci.service.requests]).toEqual([]);
    expect(filesBelow(oci.home)).toEqual(before);
  });

  it('is followed where it is one’s own', async () => {
    const { plant, precious } = shared();
    const { run, addSession } = await ociBench();
    await addSession('T');
    const own = plant('session.zip', process.geteuid?.() ?? 0);
    const line = ['session', 'export', '--profile', 'T', '--force', '--output-file', own];
    expect(await run(line)).toMatchObject({ status: 0 });
    expect(readFileSync(precious).subarray(0, 2).toString()).toBe('PK');
    expect(statSync(precious).mode & 0o777).toBe(0o600);
  });
});
