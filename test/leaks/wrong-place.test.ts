import { describe, expect, it } from 'vitest';
import { computeBench } from '../support/compute.js';

const USER = '/Compute-acme/jack.jones@example.com';
const SECRET = 'canary-Secret73';

describe('a secret in the wrong place on the line is not repeated', () => {
  it.each([
    [['auth', USER, SECRET], 2],
    [['auth', USER, '-p', SECRET], 2],
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

  it('a name that looks like a path is shown, because it is one', async () => {
    const { run, home } = await computeBench();
    const path = `${home}/passwrod`;
    const { stderr } = await run(['auth', USER, path]);
    expect(stderr).toContain(`the password file ${path} does not exist\ncreate it: `);
  });
});
