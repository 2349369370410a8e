import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Canaries } from '../support/canaries.js';
import { fleetBench } from '../support/fleet.js';
import { cleanEnvironment, runProgram } from '../support/program.js';

const LINES = [
  ['auth', '--debug'],
  ['refresh_token', '--debug', '--reauthenticate', '--min-valid', '10m'],
  ['status', '--debug', '-f', 'json'],
  ['request', '--debug', 'GET', '/instance/'],
  ['exec', '--debug', '--', 'env'],
  ['store', 'status', '--debug'],
  ['doctor', '--debug'],
  ['schedule', 'cron', '--debug'],
  ['schedule', 'systemd', '--debug'],
  ['logout', '--debug'],
];

it.each([
  ['where all is well', {}, undefined],
  ['where the store refuses', { enginePassword: 'canary of the engine' }, undefined],
  ['where the store is not there', {}, 'rediss://opc@127.0.0.1:1'],
])('no command shows the password or the key of the store: %s', async (_where, options, url) => {
  const fleet = await fleetBench();
  const host = await fleet.host(options);
  const canaries = new Canaries();
  const secretOf = (variable: string) => readFileSync(host.env[variable] ?? '', 'utf8').trim();
  const key = secretOf('OPC_SESSION_STORE_KEY_FILE');
  canaries.add('the key', key);
  canaries.add('the bytes of the key', Buffer.from(key, 'base64url').toString('latin1'));
  canaries.add('the password of the engine', secretOf('OPC_SESSION_STORE_PASSWORD_FILE'));
  canaries.add('the password', fleet.service.password);
  const env = cleanEnvironment(host.home, {
    ...host.env,
    ...(url && { OPC_SESSION_STORE: url }),
    NODE_DEBUG: 'net,tls',
  });
  const check = async (line: readonly string[]) => {
    const { stdout, stderr, status } = await runProgram(line, { env });
    canaries.expectNoneIn({ stdout, stderr }, line.join(' '));
    expect(status === 0 || stderr !== '' || stdout !== '').toBe(true);
  };
  // Where nothing comes of it, no command makes a difference to another.
  if (url) await Promise.all(LINES.map(check));
  else for (const line of LINES) await check(line);
});
