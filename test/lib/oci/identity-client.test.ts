import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AuthClient } from '../../../lib/oci/client/auth-client.js';
import { generatePrivateKey } from '../../../lib/oci/credentials/key-pair.js';
import { decodeSecurityToken } from '../../../lib/oci/credentials/security-token.js';
import {
  ApiKeySigner,
  IdentityClient,
  loadPrivateKey,
  readConfigProfile,
  readTokenFile,
  refreshToken,
  SecurityTokenSigner,
} from '../../../lib/oci/index.js';
import { HOUR, MINUTE, newHome, START, sessionHome } from './support/session-home.js';

const failure = (code: string, fields: object = {}) =>
  expect.objectContaining({ code, fields: expect.objectContaining(fields) });

test('the five steps of Oracle’s page', async () => {
  const { addSession, home, parts, service, clock } = await sessionHome();
  await addSession('TokenDemo');
  const { env } = parts;

  const config = await readConfigProfile({ profile: 'TokenDemo', home, env });
  const token = await readTokenFile(config.securityTokenFile);
  const privateKey = await loadPrivateKey(config.keyFile, config.passphrase);
  const signer = new SecurityTokenSigner(token, privateKey);
  // An HTTP client of its own, as a program has it.
  const machine = { home, env, clock, certificateAuthorities: service.certificatePem };
  const client = new IdentityClient({ region: config.region }, signer, machine);
  const result = await client.listRegionSubscriptions(config.tenancy);

  expect(result.map(({ isHomeRegion }) => isHomeRegion)).toContain(true);
  expect(result[0]).toEqual({
    regionKey: service.regions[0]?.key.toUpperCase(),
    regionName: service.region,
    status: 'READY',
    isHomeRegion: true,
  });
  expect(await client.listRegions()).toContainEqual({
    key: service.regions[0]?.key.toUpperCase(),
    name: service.region,
  });
});

