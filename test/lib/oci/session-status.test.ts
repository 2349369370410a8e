import { createPrivateKey } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { expect, test } from 'vitest';
import { readConfigText } from '../../../lib/oci/config/config-file.js';
import { listSessions } from '../../../lib/oci/session-status.js';
import { HOUR, MINUTE, START, sessionHome } from './support/session-home.js';

test('lists every session, the broken ones too, and nothing that is none', async () => {
  const { addSession, clock, configFile, home, service } = await sessionHome();
  await addSession('FRESH', { loggedInAt: START + 30 * MINUTE });
  await addSession('SOON', { loggedInAt: START - 25 * MINUTE });
  await addSession('PAST', { loggedInAt: START - HOUR });
  await addSession('OVER', { loggedInAt: START - 24 * HOUR, issuedAt: START - HOUR });
  await fs.writeFile((await addSession('DAMAGED')).securityTokenFile, 'hello');
  await fs.unlink((await addSession('GONE')).securityTokenFile);
  await fs.appendFile(configFile, '[API]\nuser=me\n[BARE]\nsecurity_token_file=/t\n');
  clock.time = START + 30 * MINUTE;
  const config = await readConfigText(configFile);
  if (!config) throw new RangeError('no config');
  const rows = await listSessions(config, { home, env: {} }, clock.time);
  expect(rows.map(({ profile, state, problem }) => [profile, state, problem])).toEqual([
    ['FRESH', 'valid', undefined],
    ['SOON', 'expiring', undefined],
    ['PAST', 'expired', undefined],
    ['OVER', 'session-over', undefined],
    ['DAMAGED', 'broken', 'TOKEN_FILE_CORRUPT'],
    ['GONE', 'broken', 'TOKEN_FILE_MISSING'],
    ['BARE', 'broken', 'PROFILE_INCOMPLETE'],
  ]);
  expect(rows[0]).toEqual({
    profile: 'FRESH',
    region: service.region,
    tenancy: service.users[0]?.tenancyId,
    user: service.users[0]?.id,
    state: 'valid',
    tokenExpiresAt: START + 90 * MINUTE,
    sessionExpiresAt: START + 24.5 * HOUR,
    problem: undefined,
  });
  expect(JSON.stringify(rows)).not.toContain('eyJ');
});

test('calls no session good whose key or region is of no use', async () => {
  const { addSession, configFile, home } = await sessionHome();
  const other = await addSession('OTHER');
  await addSession('NO_REGION');
  await addSession('ODD_REGION');
  await fs.unlink((await addSession('NO_KEY')).keyFile);
  await fs.copyFile(other.keyFile, (await addSession('WRONG_KEY')).keyFile);
  await fs.writeFile((await addSession('NO_PEM')).keyFile, 'hello');
  for (const name of ['ENCRYPTED', 'WRONG_PASSPHRASE']) {
    const { keyFile, privateKeyPem } = await addSession(name);
    const encryption = { cipher: 'aes-256-cbc', passphrase: 'right' };
    await fs.writeFile(
      keyFile,
      createPrivateKey(privateKeyPem).export({ type: 'pkcs8', format: 'pem', ...encryption }),
    );
  }
  const written = await fs.readFile(configFile, 'utf8');
  const changed = written
    .replace(/(\[NO_REGION\][^[]*?)region=.*\n/, '$1')
    .replace(/(\[ODD_REGION\][^[]*?)region=.*\n/, '$1region=a/b\n')
    .replace('[WRONG_PASSPHRASE]', '[WRONG_PASSPHRASE]\npass_phrase=wrong');
  const problems = async (env: Record<string, string>) =>
    (await listSessions({ path: configFile, text: changed }, { home, env }, START)).map(
      ({ profile, problem }) => `${profile} ${problem}`,
    );
  const all = [
    'OTHER undefined',
    'NO_REGION PROFILE_INCOMPLETE',
    'ODD_REGION REGION_MALFORMED',
    'NO_KEY KEY_FILE_MISSING',
    'WRONG_KEY KEY_MISMATCH',
    'NO_PEM KEY_FILE_MALFORMED',
    // Its passphrase is asked for.
    'ENCRYPTED undefined',
    'WRONG_PASSPHRASE KEY_PASSPHRASE_WRONG',
  ];
  expect(await problems({})).toEqual(all);
  expect(await problems({ OCI_CLI_REGION: 'us-ashburn-1' })).toEqual(all.with(1, 'NO_REGION undefined'));
});

test.each([
  ['does not say when it was issued', {}],
  ['says that it will be issued in 2100', { iat: Date.UTC(2100, 0) / 1000 }],
])('a token that %s lasts an hour from when its file was written', async (_what, claims) => {
  const { addSession, configFile, home } = await sessionHome();
  const { securityTokenFile } = await addSession('ODD');
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Date.UTC(2100, 0, 2) / 1000;
  await fs.writeFile(securityTokenFile, `${part({ alg: 'RS256' })}.${part({ ...claims, exp })}.AAAA`);
  await fs.utimes(securityTokenFile, START / 1000, START / 1000);
  const config = await readConfigText(configFile);
  if (!config) throw new RangeError('no config');
  const stateAt = async (time: number) => (await listSessions(config, { home, env: {} }, time))[0]?.state;
  expect(await stateAt(START + 30 * MINUTE)).toBe('valid');
  expect(await stateAt(START + HOUR)).toBe('expired');
  expect(await stateAt(START + 24 * HOUR)).toBe('session-over');
});
