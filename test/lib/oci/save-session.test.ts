import fsNow, { promises as fs } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readConfigText, readProfile } from '../../../lib/oci/config/config-file.js';
import { sessionProfile } from '../../../lib/oci/config/session-profile.js';
import { loadPrivateKey, readTokenFile } from '../../../lib/oci/credentials/credential-files.js';
import { generatePrivateKey, privateKeyFile } from '../../../lib/oci/credentials/key-pair.js';
import { type NewSession, type SaveParts, saveSession } from '../../../lib/oci/login/save-session.js';
import { terminateSession } from '../../../lib/oci/terminate-session.js';
import { systemError, watchFiles } from '../../support/file-calls.js';
import { modesUnder, newHome, TestClock } from './support/session-home.js';
import { tokenWith, vectorKey } from './support/vectors.js';

const clock = new TestClock();
const keys = Promise.all([generatePrivateKey(), generatePrivateKey()]);
const failure = (code: string) => expect.objectContaining({ code });

function session(home: string, changes: Partial<NewSession> = {}): NewSession {
  return {
    profile: 'DEMO',
    configFile: join(home, '.oci', 'config'),
    sessionsFolder: join(home, '.oci', 'sessions'),
    token: tokenWith({ exp: 1, jti: 'first' }),
    key: { content: privateKeyFile(vectorKey) },
    publicKeyPem: vectorKey.publicKeyPem,
    fingerprint: vectorKey.fingerprint,
    tenancy: 'ocid1.tenancy.oc1..x',
    region: 'us-ashburn-1',
    passphrase: undefined,
    ...changes,
  };
}

const parts = (home: string, replace: SaveParts['replace'] = 'none'): SaveParts => ({ clock, home, replace });
const text = (home: string) => fs.readFile(join(home, '.oci', 'config'), 'utf8');

/** What a client would use: token and fingerprint of the key, by way of the config. */
async function inUse(home: string, name = 'DEMO') {
  const config = await readConfigText(join(home, '.oci', 'config'));
  if (!config) throw new RangeError('no config');
  const profile = sessionProfile(readProfile(config, name), home);
  const key = await loadPrivateKey(profile.keyFile, profile.passphrase);
  return { ...profile, token: await readTokenFile(profile.securityTokenFile), keyPrint: key.fingerprint };
}

