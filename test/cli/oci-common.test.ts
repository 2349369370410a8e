import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ociBench } from '../support/oci.js';
import { cleanEnvironment, runProgram } from '../support/program.js';
import { writeFileWithMode } from '../support/temporary-home.js';

/** A program with the real `oci-common` from npm. */
const ORACLES_SDK = [process.execPath, 'build/test/fixtures/programs/oci-common-regions.js'];

const realClock = () => ociBench({ clock: Date.now }, Date.now());

it('Oracle’s SDK for TypeScript uses a session that was made here', async () => {
  const { logIn, env, home, configFile, storedToken } = await realClock();
  expect((await logIn(['--profile-name', 'T'])).status).toBe(0);
  const environment = cleanEnvironment(home, { ...env, NODE_EXTRA_CA_CERTS: env.OCI_CLI_CERT_BUNDLE });
  const { status, stdout, stderr } = await runProgram([configFile, 'T'], { env: environment }, ORACLES_SDK);
  expect(status, stderr).toBe(0);
  const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  expect(result).toMatchObject({ status: 200, regions: [{ key: 'EM1', name: 'emu-local-1' }, {}] });
  expect(result.token).not.toBe(storedToken('T'));
});

it('a session by the conventions of Oracle’s SDK works here', async () => {
  const { run, home, service, configFile, clock } = await realClock();
  const {
    token,
    privateKeyPem = '',
    fingerprint,
    user,
  } = await service.issueSession({ loggedInAt: clock.time - 60_000 });
  // Plain PEM without a label, `~`, blanks around `=`, `#` comments, a user that nobody needs, a line break after the token.
  writeFileWithMode(join(home, 'keys', 'my.pem'), privateKeyPem.replaceAll('\n', '\r\n'));
  writeFileWithMode(join(home, 'keys', 'my.token'), `${token}\n`);
  const config = [
    '# by hand',
    '[DEFAULT]',
    `region = ${service.region}`,
    '[SDK]',
    `user = ${user.id}`,
    `fingerprint = ${fingerprint}`,
    `tenancy = ${user.tenancyId}`,
    'key_file = ~/keys/my.pem',
    'security_token_file = ~/keys/my.token',
    '',
  ].join('\n');
  writeFileWithMode(configFile, config);
  const session = ['--profile', 'SDK'];
  for (const command of ['validate', 'refresh', 'env']) {
    const { status, stderr } = await run(['session', command, ...session]);
    expect(status, `${command}: ${stderr}`).toBe(0);
  }
  expect((await run(['iam', 'region', 'list', ...session, '--auth', 'security_token'])).status).toBe(0);
  const refreshed = readFileSync(join(home, 'keys', 'my.token'), 'utf8');
  expect(refreshed).not.toContain(token);
  expect(refreshed).toMatch(/^\S+$/);
  expect(readFileSync(configFile, 'utf8')).toBe(config);
});