describe('the profile', () => {
  test('comes from variables or DEFAULT, unless it is named', async () => {
    const { addSession, home, configFile } = await sessionHome();
    await addSession('DEFAULT');
    await addSession('B');
    expect((await readConfigProfile({ home, env: {} })).name).toBe('DEFAULT');
    expect((await readConfigProfile({ home, env: { OCI_CLI_PROFILE: 'B' } })).name).toBe('B');
    const elsewhere = join(home, 'elsewhere');
    await fs.rename(configFile, elsewhere);
    const named = await readConfigProfile({ home, env: { OCI_CLI_CONFIG_FILE: '~/elsewhere' }, profile: 'B' });
    expect(named.configFile).toBe(elsewhere);
  });

  test('is the one that a command would use', async () => {
    const { addSession, home, configFile } = await sessionHome();
    await addSession('DEFAULT');
    await addSession('B');
    await fs.writeFile(
      join(home, '.oci', 'oci_cli_rc'),
      '[OCI_CLI_SETTINGS]\ndefault_profile=B\n[B]\nregion=eu-rc-1\n',
    );
    expect(await readConfigProfile({ home, env: {} })).toMatchObject({ name: 'B', region: 'eu-rc-1', configFile });
    expect((await readConfigProfile({ home, env: {}, profile: 'DEFAULT' })).name).toBe('DEFAULT');
    const env = {
      OCI_CLI_PROFILE: 'DEFAULT',
      OCI_CLI_REGION: 'eu-variable-1',
      OCI_CLI_SECURITY_TOKEN_FILE: '/elsewhere/token',
      OCI_CLI_KEY_FILE: '/elsewhere/key',
    };
    expect(await readConfigProfile({ home, env })).toMatchObject({
      name: 'DEFAULT',
      region: 'eu-variable-1',
      securityTokenFile: '/elsewhere/token',
      keyFile: '/elsewhere/key',
    });
  });

  test.each([
    ['that is not there', '[A]\nx=1\n', 'PROFILE_NOT_FOUND'],
    ['in a file that is no config', 'hello\n', 'CONFIG_FILE_CORRUPT'],
    ['with a value before all sections', 'x=1\n[A]\n', 'CONFIG_FILE_CORRUPT'],
    ['in a file with NUL bytes', '\0', 'CONFIG_FILE_CORRUPT'],
    ['that stands there twice', '[DEMO]\nx=1\n[DEMO]\nx=2\n', 'CONFIG_FILE_CORRUPT'],
    ['with a broken line', '[DEMO]\nhello\n', 'CONFIG_FILE_CORRUPT'],
    ['with a key twice', '[DEMO]\nx=1\nX=2\n', 'CONFIG_FILE_CORRUPT'],
    ['without a token', '[DEMO]\nkey_file=/k\n', 'PROFILE_NOT_A_SESSION'],
    ['that inherits its token', '[DEFAULT]\nsecurity_token_file=/t\n[DEMO]\nkey_file=/k\n', 'PROFILE_NOT_A_SESSION'],
    ['without a key', '[DEMO]\nsecurity_token_file=/t\n', 'PROFILE_INCOMPLETE'],
    ['without a region', '[DEMO]\nsecurity_token_file=/t\nkey_file=/k\ntenancy=t\n', 'PROFILE_INCOMPLETE'],
  ])('%s', async (_what, text, code) => {
    const home = await newHome();
    const configFile = join(home, '.oci', 'config');
    await fs.mkdir(join(home, '.oci'));
    await fs.writeFile(configFile, text);
    await expect(readConfigProfile({ home, env: {}, profile: 'DEMO' })).rejects.toEqual(failure(code));
  });

  test('a broken line in another profile does no harm', async () => {
    const { addSession, home, configFile } = await sessionHome();
    await addSession('DEMO');
    await fs.appendFile(configFile, '[OTHER]\nhello\n');
    expect((await readConfigProfile({ home, env: {}, profile: 'DEMO' })).name).toBe('DEMO');
  });

  test('is not found where there is no config', async () => {
    const home = await newHome();
    await expect(readConfigProfile({ home, env: {} })).rejects.toEqual(failure('PROFILE_NOT_FOUND'));
  });

  test('inherits what is not its own, with ~ for the home folder', async () => {
    const home = await newHome();
    const configFile = join(home, '.oci', 'config');
    await fs.mkdir(join(home, '.oci'));
    await fs.writeFile(
      configFile,
      '[DEFAULT]\ntenancy = t\nRegion: fra\n# remark\n[DEMO]\nkey_file=~/k\nsecurity_token_file = ~/t\n',
    );
    expect(await readConfigProfile({ home, env: {}, profile: 'DEMO' })).toMatchObject({
      keyFile: join(home, 'k'),
      securityTokenFile: join(home, 't'),
      tenancy: 't',
      region: 'fra',
    });
  });
});

