import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startComputeService } from '../../fixtures/compute-service/server.js';
import { sessionHome } from '../lib/oci/support/session-home.js';
import { tokenIn } from '../support/compute.js';
import { cleanEnvironment, runProgram } from '../support/program.js';
import { temporaryHome, writeFileWithMode } from '../support/temporary-home.js';
import { type Installation, installInProject } from './installed.js';

let installed: Installation;
beforeAll(async () => {
  installed = await installInProject();
});
afterAll(() => installed.remove());

/** Writes a program into the project and runs it. */
async function runInProject(file: string, source: string, home: string, env: Record<string, string> = {}) {
  const path = join(installed.prefix, file);
  writeFileSync(path, source);
  // The first Node 22 that can require ES modules says on stderr that this is new.
  const flags = file.endsWith('.cjs') ? ['--disable-warning=ExperimentalWarning'] : [];
  return runProgram([...flags, path], { env: cleanEnvironment(home, env), cwd: installed.prefix }, [process.execPath]);
}

/** A service and a user with a password file. */
async function computeUser() {
  const home = temporaryHome();
  const service = await startComputeService();
  onTestFinished(() => service.close());
  const passwordFile = writeFileWithMode(join(home, 'password'), `${service.password}\n`);
  return { home, service, passwordFile, env: { OPC_API: service.url, OPC_USER: service.user, PASSWORD: passwordFile } };
}

const COMPUTE_PROGRAM = `
async function main() {
  const { OPC_API: endpoint, OPC_USER: user, PASSWORD: passwordFile } = process.env;
  const session = await openSession({ endpoint, user, passwordFile });
  const cookie = await session.cookie({ minValidSeconds: 600 });
  const answer = await session.request('GET', '/account/Compute-acme/');
  console.log(JSON.stringify({ cookie, status: answer.status, body: Buffer.from(answer.body).toString() }));
}
main();
`;

const FIVE_STEPS = `
async function main() {
  const config = await readConfigProfile({ profile: 'TokenDemo' });
  const token = await readTokenFile(config.securityTokenFile);
  const privateKey = await loadPrivateKey(config.keyFile, config.passphrase);
  const signer = new SecurityTokenSigner(token, privateKey);
  const client = new IdentityClient({ region: config.region }, signer);
  console.log(JSON.stringify(await client.listRegionSubscriptions(config.tenancy)));
}
main();
`;

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
    ['program.mjs', "import { openSession } from 'oracle-compute';"],
    ['program.cjs', "const { openSession } = require('oracle-compute');"],
  ])('gives a program a session of Oracle Compute: %s', async (file, line) => {
    const { home, service, env } = await computeUser();
    const { stdout, stderr } = await runInProject(file, line + COMPUTE_PROGRAM, home, env);
    expect(stderr).toBe('');
    const { cookie, status, body } = JSON.parse(stdout) as { cookie: string; status: number; body: string };
    expect(cookie.length).toBeGreaterThan(100);
    expect([status, service.logins]).toEqual([200, 1]);
    expect(JSON.parse(body)).toHaveProperty('result');
  });

  it.each([
    ['five-steps.mjs', 'import', "from 'oracle-compute/oci';"],
    ['five-steps.cjs', 'const', "= require('oracle-compute/oci');"],
  ])('takes the five steps of the documentation with a session of OCI: %s', async (file, keyword, from) => {
    const { home, service, addSession } = await sessionHome({ clock: Date.now });
    await addSession('TokenDemo');
    const env = {
      OCI_REGION_METADATA: JSON.stringify(service.metadata[0]),
      NODE_EXTRA_CA_CERTS: writeFileWithMode(join(home, 'ca.pem'), service.certificatePem),
    };
    const names = '{ readConfigProfile, readTokenFile, loadPrivateKey, SecurityTokenSigner, IdentityClient }';
    const { stdout, stderr } = await runInProject(file, `${keyword} ${names} ${from}${FIVE_STEPS}`, home, env);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toContainEqual(expect.objectContaining({ regionName: service.region }));
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
    expect(installed.unexpected).toEqual([]);
    const { home, service, passwordFile, env } = await computeUser();
    const program = [process.execPath, join(installed.bin, 'oracle-compute')];
    const options = { env: cleanEnvironment(home, env) };
    const login = await runProgram(['auth', service.user, passwordFile], options, program);
    expect(login.stderr).toBe('');
    expect(tokenIn(login.stdout).length).toBeGreaterThan(100);
    const { status, stdout } = await runProgram(['password', 'status', '-f', 'json'], options, program);
    expect([status, JSON.parse(stdout).state]).toEqual([2, 'unavailable']);
  });
});

/** Compiles a file of the project as a careful user does: strict, and with the declarations themselves checked. */
async function compile(file: string, source: string, ...options: string[]): Promise<string> {
  writeFileSync(join(installed.prefix, file), source);
  const checks = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false'];
  const types = ['--types', 'node', '--typeRoots', resolve('node_modules/@types'), '--target', 'es2023'];
  const tsc = [process.execPath, resolve('node_modules/typescript/bin/tsc')];
  const env = cleanEnvironment(installed.home);
  const { stdout } = await runProgram([...checks, ...types, ...options, file], { env, cwd: installed.prefix }, tsc);
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

describe('the types of the installed library', () => {
  it.each([
    ['ES modules of Node', 'consumer.mts', IMPORTS, NODE_NEXT],
    ['CommonJS of Node', 'consumer.cts', REQUIRES, NODE_NEXT],
    ['a bundler', 'consumer.ts', IMPORTS, BUNDLER],
  ] as const)('compile for %s, and refuse what is wrong', async (_title, file, imports, options) => {
    expect(await compile(file, imports + CONSUMER, ...options)).toBe('');
    const wrong = `${imports}openSession({ user: 1 });\nnew SecurityTokenSigner();\n`;
    const complaints = await compile(file, wrong, ...options);
    expect(complaints).toContain(`${file}(${wrong.split('\n').length - 2},`);
    expect(complaints).toContain(`${file}(${wrong.split('\n').length - 1},`);
  });
});
