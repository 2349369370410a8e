import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findKnownRegion, findRegion } from '../../../lib/oci/client/regions.js';
import {
  absolutePath,
  locateConfigFile,
  readAllProfiles,
  readConfigText,
  readProfile,
  withVariables,
} from '../../../lib/oci/config/config-file.js';
import { newHome } from './support/session-home.js';

const failure = (code: string, fields: object = {}) =>
  expect.objectContaining({ code, fields: expect.objectContaining(fields) });

test.each([
  ['~', '/home/u'],
  ['~/x', '/home/u/x'],
  ['/x', '/x'],
  ['x/../y', '/cwd/y'],
  ['~other/x', '/cwd/~other/x'],
])('the path %s means %s', (given, meant) => {
  expect(absolutePath(given, '/home/u', '/cwd')).toBe(meant);
});

describe('the config file', () => {
  test('is looked for in Oracle’s order', async () => {
    const home = await newHome();
    const env = { OCI_CLI_CONFIG_FILE: '~/cli', OCI_CONFIG_FILE: '~/sdk' };
    const [usual, sdk, older] = [join(home, '.oci/config'), join(home, 'sdk'), join(home, '.oraclebmc/config')];
    expect(locateConfigFile('~/flag', env, home)).toEqual({ value: join(home, 'flag'), source: 'option' });
    expect(locateConfigFile(undefined, env, home)).toEqual({
      value: join(home, 'cli'),
      source: 'OCI_CLI_CONFIG_FILE',
    });
    const sdkOnly = { OCI_CONFIG_FILE: '~/sdk' };
    expect(locateConfigFile(undefined, sdkOnly, home).value).toBe(usual);
    await fs.mkdir(join(home, '.oraclebmc'));
    await fs.writeFile(older, '');
    expect(locateConfigFile(undefined, sdkOnly, home).value).toBe(older);
    await fs.writeFile(sdk, '');
    expect(locateConfigFile(undefined, sdkOnly, home).value).toBe(sdk);
    await fs.mkdir(join(home, '.oci'));
    await fs.writeFile(usual, '');
    expect(locateConfigFile(undefined, sdkOnly, home).value).toBe(usual);
  });

  test('must be UTF-8, may begin with a byte order mark, and may be readable by others', async () => {
    const path = join(await newHome(), 'config');
    await fs.writeFile(path, Buffer.from([0x5b, 0x41, 0x5d, 0x0a, 0xff]));
    await expect(readConfigText(path)).rejects.toEqual(failure('CONFIG_FILE_CORRUPT', { path }));
    await fs.writeFile(path, '\uFEFF[A]\r\nx = ä\r\n', { mode: 0o644 });
    const config = await readConfigText(path);
    expect(config && readProfile(config, 'A').values).toEqual(new Map([['x', 'ä']]));
    expect(config && readAllProfiles(config)).toHaveLength(1);
    expect(await readConfigText(join(path, 'none'))).toBeUndefined();
  });

  test('may be large, and one profile of ten thousand is still found', async () => {
    const text = Array.from({ length: 10_000 }, (_, i) => `[P${i}]\nregion=r${i}\ntenancy=t\n\n`).join('');
    expect(readProfile({ path: 'x', text }, 'P9999').values.get('region')).toBe('r9999');
  });
});

test('variables stand before the file, and make a session of what they name', () => {
  const profile = readProfile({ path: 'x', text: '[A]\nregion=a\nkey_file=/k\n' }, 'A');
  const changed = withVariables(profile, {
    OCI_CLI_REGION: 'b',
    OCI_CLI_SECURITY_TOKEN_FILE: '/t',
    OCI_CLI_USER: '',
    OCI_CLI_PASSPHRASE: 'p',
  });
  expect(Object.fromEntries(changed.values)).toEqual({
    region: 'b',
    key_file: '/k',
    security_token_file: '/t',
    pass_phrase: 'p',
  });
  expect(changed.own.has('security_token_file')).toBe(true);
  expect(profile.own.has('security_token_file')).toBe(false);
});

describe('a region', () => {
  const entry = { realmKey: 'oc99', realmDomainComponent: 'localhost:1', regionKey: 'emu', regionIdentifier: 'emu-1' };

  test('is described by the file in the home folder, if it is not built in', async () => {
    const home = await newHome();
    await fs.mkdir(join(home, '.oci'));
    await fs.writeFile(join(home, '.oci', 'regions-config.json'), JSON.stringify([entry]));
    expect(await findRegion('EMU', { env: {}, home })).toMatchObject({ id: 'emu-1', domain: 'localhost:1' });
    await fs.writeFile(join(home, '.oci', 'regions-config.json'), 'hello');
    expect((await findRegion('fra', { env: {}, home })).id).toBe('eu-frankfurt-1');
    // As for Oracle's clients, a file that is no JSON says nothing; a login then refuses the region.
    expect(await findRegion('emu', { env: {}, home })).toMatchObject({ id: 'emu', known: false });
    await expect(findKnownRegion('emu', { env: {}, home })).rejects.toEqual(failure('REGION_UNKNOWN'));
  });

  test('must be known for a login', async () => {
    const home = await newHome();
    expect((await findRegion('xx-new-1', { env: {}, home })).known).toBe(false);
    await expect(findKnownRegion('xx-new-1', { env: {}, home })).rejects.toEqual(
      failure('REGION_UNKNOWN', { given: 'xx-new-1' }),
    );
    const env = { OCI_REGION_METADATA: JSON.stringify(entry) };
    expect((await findKnownRegion('emu-1', { env, home })).domain).toBe('localhost:1');
  });
});

describe('the keys that belong to one session', () => {
  const ours = 'session_expires_at=x\nShared_Session=team\ntoken_exchange_domain=d\ntoken_exchange_subject_path=p\n';
  const keys = ['session_expires_at', 'shared_session', 'token_exchange_domain', 'token_exchange_subject_path'];
  const config = {
    path: 'c',
    text: `[DEFAULT]\nregion=r\nsecurity_token_file=d\n${ours}[MINE]\nsecurity_token_file=t\n[OWN]\nsecurity_token_file=t\n${ours}`,
  };

  test.each(['one by one', 'all together'])('are not inherited, read %s', (how) => {
    const all = new Map(readAllProfiles(config).map((profile) => [profile.name, profile]));
    const read = (name: string) => (how === 'all together' ? all.get(name) : readProfile(config, name));
    expect([...(read('MINE')?.values ?? [])]).toEqual([
      ['region', 'r'],
      ['security_token_file', 't'],
    ]);
    for (const name of ['DEFAULT', 'OWN'])
      expect([...(read(name)?.values.keys() ?? [])]).toEqual(expect.arrayContaining(keys));
  });

  test('are not about another token that a variable names', () => {
    const own = readProfile(config, 'OWN');
    const valuesWith = (path: string) => [...withVariables(own, { OCI_CLI_SECURITY_TOKEN_FILE: path }).values.keys()];
    expect(valuesWith('/other').filter((key) => keys.includes(key))).toEqual([]);
    expect(valuesWith('t')).toEqual(expect.arrayContaining(keys));
  });
});
