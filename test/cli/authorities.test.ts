import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startComputeService } from '../../fixtures/compute-service/server.js';
import { createLocalAuthority } from '../../fixtures/local-tls.js';
import { cleanEnvironment, runProgram } from '../support/program.js';
import { temporaryHome, writeFileWithMode } from '../support/temporary-home.js';

/** A service whose authority nobody knows by itself, and a home with that authority's file and another one's. */
async function bench() {
  const [own, other] = [await createLocalAuthority(), await createLocalAuthority()];
  const service = await startComputeService({ tls: own });
  onTestFinished(() => service.close());
  const home = temporaryHome();
  const env = {
    OPC_API: service.url,
    OPC_USER: service.user,
    OPC_PASSWORD_FILE: writeFileWithMode(join(home, 'password'), service.password),
  };
  const ownFile = writeFileWithMode(join(home, 'own.pem'), own.certificatePem);
  const otherFile = writeFileWithMode(join(home, 'other.pem'), other.certificatePem);
  const logIn = (more: Record<string, string>) =>
    runProgram(['auth', '-q', '-f', 'json'], { env: cleanEnvironment(home, { ...env, ...more }) });
  return { service, ownFile, otherFile, logIn };
}

it('a bundle that vouches for the service is enough', async () => {
  const { service, ownFile, logIn } = await bench();
  expect(await logIn({ OPC_CA_BUNDLE: ownFile })).toMatchObject({ status: 0, stderr: '' });
  expect(service.logins).toBe(1);
});

it('a bundle that does not is no harm where the usual authorities do, the extra ones among them', async () => {
  const { service, ownFile, otherFile, logIn } = await bench();
  const result = await logIn({ OPC_CA_BUNDLE: otherFile, NODE_EXTRA_CA_CERTS: ownFile });
  expect(result).toMatchObject({ status: 0, stderr: '' });
  expect(service.logins).toBe(1);
});

it('where none of them does, the password is not sent', async () => {
  const { service, otherFile, logIn } = await bench();
  const { status, stdout, stderr } = await logIn({ OPC_CA_BUNDLE: otherFile });
  expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
  expect(JSON.parse(stderr).error.code).toBe('TLS_FAILED');
  expect(service.requests).toEqual([]);
});