describe('saving', () => {
  test('writes Oracle’s files with their modes, and its section', async () => {
    const home = await newHome();
    await saveSession(session(home), parts(home));
    const folder = join(home, '.oci', 'sessions', 'DEMO');
    expect(await modesUnder(home)).toEqual({
      '.oci': 'd700',
      '.oci/config': '600',
      '.oci/sessions': 'd700',
      '.oci/sessions/DEMO': 'd700',
      '.oci/sessions/DEMO/oci_api_key.pem': '600',
      '.oci/sessions/DEMO/oci_api_key_public.pem': '600',
      '.oci/sessions/DEMO/token': '600',
    });
    expect(await text(home)).toBe(
      `[DEMO]\nfingerprint=${vectorKey.fingerprint}\nkey_file=${folder}/oci_api_key.pem\ntenancy=ocid1.tenancy.oc1..x\n` +
        `region=us-ashburn-1\nsecurity_token_file=${folder}/token\n`,
    );
    expect(await fs.readFile(join(folder, 'token'), 'utf8')).toBe(tokenWith({ exp: 1, jti: 'first' }));
    expect(await fs.readFile(join(folder, 'oci_api_key.pem'), 'utf8')).toMatch(/\nOCI_API_KEY$/);
  });

  test('adds to a config, and keeps what people wrote', async () => {
    const home = await newHome();
    const before = '# mine\n[DEFAULT]\nUser = me\n\n; and this\n[API]\nkey_file = ~/k.pem\n';
    await fs.mkdir(join(home, '.oci'));
    await fs.writeFile(join(home, '.oci', 'config'), before, { mode: 0o644 });
    await saveSession(session(home, { passphrase: 'open sesame' }), parts(home));
    expect((await text(home)).startsWith(`${before}\n\n[DEMO]\n`)).toBe(true);
    expect(await text(home)).toContain('\npass_phrase=open sesame\nsecurity_token_file=');
    expect((await modesUnder(home))['.oci/config']).toBe('600');
  });

  test('a new login replaces a session, keeps hand-made keys and forgets the old passphrase', async () => {
    const home = await newHome();
    const [key] = await keys;
    await saveSession(session(home, { passphrase: 'old' }), parts(home));
    await fs.appendFile(join(home, '.oci', 'config'), 'compartment-id = ocid1.compartment\n# mine\n');
    const next = session(home, {
      token: tokenWith({ exp: 2 }),
      key: { content: privateKeyFile(key) },
      fingerprint: key.fingerprint,
      region: 'eu-frankfurt-1',
    });
    await saveSession(next, parts(home, 'sessions'));
    const now = await inUse(home);
    expect(now).toMatchObject({ token: next.token, keyPrint: key.fingerprint, fingerprint: key.fingerprint });
    expect(now).toMatchObject({ region: 'eu-frankfurt-1', passphrase: undefined });
    expect(await text(home)).toContain('compartment-id = ocid1.compartment\n# mine\n');
    expect(Object.keys(await modesUnder(join(home, '.oci', 'sessions')))).toEqual([
      'DEMO',
      'DEMO/oci_api_key.pem',
      'DEMO/oci_api_key_public.pem',
      'DEMO/token',
    ]);
  });

  test('keeps nothing of how the session before it was renewed, shared or ended', async () => {
    const home = await newHome();
    await saveSession(session(home), parts(home));
    const old =
      'token_exchange_domain=https://d.example\nshared_session=team\nsession_expires_at=2026-01-01T00:00:00Z\n';
    await fs.appendFile(join(home, '.oci', 'config'), `${old}compartment-id = x\n`);
    const further = [['session_expires_at', '2026-06-01T00:00:00.000Z']] as const;
    await saveSession(session(home, { further }), parts(home, 'sessions'));
    expect((await text(home)).split('\n').slice(-3)).toEqual([
      'session_expires_at=2026-06-01T00:00:00.000Z',
      'compartment-id = x',
      '',
    ]);
    expect(await text(home)).not.toMatch(/token_exchange|shared_session/);
  });

  test('replaces a shared session only if it is shared by that name', async () => {
    const home = await newHome();
    const shared = session(home, { further: [['shared_session', 'team']] });
    await saveSession(shared, parts(home));
    await expect(saveSession(shared, parts(home, { sharedAs: 'other' }))).rejects.toEqual(failure('PROFILE_EXISTS'));
    await saveSession(shared, parts(home, { sharedAs: 'team' }));
    await saveSession(session(home), parts(home, 'sessions'));
    await expect(saveSession(shared, parts(home, { sharedAs: 'team' }))).rejects.toEqual(failure('PROFILE_EXISTS'));
  });

  test.each([
    ['around a corner', (home: string) => `${home}/.oci/../.oci//sessions/DEMO/oci_api_key.pem`],
    ['by its real path', (home: string) => join(home, 'real', 'DEMO', 'oci_api_key.pem')],
    ['through a link to the folder', (home: string) => join(home, 'link', 'DEMO', 'oci_api_key.pem')],
    ['through a link to the file', (home: string) => join(home, 'key.pem')],
  ])('writes over no key that another profile names %s', async (_how, nameIn) => {
    const home = await newHome();
    for (const folder of ['.oci', 'real']) await fs.mkdir(join(home, folder), { mode: 0o700 });
    for (const link of ['.oci/sessions', 'link']) await fs.symlink(join(home, 'real'), join(home, link));
    await saveSession(session(home), parts(home));
    const folder = join(home, '.oci', 'sessions', 'DEMO');
    await fs.symlink(join(folder, 'oci_api_key.pem'), join(home, 'key.pem'));
    await fs.appendFile(join(home, '.oci', 'config'), `[OTHER]\nkey_file=${nameIn(home)}\n`);
    const [key] = await keys;
    const next = session(home, { key: { content: privateKeyFile(key) }, fingerprint: key.fingerprint });
    expect(await saveSession(next, parts(home, 'sessions'))).toBe(`${folder}-2`);
    expect((await loadPrivateKey(nameIn(home))).fingerprint).toBe(vectorKey.fingerprint);
  });

  test('replaces only what may be replaced', async () => {
    const home = await newHome();
    await saveSession(session(home), parts(home));
    await fs.appendFile(join(home, '.oci', 'config'), '[API]\nuser=me\n');
    const before = [await text(home), await modesUnder(home)];
    await expect(saveSession(session(home), parts(home))).rejects.toEqual(failure('PROFILE_EXISTS'));
    const overApi = session(home, { profile: 'API' });
    await expect(saveSession(overApi, parts(home, 'sessions'))).rejects.toEqual(failure('PROFILE_EXISTS'));
    expect([await text(home), await modesUnder(home)]).toEqual(before);
    await saveSession(overApi, parts(home, 'any'));
    expect((await inUse(home, 'API')).values.get('user')).toBe('me');
  });

  test.each([
    ['a profile name that leads elsewhere', { profile: '..' }, 'PROFILE_NAME_MALFORMED'],
    ['a value that readers disagree on', { region: 'a=b' }, 'CONFIG_VALUE_UNSAFE'],
  ])('%s leaves nothing behind', async (_what, changes, code) => {
    const home = await newHome();
    await expect(saveSession(session(home, changes), parts(home))).rejects.toEqual(failure(code));
    expect(Object.keys(await modesUnder(home)).filter((name) => name !== '.oci')).toEqual([]);
  });

  test('closes a folder that others could look into', async () => {
    const home = await newHome();
    await fs.mkdir(join(home, '.oci', 'sessions', 'DEMO'), { recursive: true, mode: 0o755 });
    await saveSession(session(home), parts(home));
    expect((await modesUnder(home))['.oci/sessions/DEMO']).toBe('d700');
  });

  test('a key that stays elsewhere is only named', async () => {
    const home = await newHome();
    await fs.writeFile(join(home, 'my.pem'), privateKeyFile(vectorKey));
    await saveSession(session(home, { key: { path: join(home, 'my.pem') } }), parts(home));
    expect((await inUse(home)).keyFile).toBe(join(home, 'my.pem'));
    await terminateSession({ configFile: join(home, '.oci', 'config'), profile: 'DEMO', env: {}, clock, home });
    expect(await fs.readdir(home)).toContain('my.pem');
  });
});