describe('the identity service', () => {
  test('does not know another tenancy', async () => {
    const { addSession, parts, service } = await sessionHome();
    const session = await addSession();
    const signer = new SecurityTokenSigner(session.token, await loadPrivateKey(session.keyFile));
    const client = new IdentityClient({ region: service.region }, signer, parts);
    await expect(client.listRegionSubscriptions('ocid1.tenancy.oc1..other/../x')).rejects.toEqual(
      failure('REQUEST_REFUSED', { status: 404 }),
    );
  });

  test('refuses a token that is over, and says who can find the call', async () => {
    const { addSession, parts, service, clock } = await sessionHome();
    const session = await addSession();
    const signer = new SecurityTokenSigner(session.token, await loadPrivateKey(session.keyFile));
    clock.time += HOUR;
    const client = new IdentityClient({ endpoint: service.origins().identity }, signer, { ...parts, source: 'here' });
    await expect(client.listRegions()).rejects.toEqual(
      failure('TOKEN_REFUSED', { source: 'here', callId: expect.stringMatching(/./) }),
    );
  });

  test.each([
    ['{}'],
    ['[{"key": "FRA"}]'],
    ['[7]'],
    ['[null]'],
    [JSON.stringify([{ key: 'FRA', name: 'x'.repeat(100_000) }])],
    ['['.repeat(100_000)],
    ['hello'],
    [''],
  ])('may answer %j, which cannot be read', async (body) => {
    const { addSession, parts, service } = await sessionHome();
    const session = await addSession();
    const signer = new SecurityTokenSigner(session.token, await loadPrivateKey(session.keyFile));
    service.faults.next('list-regions', { kind: 'answer', status: 200, body });
    const client = new IdentityClient({ region: service.region }, signer, parts);
    await expect(client.listRegions()).rejects.toEqual(failure('ANSWER_UNREADABLE'));
  });

  test('may use a word for a status that is yet to come', async () => {
    const { addSession, parts, service } = await sessionHome();
    const session = await addSession();
    const signer = new SecurityTokenSigner(session.token, await loadPrivateKey(session.keyFile));
    const item = { regionKey: 'FRA', regionName: 'eu-frankfurt-1', status: 'DANCING', isHomeRegion: false };
    service.faults.next('list-region-subscriptions', { kind: 'answer', status: 200, body: JSON.stringify([item]) });
    const client = new IdentityClient({ region: service.region }, signer, parts);
    expect(await client.listRegionSubscriptions('t')).toEqual([item]);
  });

  test('needs a region', async () => {
    const { parts } = await sessionHome();
    const signer = new SecurityTokenSigner('a.b.c', await generatePrivateKey());
    const client = new IdentityClient({}, signer, parts);
    await expect(client.listRegions()).rejects.toEqual(failure('MISSING_VALUE', { name: 'region' }));
  });
});

describe('an exchange without a browser', () => {
  test('gives a session for a new key, from an API key', async () => {
    const { parts, service } = await sessionHome();
    const [api, fresh] = await Promise.all([generatePrivateKey(), generatePrivateKey()]);
    const [tenancy = '', user = '', fingerprint = ''] = service.addApiKey(api.publicKeyPem).split('/');
    const client = new AuthClient(service.origins().auth, parts);
    const signer = new ApiKeySigner({ tenancy, user, fingerprint }, api);
    const { token } = await client.generate(fresh, 5, signer, 'DEFAULT');
    expect(token).toMatchObject({ tenancy, subject: user, keyModulus: fresh.modulus, expiresAt: START + 5 * MINUTE });
  });

  test('gives a session from a session', async () => {
    const { addSession, parts, service } = await sessionHome();
    const session = await addSession();
    const fresh = await generatePrivateKey();
    const signer = new SecurityTokenSigner(session.token, await loadPrivateKey(session.keyFile));
    const { token } = await new AuthClient(service.origins().auth, parts).generate(fresh, 60, signer, 'x');
    expect(token.keyModulus).toBe(fresh.modulus);
  });

  test('refuses a token for another key', async () => {
    const { addSession, parts, service } = await sessionHome();
    const session = await addSession();
    const signer = new SecurityTokenSigner(session.token, await loadPrivateKey(session.keyFile));
    service.faults.next('generate-upst', { kind: 'other-key' });
    const generating = new AuthClient(service.origins().auth, parts).generate(
      await generatePrivateKey(),
      60,
      signer,
      'x',
    );
    await expect(generating).rejects.toEqual(failure('TOKEN_FOREIGN'));
  });
});

test('a program can refresh as the command does', async () => {
  const { addSession, home, parts, service, clock } = await sessionHome();
  const session = await addSession('TokenDemo');
  clock.time += 30 * MINUTE;
  const machine = { home, env: parts.env, clock, certificateAuthorities: service.certificatePem };
  expect((await refreshToken({ ...machine, profile: 'TokenDemo', minValidSeconds: 600 })).change).toBe('long-enough');
  const { change } = await refreshToken({ ...machine, profile: 'TokenDemo' });
  expect(change).toBe('refreshed');
  expect(decodeSecurityToken(await readTokenFile(session.securityTokenFile)).expiresAt).toBe(START + 90 * MINUTE);
});
