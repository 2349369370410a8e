import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startComputeService } from '../../fixtures/compute-service/server.js';
import { startOciService } from '../../fixtures/oci-service/server.js';
import { LOCK_ENDING } from '../../lib/files/lock.js';
import { ociEnvironment, visitor } from '../support/oci.js';
import { giveAway, NOBODY, otherUser } from '../support/other-user.js';
import { doneAs } from '../support/other-user-id.js';
import { cleanEnvironment, PROGRAM, runProgram } from '../support/program.js';
import { programBench, programHome } from '../support/program-bench.js';
import { filesBelow, modeOf, temporaryHome, writeFileWithMode } from '../support/temporary-home.js';
import { runLine } from '../support/test-context.js';

const UMASKS = [0o000, 0o777];
const PROFILE = ['--profile', 'T'];
const ROOT = process.geteuid?.() ?? 0;

/** Every line that writes, in an order in which each finds what it needs. */
const LINES: readonly (readonly string[])[] = [
  ['auth', '-q'],
  ['auth', '-q', '--cookie-file', 'far/away/jar.json'],
  ['refresh_token'],
  ['exec', '--min-valid', '29m', '--', 'true'],
  ['session', 'authenticate', '--callback-port', '0', '--profile-name', 'T'],
  ['session', 'refresh', ...PROFILE],
  ['session', 'authenticate', '--no-browser', '--auth', 'security_token', ...PROFILE, '--profile-name', 'N'],
  ['session', 'export', ...PROFILE, '--output-file', 'new/folder/archive.zip'],
  ['session', 'import', '--session-archive', 'new/folder/archive.zip', '--profile-name', 'I'],
  ['session', 'authenticate', '--callback-port', '0', '--profile-name', 'T'],
  ['session', 'terminate', '--profile', 'I'],
];

let isLoaded = false;

/**
 * A user of this machine, with services to log in to. Those who test run as root; permission bits bind others only. That
 * the built program is the same is shown in owners.test.ts, and here for one line.
 */