/**
 * Makes the numbered file operation of saving fail for good, as a killed process or a full disk would: from there on
 * nothing reaches the disk.
 */
async function saveUntil(step: number, home: string, next: NewSession): Promise<boolean> {
  let steps = 0;
  const originals = { renameSync: fsNow.renameSync, unlinkSync: fsNow.unlinkSync, openSync: fsNow.openSync };
  const originalRm = fs.rm;
  const counted =
    <A extends unknown[], R>(original: (...parameters: A) => R) =>
    (...parameters: A): R => {
      steps += 1;
      if (steps > step) throw new RangeError('stopped here');
      return original(...parameters);
    };
  for (const [name, original] of Object.entries(originals)) {
    Object.assign(fsNow, { [name]: counted(original as (...parameters: unknown[]) => unknown) });
  }
  fs.rm = async (...parameters) => counted(originalRm)(...parameters);
  syncBuiltinESMExports();
  try {
    await saveSession(next, parts(home, 'sessions'));
    return true;
  } catch {
    return false;
  } finally {
    Object.assign(fsNow, originals);
    fs.rm = originalRm;
    syncBuiltinESMExports();
  }
}

test('wherever replacing a session is cut off, the old or the new one is whole', async () => {
  const [key] = await keys;
  const outcomes = new Set<string>();
  for (let step = 0; ; step++) {
    const home = await newHome();
    const old = session(home);
    await saveSession(old, parts(home));
    const next = session(home, {
      token: tokenWith({ exp: 2 }),
      key: { content: privateKeyFile(key) },
      fingerprint: key.fingerprint,
    });
    const done = await saveUntil(step, home, next);
    const now = await inUse(home);
    expect(now.keyPrint).toBe(now.fingerprint);
    expect([old.token, next.token]).toContain(now.token);
    expect(now.keyPrint).toBe(now.token === old.token ? vectorKey.fingerprint : key.fingerprint);
    outcomes.add(now.token === old.token ? 'old' : 'new');
    // The next login cleans up, and so does the end of the session.
    if (step % 4 === 0) await saveSession(next, parts(home, 'sessions'));
    await terminateSession({ configFile: old.configFile, profile: 'DEMO', env: {}, clock, home });
    expect(Object.keys(await modesUnder(home))).toEqual(['.oci', '.oci/config', '.oci/sessions']);
    if (done) break;
  }
  expect(outcomes).toEqual(new Set(['old', 'new']));
});

test('a disk that is full once the config names the new session leaves that one whole', async () => {
  const [key] = await keys;
  const files = ['oci_api_key.pem', 'oci_api_key_public.pem', 'token', 'config'];
  for (const [at, failing] of files.entries()) {
    const home = await newHome();
    await saveSession(session(home), parts(home));
    const next = session(home, {
      token: tokenWith({ exp: 2 }),
      key: { content: privateKeyFile(key) },
      fingerprint: key.fingerprint,
    });
    const config = join(home, '.oci', 'config');
    const commits = () => calls.filter(({ name, target }) => name === 'renameSync' && target === config).length;
    const calls = watchFiles(({ name, path }) => {
      // Into the folder of the old session; the config for the second time.
      const isFile = path.startsWith(join(home, failing === 'config' ? '.oci' : '.oci/sessions/DEMO', `${failing}.`));
      if (name === 'openSync' && isFile && path.endsWith('.tmp') && commits() === 1) throw systemError('ENOSPC');
    });
    await expect(saveSession(next, parts(home, 'sessions'))).rejects.toEqual(failure('DISK_FULL'));
    const now = await inUse(home);
    expect([at, now.token, now.keyPrint]).toEqual([at, next.token, key.fingerprint]);
    // The next login needs no room of its own for that.
    expect(commits()).toBe(1);
  }
});

