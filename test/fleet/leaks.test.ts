import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Canaries } from '../support/canaries.js';
import { type Fleet, fleetBench, type Host } from '../support/fleet.js';
import { cleanEnvironment, runProgram } from '../support/program.js';
import { jumpingClock, runLine, type TestContextOptions } from '../support/test-context.js';

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

function canariesOf({ service }: Fleet, host: Host): Canaries {
  const canaries = new Canaries();
  const secretOf = (variable: string) => readFileSync(host.env[variable] ?? '', 'utf8').trim();
  const key = secretOf('OPC_SESSION_STORE_KEY_FILE');
  canaries.add('the key', key);
  canaries.add('the bytes of the key', Buffer.from(key, 'base64url').toString('latin1'));
  canaries.add('the password of the server', secretOf('OPC_SESSION_STORE_PASSWORD_FILE'));
  canaries.add('the password', service.password);
  return canaries;
}

it.each([
  ['where all is well', {}, undefined],
  ['where the store refuses', { serverPassword: 'canary of the server' }, undefined],
  ['where the store is not there', {}, 'rediss://opc@127.0.0.1:1'],
])('no command shows the password or the key of the store: %s', async (_where, options, url) => {
  const fleet = await fleetBench();
  const host = await fleet.host(options);
  const canaries = canariesOf(fleet, host);
  const env = { ...host.env, ...(url && { OPC_SESSION_STORE: url }) };
  for (const line of LINES) {
    let given = '';
    const runChild: TestContextOptions['runChild'] = async (command, args, context) => {
      given += JSON.stringify([command, args, context.env]);
      return { status: 0 };
    };
    const { stdout, stderr, status } = await runLine(line, { home: host.home, env, clock: jumpingClock(), runChild });
    canaries.expectNoneIn({ stdout: stdout + given, stderr }, line.join(' '));
    expect(status === 0 || stderr !== '' || stdout !== '').toBe(true);
  }
});

it('Node’s own notes on the connection to the server do not show them either', async () => {
  const fleet = await fleetBench({ redis: {} });
  const host = await fleet.host();
  const env = cleanEnvironment(host.home, { ...host.env, NODE_DEBUG: 'net,tls' });
  const result = await runProgram(['refresh_token', '--debug', '--reauthenticate', '--min-valid', '10m'], { env });
  canariesOf(fleet, host).expectNoneIn(result, 'refresh_token');
  expect(result.status).toBe(0);
  expect(fleet.service.logins).toBe(1);
});
