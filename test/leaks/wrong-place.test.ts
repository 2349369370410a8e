import { describe, expect, it } from 'vitest';
import { computeBench } from '../support/compute.js';
import { ociBench } from '../support/oci.js';

const USER = '/Compute-acme/jack.jones@example.com';
const SECRET = 'canary-Secret73';
const EXCHANGE = [
  ...['session', 'authenticate', '--token-exchange', '--region', 'fra', '--profile-name', 'CI'],
  ...['--domain-url', 'https://127.0.0.1:1', '--client-id', 'x'],
];

describe('a secret in the wrong place on the line is not repeated', () => {
  it.each([
    [['auth', USER, SECRET], 2],
    [['auth', USER, '-p', SECRET], 2],
    [['auth', USER, '-p', SECRET.repeat(20)], 2],
    [['schedule', 'cron', '-u', USER, '-p', SECRET], 2],
    [[...EXCHANGE, '--client-secret-file', SECRET], 2],
    [[...EXCHANGE, '--client-secret-file', '/dev/fd/0', '--subject-token-file', SECRET], 2],
    [['auth', USER, `-p${SECRET}`], 2],
    [['auth', USER, `--pass=${SECRET}`], 2],
    [['auth', USER, '--password', SECRET], 2],
    [['auth', USER, `--password=${SECRET}`], 2],
    [['auth', USER, '-', SECRET], 2],
    [['auth', SECRET], 4],
    [['auth', '-u', SECRET], 4],
    [['auth', '-a', `https://jack:${SECRET}@api.example.com`], 4],
    [['password', 'set', SECRET], 4],
    [['password', 'set', USER, SECRET], 2],
    [['status', SECRET], 2],
    [['exec', SECRET], 2],
    [['logout', '--forget-password', SECRET], 2],
    [['refresh_token', '--reauthenticate', SECRET], 2],
    [['request', 'GET', '/x', '--header', `Cookie: nimbula=${SECRET}`], 4],
    [['request', 'GET', '/x', '--header', `Authorization ${SECRET}`], 4],
    [['session', 'refresh', SECRET], 2],
    [['session', 'authenticate', '--use-passphrase', SECRET], 2],
  ] as [string[], number][])('%j', async (line, status) => {
    const { run } = await computeBench();
    for (const format of [[], ['-f', 'json'], ['--debug']]) {
      const result = await run([...line, ...format], { stdin: 'x\n' });
      expect(result.status, result.stderr).toBe(status);
      expect(result.stdout + result.stderr).not.toMatch(/canary|Secret73/i);
      expect(result.stderr).not.toBe('');
    }
  });

  it('in a variable', async () => {
    const { run, env } = await computeBench();
    const variables = { OPC_COOKIE: `${SECRET};\u0007`, OPC_PASSWORD_FILE: SECRET, OPC_USER: SECRET };
    for (const [name, value] of Object.entries(variables)) {
      for (const command of ['auth', 'refresh_token', 'status', 'doctor']) {
        const { status, stdout, stderr } = await run([command, '--debug'], { env: { ...env, [name]: value } });
        expect(stdout + stderr, command).not.toMatch(/canary|Secret73/i);
        expect(status === 0 || stderr !== '' || stdout !== '').toBe(true);
      }
    }
  });

  it.each(['OPC_SESSION_STORE_PASSWORD_FILE', 'OPC_SESSION_STORE_KEY_FILE'])('in %s', async (name) => {
    const { run, env, home } = await computeBench();
    const files = {
      OPC_SESSION_STORE_PASSWORD_FILE: `${home}/x`,
      OPC_SESSION_STORE_KEY_FILE: `${home}/y`,
      [name]: SECRET,
    };
    const store = { ...env, OPC_SESSION_STORE: 'redis://127.0.0.1:1', ...files };
    for (const line of ['auth', 'doctor', 'schedule cron', 'schedule systemd -fjson', 'store status']) {
      const { stdout, stderr } = await run(line.split(' '), { env: store });
      expect(stdout + stderr, line).not.toMatch(/canary|Secret73/i);
    }
  });

  it('in the variable that names the token of a pipeline', async () => {
    const { run, env } = await ociBench();
    const exchange = {
      OCI_TOKEN_EXCHANGE_DOMAIN_URL: 'https://127.0.0.1:1',
      OCI_TOKEN_EXCHANGE_CLIENT_ID: 'x',
      OCI_TOKEN_EXCHANGE_CLIENT_SECRET: 'y',
      OCI_WORKLOAD_IDENTITY_TOKEN_PATH: SECRET,
    };
    const line = ['session', 'authenticate', '--token-exchange', '--profile-name', 'CI'];
    const { status, stderr } = await run(line, { env: { ...env, ...exchange } });
    expect(status).toBe(2);
    expect(stderr).not.toMatch(/canary|Secret73/i);
  });

  it('a name that looks like a path is shown, because it is one', async () => {
    const { run, home } = await computeBench();
    const path = `${home}/passwrod`;
    const { stderr } = await run(['auth', USER, path]);
    expect(stderr).toContain(`the password file ${path} does not exist\ncreate it: `);
  });
});