async function bench(who: 'root' | 'nobody') {
  const [compute, oci] = await Promise.all([
    startComputeService(),
    startOciService({ anyRedirectPort: true, loginMode: 'auto-consent' }),
  ]);
  onTestFinished(async () => void (await Promise.all([compute.close(), oci.close()])));
  const user = who === 'nobody' ? otherUser() : undefined;
  const elsewhere = user?.open ?? temporaryHome();
  const home = user?.home ?? temporaryHome();
  const { env } = programHome(compute, elsewhere);
  const oracle = ociEnvironment(oci, elsewhere);
  const environment = cleanEnvironment(home, { ...env, ...oracle });
  const runHere = (line: readonly string[], own: string) => {
    const program = line[0] === 'session' ? 'oci' : 'oracle-compute';
    const words = line.map((word) => (/^(?:far|new)\//.test(word) ? join(own, word) : word));
    return runLine(words, { home: own, env: { ...environment, HOME: own }, program, onStderr: visitor(oci) });
  };
  // What is loaded only when it is needed may lie where other users cannot read it.
  if (user && !isLoaded) for (const line of LINES) await runHere(line, elsewhere);
  isLoaded ||= user !== undefined;
  if (user) for (const path of [env.OPC_PASSWORD_FILE ?? '', oracle.OCI_CLI_CERT_BUNDLE ?? '']) giveAway(path);
  return {
    home,
    run: (line: readonly string[], umask = 0o077, own: string = home) =>
      doneAs(user ? NOBODY : ROOT, umask, () => runHere(line, own)),
    /** The same by the built program. */
    runProgram: (line: readonly string[]) =>
      runProgram(line, { env: environment, cwd: home }, user?.command ?? [process.execPath, PROGRAM]),
  };
}

describe('what is written is private', () => {
  it(`by any command, under the umasks 000 and 777`, async () => {
    const { home, run } = await bench('nobody');
    for (const umask of UMASKS) {
      const own = join(home, String(umask));
      mkdirSync(own, { mode: 0o700 });
      giveAway(own);
      for (const line of LINES) {
        const { status, stderr } = await run(line, umask, own);
        const context = `umask ${umask.toString(8)}, ${line.join(' ')}: ${stderr}`;
        expect(status, context).toBe(0);
        expect(
          filesBelow(own).filter((entry) => !/^\S+ (?:600|700)$/.test(entry)),
          context,
        ).toEqual([]);
      }
      const left = filesBelow(own);
      const isFile = (entry: string) => /\.(?:json|pem|zip) |\/token |config /.test(entry);
      expect(left.filter(isFile).map((entry) => entry.slice(-4))).toEqual(Array(10).fill(' 600'));
      expect(left.filter((entry) => !isFile(entry) && !entry.endsWith(' 700'))).toEqual([]);
    }
  });
});

describe('what is there already', () => {
  it('folders keep their modes, and files that others can read are refused and kept as they are', async () => {
    const { cookiesFile, runHere: run, storeOldSession, service } = await programBench();
    await storeOldSession();
    chmodSync(dirname(cookiesFile), 0o755);
    for (const mode of [0o604, 0o666, 0o610]) {
      chmodSync(cookiesFile, mode);
      const before = readFileSync(cookiesFile);
      for (const line of [['auth'], ['refresh_token'], ['status'], ['exec', '--', 'true']]) {
        const result = await run(line);
        expect(result).toMatchObject({ status: 2, stderr: expect.stringContaining(`chmod 600 ${cookiesFile}`) });
      }
      expect(modeOf(cookiesFile)).toBe(mode.toString(8));
      expect(readFileSync(cookiesFile)).toEqual(before);
    }
    expect(service.requests).toEqual([]);
    chmodSync(cookiesFile, 0o400);
    expect(await run(['refresh_token', '-q'])).toMatchObject({ status: 0 });
    expect(modeOf(cookiesFile)).toBe('600');
    expect(modeOf(dirname(cookiesFile))).toBe('755');
  });

  it('a lock that a killed process left without any rights is in nobody’s way', async () => {
    const { home, runProgram: run } = await bench('nobody');
    const login = ['auth', '-q', '--cookie-file', 'jar.json'];
    expect(await run(login)).toMatchObject({ status: 0 });
    giveAway(writeFileWithMode(join(home, `jar.json${LOCK_ENDING}`), '', 0));
    expect(await run(login)).toMatchObject({ status: 0, stderr: '' });
    expect(filesBelow(home).filter((entry) => entry.startsWith('jar.json'))).toEqual(['jar.json 600']);
  });

  it('files of OCI sessions, which other clients write, too, are closed with the next write', async () => {
    const { home, run } = await bench('root');
    expect(await run(LINES[4] ?? [], 0o022)).toMatchObject({ status: 0 });
    const session = join(home, '.oci', 'sessions', 'T');
    const files = ['token', 'oci_api_key.pem'].map((name) => join(session, name));
    for (const path of [...files, join(home, '.oci', 'config')]) chmodSync(path, 0o644);
    chmodSync(session, 0o755);
    const warned = await run(['session', 'validate', ...PROFILE], 0o022);
    for (const path of [...files, join(home, '.oci', 'config')]) {
      expect(warned.stderr).toContain(`${path} has mode 644; make it yours alone: chmod 600 ${path}`);
    }
    // In the second of the login there is no token that lives longer, and so nothing is written.
    const modeAfterRefresh = async () => {
      expect(await run(['session', 'refresh', ...PROFILE], 0o022)).toMatchObject({ status: 0 });
      return modeOf(join(session, 'token'));
    };
    await expect.poll(modeAfterRefresh).toBe('600');
    expect(await run(LINES[4] ?? [], 0o000)).toMatchObject({ status: 0 });
    expect(filesBelow(join(home, '.oci')).filter((entry) => !/ (?:600|700)$/.test(entry))).toEqual([]);
  });
});

describe('what belongs to somebody else', () => {
  it.each([
    ['root', NOBODY],
    ['nobody', ROOT],
  ] as const)('is refused where %s finds it, and kept', async (who, owner) => {
    const { home, run } = await bench(who);
    expect(await run(['auth', '-q'])).toMatchObject({ status: 0 });
    const [jar = ''] = filesBelow(home).filter((entry) => entry.endsWith('.json 600'));
    const path = join(home, jar.replace(/ 600$/, ''));
    const before = readFileSync(path);
    chownSync(path, owner, owner);
    // Otherwise it could not be opened at all.
    if (who === 'nobody') chmodSync(path, 0o604);
    for (const line of [['auth'], ['refresh_token'], ['status'], ['exec', '--', 'true'], ['request', 'GET', '/']]) {
      const { status, stderr } = await run(line);
      expect([line, status, stderr]).toEqual([line, 2, expect.stringContaining('belongs to another user')]);
    }
    expect(readFileSync(path)).toEqual(before);
    rmSync(path);

    const passwordFile = writeFileWithMode(join(home, 'password'), 'x', who === 'nobody' ? 0o604 : 0o600);
    chownSync(passwordFile, owner, owner);
    const refused = await run(['auth', '-p', passwordFile]);
    expect(refused).toMatchObject({ status: 2, stdout: 'false\n' });
    expect(refused.stderr).toContain('belongs to another user');
  });

  it('a folder of somebody else keeps what is in it from being replaced', async () => {
    const { home, run } = await bench('nobody');
    const folder = join(home, 'theirs');
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    const refused = await run(['auth', '--cookie-file', join(folder, 'jar.json')], 0o022);
    expect(refused).toMatchObject({ status: 2, stdout: 'false\n' });
    expect(filesBelow(folder)).toEqual([]);
  });
});