test('two logins at once lose nothing of each other', async () => {
  const home = await newHome();
  const names = ['A', 'B', 'C', 'D'];
  await Promise.all(names.map((profile) => saveSession(session(home, { profile }), parts(home))));
  for (const name of names) expect((await inUse(home, name)).keyPrint).toBe(vectorKey.fingerprint);
  await Promise.all(
    ['A', 'C'].map((name) =>
      terminateSession({ configFile: join(home, '.oci', 'config'), profile: name, env: {}, clock, home }),
    ),
  );
  expect((await text(home)).match(/^\[.*\]$/gm)?.sort()).toEqual(['[B]', '[D]']);
});

describe('terminating', () => {
  test('gives back the config as it was before the login', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('', '# mine\n[DEFAULT]\n A = b\n', '[X]\r\nk : v\r\n\r\n; end\r\n'),
        async (before) => {
          const home = await newHome();
          await fs.mkdir(join(home, '.oci'));
          await fs.writeFile(join(home, '.oci', 'config'), before);
          await saveSession(session(home), parts(home));
          await terminateSession({ configFile: join(home, '.oci', 'config'), profile: 'DEMO', env: {}, clock, home });
          expect(await text(home)).toBe(before);
          expect(Object.keys(await modesUnder(home))).toEqual(['.oci', '.oci/config', '.oci/sessions']);
        },
      ),
      { numRuns: 3 },
    );
  });

  test('ends a session in [DEFAULT]', async () => {
    const home = await newHome();
    await saveSession(session(home, { profile: 'DEFAULT' }), parts(home));
    const { removedFiles } = await terminateSession({
      configFile: join(home, '.oci', 'config'),
      profile: 'DEFAULT',
      env: {},
      clock,
      home,
    });
    expect(removedFiles).toHaveLength(3);
  });

  test('keeps files that another profile uses, and says so', async () => {
    const home = await newHome();
    await saveSession(session(home), parts(home));
    const folder = join(home, '.oci', 'sessions', 'DEMO');
    await fs.appendFile(join(home, '.oci', 'config'), '[OTHER]\nkey_file = ~/.oci/sessions/DEMO/oci_api_key.pem\n');
    const { removedFiles, keptFiles } = await terminateSession({
      configFile: join(home, '.oci', 'config'),
      profile: 'DEMO',
      env: {},
      clock,
      home,
    });
    expect(removedFiles).toEqual([join(folder, 'token')]);
    expect(keptFiles).toEqual([join(folder, 'oci_api_key.pem')]);
    expect((await fs.readdir(folder)).sort()).toEqual(['oci_api_key.pem', 'oci_api_key_public.pem']);
  });

  test('keeps what somebody else put into the folder', async () => {
    const home = await newHome();
    await saveSession(session(home), parts(home));
    const folder = join(home, '.oci', 'sessions', 'DEMO');
    await fs.writeFile(join(folder, 'notes'), '');
    await terminateSession({ configFile: join(home, '.oci', 'config'), profile: 'DEMO', env: {}, clock, home });
    expect(await fs.readdir(folder)).toEqual(['notes']);
  });

  test.each([
    ['a profile that only inherits a token file', 'API', 'PROFILE_NOT_A_SESSION'],
    ['a profile that is not there', 'NONE', 'PROFILE_NOT_FOUND'],
    ['a name that is a path', '..', 'PROFILE_NAME_MALFORMED'],
  ])('refuses %s and touches nothing', async (_what, name, code) => {
    const home = await newHome();
    await saveSession(session(home, { profile: 'DEFAULT' }), parts(home));
    await fs.appendFile(join(home, '.oci', 'config'), '[API]\nuser=me\n');
    const before = [await text(home), await modesUnder(home)];
    await expect(
      terminateSession({ configFile: join(home, '.oci', 'config'), profile: name, env: {}, clock, home }),
    ).rejects.toEqual(failure(code));
    expect([await text(home), await modesUnder(home)]).toEqual(before);
  });

  test('makes no folder where there is no config', async () => {
    const home = await newHome();
    const ending = terminateSession({ configFile: join(home, '.oci', 'config'), profile: 'A', env: {}, clock, home });
    await expect(ending).rejects.toEqual(failure('PROFILE_NOT_FOUND'));
    expect(await fs.readdir(home)).toEqual([]);
  });
});
