import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startComputeService } from '../../fixtures/compute-service/server.js';
import { sessionHome } from '../lib/oci/support/session-home.js';
import { cleanEnvironment, type ProgramResult, runProgram } from '../support/program.js';
import { requirePart } from '../support/real-part.js';
import { filesBelow, temporaryHome, writeFileWithMode } from '../support/temporary-home.js';
import { type Installation, installGlobally } from './installed.js';
import { npmEnvironment } from './npm.js';

const MOST_PACKAGES = 100;
const MOST_BYTES = 20_000_000;

/** Where the native parts, the lock's and the keychain's, must need no compiler. */
const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64', 'win32-arm64'];

let installed: Installation;
beforeAll(async () => {
  installed = await installGlobally();
});
afterAll(() => installed.remove());

/** A shell of a user who has the installed programs on the PATH. */
function inShell(script: string, home: string, env: Record<string, string> = {}): Promise<ProgramResult> {
  const { PATH } = npmEnvironment(home);
  const all = cleanEnvironment(home, { ...env, PATH: [installed.bin, PATH].join(delimiter) });
  return runProgram(['-c', script], { env: all }, ['sh']);
}

function packagesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /(^|\/)node_modules\/(?:@[^/]+\/)?[^/@.][^/]*$/.test(`/${path}`),
  );
}

function sizeOf(folder: string): number {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return paths.reduce((total, path) => total + lstatSync(join(folder, path)).size, 0);
}

describe('an installation from the tarball, offline and without install scripts', () => {
  it('is small, and needs nothing that the registry of the test does not have', () => {
    expect(installed.unexpected).toEqual([]);
    const packages = packagesIn(installed.prefix);
    expect(packages).toContain('lib/node_modules/oracle-compute');
    expect(packages.length).toBeLessThanOrEqual(MOST_PACKAGES);
    expect(sizeOf(installed.prefix)).toBeLessThan(MOST_BYTES);
  });

  it.each([
    ['keytar', 'getPassword'],
    ['fs-native-extensions', 'tryLock'],
  ])('builds nothing: the native part of %s is there for every platform, and loads', async (name, member) => {
    const folder = join(installed.folder, 'node_modules', name);
    for (const platform of PLATFORMS) {
      expect(existsSync(join(folder, 'prebuilds', platform, `${name}.node`)), platform).toBe(true);
    }
    expect(existsSync(join(folder, 'build'))).toBe(false);
    if (name === 'keytar') requirePart('libsecret');
    const script = `process.stdout.write(Object.keys(require('${name}')).join())`;
    const { stdout, stderr } = await runProgram(
      ['-e', script],
      { env: cleanEnvironment(installed.home), cwd: installed.folder },
      [process.execPath],
    );
    expect({ stdout, stderr }).toEqual({ stdout: expect.stringContaining(member), stderr: '' });
  });

  it('puts both programs on the PATH', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    const { stdout } = await inShell('oracle-compute --version && oci --version', temporaryHome());
    expect(stdout).toBe(`${version}\n${version}\n`);
  });

  it('puts every manual page where man finds it', async () => {
    requirePart('lexgrog');
    const folder = join(installed.prefix, 'share', 'man', 'man1');
    const pages = readdirSync('dist/man').sort();
    expect(readdirSync(folder).sort()).toEqual(pages);
    for (const page of pages) expect(realpathSync(join(folder, page))).toContain('/oracle-compute/dist/man/');
    const { stdout } = await inShell('man oracle-compute-auth', temporaryHome(), {
      MANPATH: join(installed.prefix, 'share', 'man'),
      MANWIDTH: '80',
    });
    expect(stdout).toContain('oracle-compute auth [option...] [username] [passwordfile]');
  });

  it('runs the documented session of Oracle Compute', async () => {
    requirePart('curl');
    const home = temporaryHome();
    const service = await startComputeService();
    onTestFinished(() => service.close());
    writeFileWithMode(join(home, '.opc', 'password'), `${service.password}\n`);
    const script = `set -eu
eval "$(oracle-compute auth ${service.user} ~/.opc/password)"
curl -sSf -o answer -H "Cookie: nimbula=$OPC_COOKIE" "\${OPC_API}account/Compute-acme/"
unset OPC_COOKIE
oracle-compute status
eval "$(oracle-compute refresh_token)"
test -n "$OPC_COOKIE"
oracle-compute request GET /account/Compute-acme/ | cmp - answer
oracle-compute exec -- sh -c 'test -n "$OPC_COOKIE"'
unset OPC_COOKIE
oracle-compute logout
oracle-compute status -q || echo "status $?"
`;
    const { status, stdout, stderr } = await inShell(`cd && ${script}`, home, { OPC_API: service.url });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^user +${service.user}\n`));
    expect(stdout).toMatch(/status 10\n$/);
    expect(service).toMatchObject({ logins: 1, refreshes: 1 });
    expect(filesBelow(join(home, '.opc')).filter((file) => file.includes('.json'))).toEqual([]);
  });

  it('keeps a session of OCI by the documented lines', async () => {
    const { home, service, addSession } = await sessionHome({ clock: Date.now });
    await addSession('TokenDemo');
    const script = `set -eu
oci session validate --profile TokenDemo --local
oci session refresh --profile TokenDemo
eval "$(oci session env --profile TokenDemo)"
oci iam region list
oracle-compute session terminate --profile TokenDemo
`;
    const { status, stdout, stderr } = await inShell(script, home, {
      OCI_REGION_METADATA: JSON.stringify(service.metadata[0]),
      OCI_CLI_CERT_BUNDLE: writeFileWithMode(join(home, 'ca.pem'), service.certificatePem),
    });
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(new RegExp(`"name": "${service.region}"`));
    expect(stderr).toContain('Session is valid until');
    expect(filesBelow(join(home, '.oci', 'sessions'))).toEqual([]);
  });
});
