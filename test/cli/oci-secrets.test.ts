import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Canaries } from '../support/canaries.js';
import { MINUTE } from '../support/compute.js';
import { ociBench } from '../support/oci.js';

it('no command shows a token, a key or a passphrase, not even with --debug, nor when it fails', async () => {
  const { logIn, run, env, home, service, storedToken, pass } = await ociBench();
  const canaries = new Canaries();
  const passphrase = 'canary-passphrase-73';
  canaries.add('passphrase', passphrase);
  const withPhrase = { env: { ...env, OCI_CLI_PASSPHRASE: passphrase } };
  const check = async (line: string[], status: number, seen: string | RegExp = '') => {
    const result = await run([...line, '--debug'], withPhrase);
    expect(result.status, `${line.join(' ')}: ${result.stderr}`).toBe(status);
    expect(result.stdout + result.stderr).toMatch(seen);
    canaries.expectNoneIn(result, line.join(' '));
    const json = await run([...line, '-f', 'json'], withPhrase);
    canaries.expectNoneIn(json, `${line.join(' ')} -f json`);
  };
  const remember = (name: string) => {
    canaries.addSecurityToken('token', storedToken(name));
    canaries.addKey('key', readFileSync(join(home, '.oci', 'sessions', name, 'oci_api_key.pem'), 'utf8'));
  };

  const login = await logIn(['--profile-name', 'T', '--use-passphrase', '--debug'], withPhrase);
  expect(login.status).toBe(0);
  remember('T');
  canaries.expectNoneIn(login, 'authenticate');
  pass(MINUTE);
  const session = ['--profile', 'T'];
  await check(['session', 'validate', ...session], 0, /> GET https:.*\/20160918\/regions/);
  await check(['session', 'refresh', ...session], 0, /> POST https:.*\/v1\/authentication\/refresh/);
  remember('T');
  await check(['iam', 'region', 'list', ...session, '--auth', 'security_token'], 0, /emu-local-1/);
  await check(['session', 'list'], 0, /valid/);
  await check(['session', 'env', ...session], 0, /OCI_CLI_PROFILE/);
  await check(['session', 'export', ...session, '--output-file', 'x', '--force'], 0, /x\.zip/);
  await check(['session', 'import', '--session-archive', 'x.zip', '--profile-name', 'U', '--force'], 0, /\[U\]|"U"/);
  await check(
    ['session', 'authenticate', '--no-browser', '--auth', 'security_token', ...session, '--profile-name', 'N'],
    0,
    /upst/,
  );
  remember('N');

  // A service that repeats what it was sent.
  pass(MINUTE);
  const echo = JSON.stringify({ code: 'InvalidParameter', message: `bad token ${storedToken('T')} for you` });
  service.faults.next('refresh', { kind: 'answer', status: 400, body: echo }, 2);
  await check(['session', 'refresh', ...session], 9, /answered 400 \(InvalidParameter\)\n/);
  service.faults.next('refresh', { kind: 'answer', status: 200, body: storedToken('T') }, 2);
  await check(['session', 'refresh', ...session], 7, /cannot be read/);
  service.faults.next('refresh', { kind: 'other-key' }, 2);
  await check(['session', 'refresh', ...session], 5, /for another key/);
  service.faults.next('list-regions', { kind: 'status', status: 401 }, 2);
  await check(['session', 'validate', ...session], 10, /NotAuthenticated/);
  const wrong = { env: { ...env, OCI_CLI_PASSPHRASE: 'canary-wrong-74' } };
  canaries.add('wrong passphrase', 'canary-wrong-74');
  const refused = await run(['session', 'refresh', ...session, '--debug'], wrong);
  expect([refused.status, refused.stderr]).toEqual([4, expect.stringContaining('wrong passphrase')]);
  canaries.expectNoneIn(refused, 'a wrong passphrase');
  await check(['session', 'terminate', ...session], 0, /Successfully removed/);
});
