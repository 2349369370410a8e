import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../lib/clock.js';
import { encodeCookiesFile } from '../../../lib/compute/cookies/cookies-file.js';
import {
  cookiesFileStore,
  defaultCookiesFile,
  listCookiesFiles,
  listStoredFiles,
} from '../../../lib/compute/cookies/cookies-file-store.js';
import type { StoredSession } from '../../../lib/compute/stored-session.js';
import { isOracleComputeError } from '../../../lib/errors.js';
import { LOCK_ENDING } from '../../../lib/files/lock.js';
import { temporaryFor } from '../../../lib/files/private-file.js';
import { filesBelow, temporaryHome, writeFileWithMode } from '../../support/temporary-home.js';

const NOON = Date.UTC(2026, 2, 1, 12);
const owner = { uid: process.geteuid?.() };
const place = { endpoint: 'https://compute.example', user: '/Compute-acme/jack' };

const session = (token: string, changes: Partial<StoredSession> = {}): StoredSession => ({
  ...place,
  token,
  startedAt: NOON,
  issuedAt: NOON,
  tokenExpiresAt: NOON + 1_800_000,
  sessionExpiresAt: NOON + 10_800_000,
  expirySource: 'documented lifetime',
  clockOffset: 0,
  ...changes,
});

function storeBench(expected?: { endpoint?: string; user?: string }) {
  const home = temporaryHome();
  const path = join(home, 'cookies.json');
  const store = cookiesFileStore(path, { owner, clock: systemClock, ...(expected && { expected }) });
  const alone = <T>(work: Parameters<typeof store.exclusively<T>>[1]) => store.exclusively<T>({ wait: 0 }, work);
  return { home, path, store, alone };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => (isOracleComputeError(error) ? error.code : error),
  );

