import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../lib/clock.js';
import { encodeCookiesFile } from '../../../lib/compute/cookies/cookies-file.js';
import { defaultCookiesFile } from '../../../lib/compute/cookies/cookies-file-store.js';
import { readNetscapeJar } from '../../../lib/compute/cookies/netscape-jar.js';
import {
  findSession,
  findStore,
  type SessionEnvironment,
  storeAt,
  type WantedSession,
} from '../../../lib/compute/find-session.js';
import type { StoredSession } from '../../../lib/compute/stored-session.js';
import { findEnvSession, findOwnerOfToken } from '../../../lib/compute/token/env-session.js';
import { isOracleComputeError } from '../../../lib/errors.js';
import { temporaryHome, writeFileWithMode } from '../../support/temporary-home.js';

const NOON = Date.UTC(2026, 2, 1, 12);
const [NEAR, FAR] = ['https://compute.example', 'https://elsewhere.example:8443'];
const [JACK, JILL] = ['/Compute-acme/jack', '/Compute-acme/jill'];

/** A token as the service makes it, in which its user stands. */
const tokenOf = (user: string, more = '') =>
  Buffer.from(
    JSON.stringify({ identity: JSON.stringify({ value: JSON.stringify({ user, expires: 2e9, more }) }) }),
  ).toString('base64');

const session = (endpoint: string, user: string, token = tokenOf(user)): StoredSession => ({
  endpoint,
  user,
  token,
  startedAt: NOON,
  issuedAt: NOON,
  tokenExpiresAt: NOON + 1_800_000,
  sessionExpiresAt: NOON + 10_800_000,
  expirySource: 'token',
  clockOffset: 0,
});

/** A home with sessions in their default places. */
async function homeBench(...sessions: StoredSession[]) {
  const home = temporaryHome();
  const place = { home, owner: { uid: process.geteuid?.() }, clock: systemClock };
  const put = async (path: string, kept: StoredSession) => writeFileWithMode(path, await encodeCookiesFile(kept));
  for (const kept of sessions) await put(defaultCookiesFile(home, kept.endpoint, kept.user), kept);
  const userOf = async (wanted: WantedSession) => (await (await findStore(wanted, place))?.read())?.user;
  const defaultOf = (endpoint: string, user: string) => defaultCookiesFile(home, endpoint, user);
  return { home, place, put, userOf, defaultOf };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    (result) => result,
    (error: unknown) => (isOracleComputeError(error) ? error.code : error),
  );

describe('the session that is meant', () => {
  it('is in the file that was named, or nowhere', async () => {
    const { home, put, place, userOf } = await homeBench(session(NEAR, JACK));
    const cookiesFile = await put(join(home, 'named.json'), session(NEAR, JILL));
    expect(await userOf({ cookiesFile })).toBe(JILL);
    expect(await codeOf(userOf({ cookiesFile, user: JACK }))).toBe('COOKIES_FILE_FOREIGN');
    expect(await codeOf(userOf({ cookiesFile, endpoint: FAR }))).toBe('COOKIES_FILE_FOREIGN');
    expect(await findSession({ cookiesFile: join(home, 'none.json') }, place)).toBeUndefined();
  });

  it('is the only one that fits what is said, and none of several', async () => {
    const { userOf } = await homeBench(session(NEAR, JACK), session(FAR, JILL));
    expect(await userOf({ user: JACK })).toBe(JACK);
    expect(await userOf({ endpoint: FAR })).toBe(JILL);
    expect(await userOf({ endpoint: FAR, user: JACK })).toBeUndefined();
    expect(await userOf({ user: '/Compute-acme/joe' })).toBeUndefined();
    expect(await userOf({ endpoint: 'https://third.example' })).toBeUndefined();
    await expect(userOf({})).rejects.toMatchObject({
      code: 'MISSING_VALUE',
      message: `2 sessions are stored: ${JACK} at ${NEAR}, ${JILL} at ${FAR}`,
      fields: {
        name: 'one-session',
        sessions: [
          { endpoint: NEAR, user: JACK },
          { endpoint: FAR, user: JILL },
        ],
      },
    });
  });

  it('that has not begun yet gets the default place of user and endpoint', async () => {
    const { place, defaultOf } = await homeBench(session(NEAR, JACK));
    const found = await findSession({ endpoint: NEAR, user: JILL }, place);
    expect([found?.account, found?.store.location]).toEqual([{ endpoint: NEAR, user: JILL }, defaultOf(NEAR, JILL)]);
    expect((await findSession({ user: JACK }, place))?.account).toEqual({ endpoint: NEAR, user: JACK });
    expect(await findSession({ user: JILL }, place)).toBeUndefined();
    expect(await findSession({ endpoint: FAR }, place)).toBeUndefined();
  });
});

