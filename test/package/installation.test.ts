import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startComputeService } from '../../fixtures/compute-service/server.js';
import { sessionHome } from '../lib/oci/support/session-home.js';
import { tokenIn } from '../support/compute.js';
import { cleanEnvironment, type ProgramResult, runProgram } from '../support/program.js';
import { requirePart } from '../support/real-part.js';
import { filesBelow, temporaryHome, writeFileWithMode } from '../support/temporary-home.js';
import { type Installation, install } from './installed.js';
import { npmEnvironment } from './npm.js';

const { version: VERSION } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const MOST_PACKAGES = 100;
const MOST_BYTES = 20_000_000;

/** Where the native parts, the lock's and the keychain's, must need no compiler. */
const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64', 'win32-arm64'];

let installed: Installation;
beforeAll(async () => {
  installed = await install();
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

  // What the commands of a session do is in test/program; here, that the installed programs have all that they need.
  it('has oracle-compute on the PATH, which logs in, gives the token to others, and logs out', async () => {
    requirePart('curl');
    const home = temporaryHome();
    const service = await startComputeService();
    onTestFinished(() => service.close());
    writeFileWithMode(join(home, '.opc', 'password'), `${service.password}\n`);
    const script = `set -eu
eval "$(oracle-compute auth ${service.user} ~/.opc/password)"
curl -sSf -o answer -H "Cookie: nimbula=$OPC_COOKIE" "\${OPC_API}account/Compute-acme/"
unset OPC_COOKIE
oracle-compute request GET /account/Compute-acme/ | cmp - answer
oracle-compute exec -- sh -c 'test -n "$OPC_COOKIE"'
oracle-compute logout
oracle-compute --version
`;
    const { status, stdout, stderr } = await inShell(`cd && ${script}`, home, { OPC_API: service.url });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${VERSION}\n`, stderr: '' });
    expect(service.logins).toBe(1);
    expect(filesBelow(join(home, '.opc')).filter((file) => file.includes('.json'))).toEqual([]);
  });

  it('has oci on the PATH, which keeps a session', async () => {
    const { home, service, addSession } = await sessionHome({ clock: Date.now });
    // In the second of its issue a token has nothing to gain from a refresh.
    await addSession('TokenDemo', { loggedInAt: Date.now() - 60_000 });
    const script = `set -eu
oci --version
oci session refresh --profile TokenDemo
oci iam region list --auth security_token --profile TokenDemo
`;
    const { status, stdout, stderr } = await inShell(script, home, {
      OCI_REGION_METADATA: JSON.stringify(service.metadata[0]),
      OCI_CLI_CERT_BUNDLE: writeFileWithMode(join(home, 'ca.pem'), service.certificatePem),
    });
    expect(status, stderr).toBe(0);
    const [version, ...regions] = stdout.split('\n');
    expect(version).toBe(VERSION);
    expect(JSON.parse(regions.join('\n')).data).toContainEqual({ key: 'EM1', name: service.region });
    expect(stderr).toContain('Successfully refreshed token');
  });
});

/** Writes a program into the project and runs it. */
async function runInProject(file: string, source: string, home: string, env: Record<string, string> = {}) {
  const path = join(installed.project, file);
  writeFileSync(path, source);
  // The first Node 22 that can require ES modules says on stderr that this is new.
  const flags = file.endsWith('.cjs') ? ['--disable-warning=ExperimentalWarning'] : [];
  return runProgram([...flags, path], { env: cleanEnvironment(home, env), cwd: installed.project }, [process.execPath]);
}

/** A service and a user with a password file. */
async function computeUser() {
  const home = temporaryHome();
  const service = await startComputeService();
  onTestFinished(() => service.close());
  const passwordFile = writeFileWithMode(join(home, 'password'), `${service.password}\n`);
  return { home, service, passwordFile, env: { OPC_API: service.url, OPC_USER: service.user, PASSWORD: passwordFile } };
}

/** Gets a cookie, and takes the five steps of the documentation with a session of OCI. */
const LIBRARY_PROGRAM = `
async function main() {
  const { OPC_API: endpoint, OPC_USER: user, PASSWORD: passwordFile } = process.env;
  const session = await openSession({ endpoint, user, passwordFile });
  const cookie = await session.cookie({ minValidSeconds: 600 });
  const answer = await session.request('GET', '/account/Compute-acme/');
  const config = await readConfigProfile({ profile: 'TokenDemo' });
  const token = await readTokenFile(config.securityTokenFile);
  const privateKey = await loadPrivateKey(config.keyFile, config.passphrase);
  const signer = new SecurityTokenSigner(token, privateKey);
  const client = new IdentityClient({ region: config.region }, signer);
  const regions = await client.listRegionSubscriptions(config.tenancy);
  console.log(JSON.stringify({ cookie, status: answer.status, body: Buffer.from(answer.body).toString(), regions }));
}
main();
`;
const OCI_NAMES = '{ readConfigProfile, readTokenFile, loadPrivateKey, SecurityTokenSigner, IdentityClient }';

/** What a program does with the library, in types. */
const CONSUMER = `
export async function cookie(endpoint: string, user: string): Promise<string | undefined> {
  try {
    const session: ComputeSession = await openSession({ endpoint, user, password: async () => 'secret' });
    const { status, body } = await session.request('GET', '/instance/', { headers: { accept: 'x' } });
    const bytes: Uint8Array = body;
    return status === bytes.length ? undefined : await session.cookie({ minValidSeconds: 600 });
  } catch (error) {
    if (isOracleComputeError(error, 'FILE_UNSAFE')) return error.fields.path;
    throw error;
  }
}

export async function regions(): Promise<string[]> {
  const config = await readConfigProfile({ profile: 'TokenDemo' });
  const key = await loadPrivateKey(config.keyFile, config.passphrase);
  const signer = new SecurityTokenSigner(await readTokenFile(config.securityTokenFile), key);
  const subscriptions = await new IdentityClient({ region: config.region }, signer).listRegionSubscriptions(config.tenancy);
  return subscriptions.map(({ regionName }) => regionName);
}
`;

describe('the installed library', () => {
  it.each([
    ['program.mjs', `import { openSession } from 'oracle-compute'; import ${OCI_NAMES} from 'oracle-compute/oci';`],
    [
      'program.cjs',
      `const { openSession } = require('oracle-compute'); const ${OCI_NAMES} = require('oracle-compute/oci');`,
    ],
  ])('gives a program sessions of both clouds: %s', async (file, lines) => {
    const compute = await computeUser();
    const { home, service, addSession } = await sessionHome({ clock: Date.now });
    await addSession('TokenDemo');
    const { stdout, stderr } = await runInProject(file, lines + LIBRARY_PROGRAM, home, {
      ...compute.env,
      OCI_REGION_METADATA: JSON.stringify(service.metadata[0]),
      NODE_EXTRA_CA_CERTS: writeFileWithMode(join(home, 'ca.pem'), service.certificatePem),
    });
    expect(stderr).toBe('');
    const { cookie, status, body, regions } = JSON.parse(stdout);
    expect(cookie.length).toBeGreaterThan(100);
    expect([status, compute.service.logins]).toEqual([200, 1]);
    expect(JSON.parse(body)).toHaveProperty('result');
    expect(regions).toContainEqual(expect.objectContaining({ regionName: service.region }));
  });

  it('throws errors of one class, whichever of its modules they come from', async () => {
    const source = `
import { openSession, OracleComputeError } from 'oracle-compute';
import { readConfigProfile, OracleComputeError as SameError } from 'oracle-compute/oci';
const failures = await Promise.allSettled([openSession({ endpoint: '', user: '' }), readConfigProfile()]);
for (const { reason } of failures) console.log(reason.code, reason instanceof OracleComputeError, reason instanceof SameError);
const { name } = OracleComputeError;
console.log(Object.assign(new Error(), { name, code: 'USAGE', fields: {} }) instanceof OracleComputeError);
`;
    const { stdout, stderr } = await runInProject('errors.mjs', source, temporaryHome());
    expect(stderr).toBe('');
    expect(stdout).toBe('ADDRESS_MALFORMED true true\nPROFILE_NOT_FOUND true true\nfalse\n');
  });

  it('brings the programs, which work without the keychain package', async () => {
    const { home, service, passwordFile, env } = await computeUser();
    const keytar = join(installed.folder, 'node_modules', 'keytar');
    renameSync(keytar, `${keytar}-away`);
    onTestFinished(() => renameSync(`${keytar}-away`, keytar));
    const program = [process.execPath, join(installed.bin, 'oracle-compute')];
    const options = { env: cleanEnvironment(home, env) };
    const login = await runProgram(['auth', service.user, passwordFile], options, program);
    expect(login.stderr).toBe('');
    expect(tokenIn(login.stdout).length).toBeGreaterThan(100);
    const { status, stdout } = await runProgram(['password', 'status', '-f', 'json'], options, program);
    expect([status, JSON.parse(stdout).state]).toEqual([2, 'unavailable']);
  });
});

/** Compiles files of the project as a careful user does: strict, and with the declarations themselves checked. */
async function compile(files: Readonly<Record<string, string>>, options: readonly string[]): Promise<string> {
  for (const [file, source] of Object.entries(files)) writeFileSync(join(installed.project, file), source);
  const checks = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false'];
  // Without the declarations of browsers, which are most of what would be checked.
  const target = ['--target', 'es2023', '--lib', 'es2023', '--singleThreaded'];
  const types = ['--types', 'node', '--typeRoots', resolve('node_modules/@types'), ...target];
  const tsc = [process.execPath, resolve('node_modules/typescript/bin/tsc')];
  const env = cleanEnvironment(installed.home);
  const line = [...checks, ...types, ...options, ...Object.keys(files)];
  const { stdout } = await runProgram(line, { env, cwd: installed.project }, tsc);
  return stdout;
}

const NODE_NEXT = ['--module', 'nodenext', '--moduleResolution', 'nodenext'];
const BUNDLER = ['--module', 'esnext', '--moduleResolution', 'bundler'];
const IMPORTS = `import { type ComputeSession, isOracleComputeError, openSession } from 'oracle-compute';
import { IdentityClient, SecurityTokenSigner, loadPrivateKey, readConfigProfile, readTokenFile } from 'oracle-compute/oci';
`;
const REQUIRES = `import root = require('oracle-compute');
import oci = require('oracle-compute/oci');
const { isOracleComputeError, openSession } = root;
const { IdentityClient, SecurityTokenSigner, loadPrivateKey, readConfigProfile, readTokenFile } = oci;
type ComputeSession = root.ComputeSession;
`;

/** Every example of docs/library.md, as a file. */
function documented(): (readonly [file: string, source: string])[] {
  const page = readFileSync('docs/library.md', 'utf8');
  return [...page.matchAll(/^```ts\n(.*?)^```/gms)].map(([, source = ''], index) => [
    `example-${index}.mts`,
    `${source}export {};\n`,
  ]);
}

describe('the types of the installed library', () => {
  it.each([
    ['ES modules and CommonJS of Node, as docs/library.md uses them', { mts: IMPORTS, cts: REQUIRES }, NODE_NEXT],
    ['a bundler', { ts: IMPORTS }, BUNDLER],
  ] as const)('compile for %s, and refuse what is wrong', async (_title, imports, options) => {
    const wrong = 'openSession({ user: 1 });\nnew SecurityTokenSigner();\n';
    const files = Object.entries<string>(imports).flatMap(([ending, lines]) => [
      [`consumer.${ending}`, lines + CONSUMER],
      [`wrong.${ending}`, lines + wrong],
    ]);
    const examples = options === NODE_NEXT ? documented() : [];
    if (options === NODE_NEXT) expect(examples.length).toBeGreaterThan(10);
    const complaints = await compile(Object.fromEntries([...files, ...examples]), options);
    const places = [...complaints.matchAll(/^(\S+)\((\d+),/gm)].map(([, file, line]) => `${file} ${line}`);
    const expected = Object.entries<string>(imports).flatMap(([ending, lines]) => {
      const first = lines.split('\n').length;
      return [`wrong.${ending} ${first}`, `wrong.${ending} ${first + 1}`];
    });
    expect(places.sort(), complaints).toEqual(expected.sort());
  });
});