describe('a cookies file', () => {
  it('keeps a session, and no more than that', async () => {
    const { home, store, alone } = storeBench();
    expect(store.location).toContain('cookies.json');
    expect(await store.read()).toBeUndefined();
    expect(await alone((kept) => kept.replace(session('a'), undefined))).toBe(true);
    expect(await store.read()).toEqual(session('a'));
    expect(filesBelow(home)).toEqual(['cookies.json 600']);
    expect(await alone((kept) => kept.remove())).toBe(true);
    expect(await alone((kept) => kept.remove())).toBe(false);
    expect(filesBelow(home)).toEqual([]);
  });

  // Whoever writes it without our lock, as an older version does.
  it.each([
    ['another token', 'b'],
    ['nothing', undefined],
  ])('is not replaced where %s is in it by then', async (_, by) => {
    const { path, store, alone } = storeBench();
    const write = async (token: string | undefined) =>
      writeFileWithMode(path, token === undefined ? '' : await encodeCookiesFile(session(token)));
    await write('a');
    await alone(async (kept) => {
      const read = await kept.read();
      if (by === undefined) await kept.remove();
      else await write(by);
      const before = by === undefined ? undefined : readFileSync(path, 'utf8');
      expect(await kept.replace(session('c'), read)).toBe(false);
      expect((await store.read())?.token).toBe(by);
      if (before !== undefined) expect(readFileSync(path, 'utf8')).toBe(before);
      expect(await kept.replace(session('c'), undefined)).toBe(by === undefined);
    });
    expect((await store.read())?.token).toBe(by ?? 'c');
  });

  it('is replaced where the same token is still in it, however often it was written', async () => {
    const { path, store, alone } = storeBench();
    writeFileWithMode(path, await encodeCookiesFile(session('a')));
    await alone(async (kept) => {
      const read = await kept.read();
      writeFileSync(path, await encodeCookiesFile(session('a', { clockOffset: 7000 })));
      expect(await kept.replace(session('c'), read)).toBe(true);
    });
    expect((await store.read())?.token).toBe('c');
  });

  it('that is damaged meanwhile stays as it is', async () => {
    const { path, alone } = storeBench();
    writeFileWithMode(path, await encodeCookiesFile(session('a')));
    await alone(async (kept) => {
      const read = await kept.read();
      writeFileSync(path, '{"version"');
      expect(await codeOf(kept.replace(session('c'), read))).toBe('COOKIES_FILE_CORRUPT');
    });
    expect(readFileSync(path, 'utf8')).toBe('{"version"');
  });

  it.each([
    [{ endpoint: 'https://other.example' }, 'COOKIES_FILE_FOREIGN'],
    [{ user: '/Compute-acme/jill' }, 'COOKIES_FILE_FOREIGN'],
    [{ endpoint: place.endpoint, user: '/Compute-acme/jill' }, 'COOKIES_FILE_FOREIGN'],
    [{ user: place.user }, undefined],
    [{ endpoint: place.endpoint }, undefined],
    [{}, undefined],
  ])('is one of ours where %j is expected: %s', async (expected, code) => {
    const { path, store, alone } = storeBench(expected);
    const text = await encodeCookiesFile(session('a'));
    writeFileWithMode(path, text);
    expect(await codeOf(store.read())).toBe(code);
    expect(await codeOf(store.assertUsable?.() ?? Promise.resolve())).toBe(code);
    if (code === undefined) return;
    expect(await codeOf(alone((kept) => kept.replace(session('b'), undefined)))).toBe(code);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('is refused where it is larger than 64 KiB', async () => {
    const { path, store } = storeBench();
    writeFileWithMode(path, ' '.repeat(65_536));
    expect(await codeOf(store.read())).toBe('COOKIES_FILE_CORRUPT');
    writeFileWithMode(path, ' '.repeat(65_537));
    await expect(store.read()).rejects.toMatchObject({
      code: 'COOKIES_FILE_TOO_LARGE',
      message: `the cookies file ${path} is larger than 64 KiB`,
      fields: { path, limitBytes: 65_536 },
    });
  });

  it('is removed with the temporary files that killed processes left', async () => {
    const { home, path, alone } = storeBench();
    writeFileWithMode(temporaryFor(path), 'a token');
    writeFileWithMode(temporaryFor(join(home, 'another')), 'a token');
    expect(await alone((kept) => kept.remove())).toBe(true);
    expect(filesBelow(home)).toEqual([expect.stringMatching(/^another\./)]);
  });

  it('says what else can be done where nothing can be written', async () => {
    const { home, path, store, alone } = storeBench();
    writeFileWithMode(join(home, `cookies.json${LOCK_ENDING}`, 'in the way'), '');
    const failure = { code: 'FILE_UNWRITABLE', fields: { isCookiesFile: true, isInTheWay: true } };
    await expect(alone(async () => undefined)).rejects.toMatchObject(failure);
    await expect(store.assertUsable?.()).rejects.toMatchObject(failure);
    writeFileWithMode(path, 'x');
    await expect(store.assertUsable?.()).rejects.toMatchObject({ code: 'COOKIES_FILE_CORRUPT' });
  });

  it('tells whoever waits what is in it now', async () => {
    const { path, store, alone } = storeBench();
    writeFileWithMode(path, await encodeCookiesFile(session('a')));
    await alone(async () => {
      const alreadyDone = async (kept: StoredSession | undefined) => kept?.token;
      expect(await store.exclusively({ wait: 60_000, alreadyDone }, async () => 'never')).toBe('a');
    });
  });
});

describe('the default cookies files', () => {
  it('are one for each user, endpoint and port, and say whose they are', async () => {
    const home = temporaryHome();
    const paths = [
      defaultCookiesFile(home, 'https://compute.example', '/Compute-acme/jack'),
      defaultCookiesFile(home, 'https://compute.example:8443', '/Compute-acme/jack'),
      defaultCookiesFile(home, 'http://compute.example', '/Compute-acme/jack'),
      defaultCookiesFile(home, 'https://compute.example', '/Compute-acme/Jack'),
    ];
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths[0]).toMatch(/\/\.opc\/cookies\/compute-acme_jack@compute\.example\.[0-9a-f]{8}\.json$/);
    expect(paths[1]).toContain('@compute.example_8443.');
  });

  it('are listed by their names, all or a user’s, and with what killed processes left', async () => {
    const home = temporaryHome();
    expect(await listCookiesFiles(home)).toEqual([]);
    const [jill, jack] = ['jill', 'jack'].map((name) =>
      defaultCookiesFile(home, 'https://compute.example', `/Compute-acme/${name}`),
    );
    for (const path of [jill, jack]) writeFileWithMode(path ?? '', '');
    const gone = defaultCookiesFile(home, 'https://gone.example', '/Compute-acme/jack');
    writeFileWithMode(temporaryFor(gone), '');
    writeFileWithMode(temporaryFor(jack ?? ''), '');
    writeFileWithMode(temporaryFor(join(home, '.opc', 'cookies', 'notes')), '');
    writeFileWithMode(join(home, '.opc', 'cookies', 'notes.txt'), '');
    expect(await listCookiesFiles(home)).toEqual([jack, jill]);
    expect(await listCookiesFiles(home, '/Compute-acme/jill')).toEqual([jill]);
    expect(await listCookiesFiles(home, '/Compute-acme/joe')).toEqual([]);
    expect(await listStoredFiles(home)).toEqual([jack, jill, gone]);
  });
});