describe('a token in a variable', () => {
  const ownerOf = async (token: string, wanted: WantedSession, place: SessionEnvironment) =>
    (await findOwnerOfToken(token, 'OPC_COOKIE', wanted, place))?.session;
  const found = async (token: string, wanted: WantedSession, place: SessionEnvironment) =>
    (await ownerOf(token, wanted, place)) ?? findEnvSession(token, wanted, place);

  it('is that of its own user, whatever OPC_USER says, and not sent to another service than its own', async () => {
    const { place } = await homeBench(session(NEAR, JACK), session(FAR, JILL));
    await expect(found(tokenOf(JILL), { endpoint: NEAR, user: JACK }, place)).rejects.toMatchObject({
      code: 'COOKIE_OF_ANOTHER_SERVICE',
      message: `the token in OPC_COOKIE comes from ${FAR}, and is not sent to ${NEAR}`,
      fields: { from: 'OPC_COOKIE', endpoint: FAR },
    });
    expect(await codeOf(found(tokenOf(JILL), { endpoint: NEAR }, place))).toBe('COOKIE_OF_ANOTHER_SERVICE');
    expect(await found(tokenOf(JILL, 'new'), { endpoint: NEAR, user: JACK }, place)).toMatchObject({
      endpoint: NEAR,
      user: JILL,
    });
    expect(await found(tokenOf(JILL), { endpoint: FAR, user: JACK }, place)).toMatchObject({ user: JILL });
  });

  it('of which nothing is known is looked for among the sessions of the user that is named', async () => {
    const { place } = await homeBench(session(FAR, JACK, 'opaque'));
    expect(await codeOf(found('opaque', { endpoint: NEAR, user: JACK }, place))).toBe('COOKIE_OF_ANOTHER_SERVICE');
    expect(await codeOf(found('opaque', { endpoint: NEAR }, place))).toBe('COOKIE_OF_ANOTHER_SERVICE');
    expect(await found('another', { endpoint: NEAR, user: JACK }, place)).toMatchObject({ user: JACK });
    expect(await found('another', { endpoint: NEAR }, place)).toMatchObject({ user: '' });
  });

  it('goes to the endpoint that is named or has issued it, and to no likely one', async () => {
    const { place } = await homeBench(session(NEAR, JACK));
    expect(await found(tokenOf(JACK), {}, place)).toEqual(session(NEAR, JACK));
    expect(await found('another', {}, place)).toBeUndefined();
    expect(await found('another', { user: JACK }, place)).toBeUndefined();
  });

  describe('belongs to the stored session', () => {
    const issued = (endpoint: string, realm: string | undefined, minutes = 0, user = JACK) => {
      const expires = (NOON + 1_800_000 + minutes * 60_000) / 1000;
      const value = JSON.stringify({ realm, user, expires });
      const token = Buffer.from(JSON.stringify({ identity: JSON.stringify({ value }) })).toString('base64');
      return { ...session(endpoint, user, token), issuedAt: NOON + minutes * 60_000, tokenExpiresAt: expires * 1000 };
    };

    it('that has had it, as the fingerprint in the file shows, at the endpoint that is wanted or at none', async () => {
      const { place, defaultOf } = await homeBench(session(NEAR, JACK, 'first'), session(FAR, JACK, 'other'));
      const store = storeAt(defaultOf(NEAR, JACK), place);
      const replace = (token: string) =>
        store.exclusively({ wait: 0 }, async (locked) =>
          locked.replace(session(NEAR, JACK, token), await locked.read()),
        );
      expect([await replace('second'), await replace('third')]).toEqual([true, true]);
      for (const token of ['first', 'second', 'third']) {
        expect(await ownerOf(token, {}, place)).toMatchObject({ endpoint: NEAR, token: 'third' });
        expect(await codeOf(ownerOf(token, { endpoint: FAR }, place))).toBe('COOKIE_OF_ANOTHER_SERVICE');
      }
      expect(await ownerOf('fourth', { endpoint: NEAR, user: JACK }, place)).toBeUndefined();
      expect(readFileSync(defaultOf(NEAR, JACK), 'utf8')).not.toMatch(/first|second/);
    });

    it('of the same user and site by its own words, if that one lives longer', async () => {
      const { place } = await homeBench(issued(NEAR, 'us6', 10));
      const owners = async (...wanted: Parameters<typeof issued>) => ownerOf(issued(...wanted).token, {}, place);
      expect(await owners(NEAR, 'us6', 9)).toMatchObject({ endpoint: NEAR, user: JACK });
      expect(await owners(NEAR, 'us6', 11)).toBeUndefined();
      expect(await owners(NEAR, 'us7', 9)).toBeUndefined();
      expect(await owners(NEAR, undefined, 9)).toBeUndefined();
      expect(await owners(NEAR, 'us6', 9, JILL)).toBeUndefined();
      expect(await ownerOf(issued(NEAR, 'us6').token, { endpoint: FAR }, place)).toBeUndefined();
    });

    it('and to neither of two that are as likely', async () => {
      const { place } = await homeBench(issued(NEAR, 'us6', 10), issued(FAR, 'us6', 10));
      const { token } = issued(NEAR, 'us6');
      expect(await ownerOf(token, {}, place)).toBeUndefined();
      expect(await ownerOf(token, { endpoint: FAR }, place)).toMatchObject({ endpoint: FAR });
    });

    it('in the file that is named, and in no other', async () => {
      const { place, home, put } = await homeBench(issued(NEAR, 'us6', 10));
      const cookiesFile = join(home, 'named.json');
      expect(await ownerOf(issued(NEAR, 'us6', 10).token, { cookiesFile }, place)).toBeUndefined();
      await put(cookiesFile, issued(NEAR, 'us6', 20));
      expect(await ownerOf(issued(NEAR, 'us6', 10).token, { cookiesFile }, place)).toEqual(issued(NEAR, 'us6', 20));
      expect(await ownerOf(issued(NEAR, 'us6', 10, JILL).token, { cookiesFile }, place)).toBeUndefined();
      await put(cookiesFile, issued(NEAR, undefined, 20));
      expect(await ownerOf(issued(NEAR, undefined, 10).token, { cookiesFile }, place)).toBeUndefined();
    });
  });

  it('is not kept from its way by a file that is damaged', async () => {
    const { home, place, defaultOf } = await homeBench();
    writeFileWithMode(defaultOf(FAR, JACK), '{');
    const wanted = { endpoint: NEAR, user: JACK };
    expect(await found('opaque', wanted, place)).toMatchObject({ endpoint: NEAR });
    expect(home).toBe(place.home);
  });
});

describe('a jar of curl', () => {
  const line = (domain: string, value: string, name = 'nimbula') =>
    `${domain}\tFALSE\t/\tTRUE\t1900000000\t${name}\t${value}`;
  const NOW = 1_800_000_000_000;
  const read = (lines: readonly string[], host: string | undefined, end = '\n') =>
    readNetscapeJar(
      writeFileWithMode(join(temporaryHome(), 'jar'), ['# Netscape HTTP Cookie File', ...lines, ''].join(end)),
      host && `https://${host}`,
      NOW,
    );

  it.each([
    'x.host',
    'nothost',
    'host.x',
    'xhost',
    'hos',
    '',
  ])('has no token for host where its cookie is for %j', async (domain) => {
    await expect(read([line(domain, 'theirs')], 'host')).rejects.toMatchObject({
      code: 'NO_SESSION',
      message: expect.stringMatching(/^the cookie jar \S+ has no token for host$/),
    });
    expect(await read([line('host', 'ours'), line(domain, 'theirs')], 'host')).toBe('ours');
  });

  it('has the token of a domain for its host, and for those below it where curl would send it there', async () => {
    const below = line('.host', 'one').replace('FALSE', 'TRUE');
    expect(await read([line('.host', 'one')], 'host')).toBe('one');
    expect(await read([below], 'a.host')).toBe('one');
    await expect(read([line('.host', 'one')], 'a.host')).rejects.toMatchObject({ code: 'NO_SESSION' });
    await expect(read([below], 'nothost')).rejects.toMatchObject({ code: 'NO_SESSION' });
  });

  it.each([
    ['http://host', 'TRUE', undefined],
    ['http://host', 'FALSE', 'one'],
    ['http://host', 'untrue', 'one'],
    ['http://host', 'TRUEST', 'one'],
    ['https://host', 'TRUE', 'one'],
    ['http://localhost', 'TRUE', 'one'],
    ['http://127.0.0.1', 'TRUE', 'one'],
    ['http://[::1]', 'true', 'one'],
    ['http://10.127.0.0.1.host', 'TRUE', undefined],
  ])('goes to %s if it is secure (%s): %s', async (origin, secure, token) => {
    const { hostname } = new URL(origin);
    const cookie = line(hostname.replace(/^\[|\]$/g, ''), 'one').replace('TRUE', secure);
    const path = writeFileWithMode(join(temporaryHome(), 'jar'), `# Netscape HTTP Cookie File\n${cookie}\n`);
    const read = readNetscapeJar(path, origin, NOW);
    if (token !== undefined) return expect(await read).toBe(token);
    await expect(read).rejects.toMatchObject({ code: 'NO_SESSION', fields: { path } });
  });

  it('goes below its domain only if it says so, and never below an address', async () => {
    const below = (domain: string, subdomains: string) => line(domain, 'one').replace('FALSE', subdomains);
    for (const no of ['untrue', 'TRUEST', '']) {
      await expect(read([below('host', no)], 'a.host')).rejects.toMatchObject({ code: 'NO_SESSION' });
    }
    await expect(read([below('0.0.1', 'TRUE')], '127.0.0.1')).rejects.toMatchObject({ code: 'NO_SESSION' });
    // Of several, the one of the nearest domain, wherever it stands.
    const [near, far] = [line('a.host', 'near'), below('host', 'TRUE')];
    expect(await read([near, far], 'a.host')).toBe('near');
    expect(await read([far, near], 'a.host')).toBe('near');
    expect(await read([below('a.b.host', 'TRUE')], 'a.b.host')).toBe('one');
  });

  it('is not sent after its end, and without one until the browser is closed', async () => {
    const ending = (end: number) => line('host', 'one').replace('1900000000', String(end / 1000));
    expect(await read([ending(NOW + 1000)], 'host')).toBe('one');
    expect(await read([ending(0)], 'host')).toBe('one');
    await expect(read([ending(NOW)], 'host')).rejects.toMatchObject({ code: 'NO_SESSION' });
    await expect(read([ending(NOW - 1000)], 'host')).rejects.toMatchObject({ code: 'NO_SESSION' });
    await expect(read([line('host', 'one').replace('/', '/api')], 'host')).rejects.toMatchObject({
      code: 'NO_SESSION',
    });
    await expect(read([`x${line('#HttpOnly_host', 'one')}`], 'xhost')).rejects.toMatchObject({ code: 'NO_SESSION' });
  });

  it('has the token of its host, the last one, however it is written', async () => {
    expect(await read([line('host', 'one'), line('HOST', 'two')], 'host')).toBe('two');
    expect(await read([line('#HttpOnly_host', 'one')], 'host')).toBe('one');
    expect(await read([line('host', 'one')], 'host', '\r\n')).toBe('one');
    expect(await read([line('a', 'one'), line('b', 'two')], undefined)).toBe('two');
  });

  it('has none in other cookies, in comments, or where its value is empty', async () => {
    for (const other of [line('host', 'x', 'session'), `# ${line('host', 'x')}`, line('host', ''), 'host\tnimbula']) {
      await expect(read([other], undefined)).rejects.toMatchObject({
        code: 'NO_SESSION',
        message: expect.stringMatching(/has no token$/),
      });
    }
  });

  it('is none where it does not begin like one, is a folder, too large, or is not there', async () => {
    const home = temporaryHome();
    const cookie = line('host', 'one');
    const file = (text: string) => readNetscapeJar(writeFileWithMode(join(home, 'jar'), text), 'https://host', NOW);
    expect(await file(`# HTTP Cookie File\n${cookie}`)).toBe('one');
    expect(await file(cookie)).toBeUndefined();
    expect(await file(` # HTTP Cookie File\n${cookie}`)).toBeUndefined();
    const jar = `# HTTP Cookie File\n${cookie}\n`;
    expect(await file(jar.padEnd(1024 * 1024, '\n'))).toBe('one');
    expect(await file(jar.padEnd(1024 * 1024 + 1, '\n'))).toBeUndefined();
    expect(await readNetscapeJar(home, 'https://host', NOW)).toBeUndefined();
    expect(await readNetscapeJar(join(home, 'none'), 'https://host', NOW)).toBeUndefined();
  });
});
