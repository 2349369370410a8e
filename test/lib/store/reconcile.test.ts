import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SessionTimes } from '../../../lib/session/lifetimes.js';
import { memoryStore } from '../../../lib/session/store.js';
import {
  decryptValue,
  type EncryptionKey,
  encryptMark,
  encryptSession,
  newKeyLine,
  parseKeyLine,
  type SharedForm,
} from '../../../lib/store/encryption.js';
import { isNewer, reconcile, tagOf } from '../../../lib/store/reconcile.js';
import type { RedisServer } from '../../../lib/store/redis-server.js';
import { temporaryHome } from '../../support/temporary-home.js';

const NOON = Date.UTC(2026, 2, 9, 12);
const MINUTE = 60_000;

interface Session extends SessionTimes {
  readonly token: string;
  readonly startedAt: number;
  readonly keyId?: string;
}

const session = (token: string, changes: Partial<Session> = {}): Session => ({
  token,
  startedAt: NOON,
  tokenExpiresAt: NOON + 20 * MINUTE,
  sessionExpiresAt: NOON + 150 * MINUTE,
  ...changes,
});

const newKey = () => parseKeyLine(newKeyLine()) as EncryptionKey;

/** A server with one value, a host's copy, and the memory of logouts. */
function storeBench(
  value: (context: Bench) => string | undefined,
  own?: Session,
  begins: 'known' | 'unknown' = 'known',
) {
  const [key, old] = [newKey(), newKey()];
  const form: SharedForm<Session> = {
    latestEnd: () => NOON + 240 * MINUTE,
    encode: (it) => ({ ...it }),
    decode: (body, _ahead, keyId) => ({ ...(body as unknown as Session), keyId }),
    isValid: ({ tokenExpiresAt }) => tokenExpiresAt > NOON,
    now: () => NOON,
    tokenOf: ({ token }) => token,
    keyOf: ({ keyId }) => keyId,
    ...(begins === 'known' && { startedAt: (it: Session) => it.startedAt }),
  };
  const encryption = { keyName: 'k', keys: [key, old] as [EncryptionKey, EncryptionKey], store: 'a store' };
  const memory = { path: join(temporaryHome(), 'ended'), owner: { uid: process.geteuid?.() } };
  const written: { value: string; tag: string; life: number }[] = [];
  const state = { isWritable: true as boolean | Error };
  const server = {
    replace: async (next: string, tag: string, life: number) => {
      if (state.isWritable instanceof Error) throw state.isWritable;
      if (state.isWritable) written.push({ value: next, tag, life });
      return state.isWritable;
    },
  } as unknown as RedisServer;
  const bench = { form, encryption, memory, key, old };
  const stored = value(bench);
  const copy = memoryStore('copy', own);
  const run = () =>
    copy.exclusively({ wait: 0 }, (locked) =>
      reconcile({ server, form, encryption, memory }, { value: stored, serverAhead: 0 }, locked),
    );
  const sessionIn = (text: string | undefined) => decryptValue(text, 0, form, encryption).session;
  return { ...bench, run, copy, written, state, stored, sessionIn };
}

type Bench = Pick<ReturnType<typeof storeBench>, 'form' | 'encryption' | 'memory' | 'key' | 'old'>;

const shared =
  (it: Session) =>
  ({ form, encryption }: Bench) =>
    encryptSession(it, 0, form, encryption);
const ended =
  (it: Session) =>
  ({ form, encryption }: Bench) =>
    encryptMark(it, form, encryption);

describe('a host’s copy and the value of the server', () => {
  it('are the newer one of both afterwards', async () => {
    const older = session('older', { tokenExpiresAt: NOON + 10 * MINUTE });
    const bench = storeBench(shared(session('newer')), older);
    expect(await bench.run()).toMatchObject({ session: { token: 'newer' }, tag: tagOf(bench.stored ?? '') });
    expect((await bench.copy.read())?.token).toBe('newer');
    expect(bench.written).toEqual([]);
  });

  it('are this host’s if the server has lost it or has an older one', async () => {
    for (const value of [() => undefined, shared(session('older', { tokenExpiresAt: NOON + 10 * MINUTE }))]) {
      const bench = storeBench(value, session('own'));
      const result = await bench.run();
      const [written] = bench.written;
      expect(result.session).toMatchObject({ token: 'own' });
      expect(bench.sessionIn(written?.value)).toMatchObject({ token: 'own' });
      expect(written).toMatchObject({ tag: bench.stored ? tagOf(bench.stored) : '', life: 150 * MINUTE });
      expect(result.tag).toBe(tagOf(written?.value ?? ''));
    }
  });

  it('stay as they are if the server cannot be written', async () => {
    for (const failure of [false, new Error('NOPERM')]) {
      const bench = storeBench(() => undefined, session('own'));
      bench.state.isWritable = failure;
      expect(await bench.run()).toMatchObject({ session: { token: 'own' }, tag: '' });
      expect(await bench.copy.read()).toMatchObject({ token: 'own' });
    }
  });

  it('are none if there is none, or of which both have expired the later one', async () => {
    expect(await storeBench(() => undefined).run()).toEqual({ session: undefined, tag: '', serverAhead: 0 });
    const over = (token: string, minutes: number) => session(token, { tokenExpiresAt: NOON - minutes * MINUTE });
    const bench = storeBench(shared(over('server', 20)), over('own', 10));
    expect((await bench.run()).session).toMatchObject({ token: 'own' });
    expect((await bench.copy.read())?.token).toBe('own');
    expect((await storeBench(shared(over('server', 10)), over('own', 20)).run()).session).toMatchObject({
      token: 'server',
    });
  });

  it('are not this host’s under a key that is gone', async () => {
    const bench = storeBench(() => undefined, session('own', { keyId: 'gone' }));
    expect((await bench.run()).session).toBeUndefined();
    expect(await bench.copy.read()).toBeUndefined();
    const rotated = storeBench(() => undefined, session('own'));
    const own = session('own', { keyId: rotated.old.id });
    await rotated.copy.exclusively({ wait: 0 }, async (locked) => locked.replace(own, await locked.read()));
    expect((await rotated.run()).session).toMatchObject({ token: 'own' });
  });
});

describe('a logout', () => {
  it('ends the copy, and is remembered for a server that forgets it', async () => {
    const bench = storeBench(ended(session('x')), session('own'));
    expect((await bench.run()).session).toBeUndefined();
    expect(await bench.copy.read()).toBeUndefined();
    expect(readFileSync(bench.memory.path, 'latin1')).toBe(bench.stored);
  });

  it('that is remembered ends what the server brings back', async () => {
    const bench = storeBench(shared(session('again')));
    writeFileSync(bench.memory.path, encryptMark(session('x'), bench.form, bench.encryption), { mode: 0o600 });
    expect((await bench.run()).session).toBeUndefined();
  });

  it('that is remembered stays if it is the newer one', async () => {
    const bench = storeBench(ended(session('x', { sessionExpiresAt: NOON + 60 * MINUTE })), session('own'));
    const newer = encryptMark(session('x'), bench.form, bench.encryption);
    writeFileSync(bench.memory.path, newer, { mode: 0o600 });
    expect((await bench.run()).session).toBeUndefined();
    expect(readFileSync(bench.memory.path, 'latin1')).toBe(newer);
  });

  it('under a key that is gone is forgotten', async () => {
    const bench = storeBench(shared(session('again')));
    const gone = { ...bench.encryption, keys: [newKey()] as [EncryptionKey] };
    writeFileSync(bench.memory.path, encryptMark(session('x'), bench.form, gone), { mode: 0o600 });
    expect((await bench.run()).session).toMatchObject({ token: 'again' });
  });

  it('ends no session that began after it, or ends later', async () => {
    const before = ended(session('x'));
    for (const next of [
      session('next', { startedAt: NOON + 1 }),
      session('next', { sessionExpiresAt: NOON + 151 * MINUTE }),
    ]) {
      const bench = storeBench(before, next);
      expect((await bench.run()).session).toMatchObject({ token: 'next' });
    }
    expect((await storeBench(before, session('same'), 'unknown').run()).session).toBeUndefined();
  });

  it('writes nothing if there was none', async () => {
    const bench = storeBench(shared(session('x')));
    await bench.run();
    expect(existsSync(bench.memory.path)).toBe(false);
  });
});

it('is newer by its end, and by its token if the ends are of one session', () => {
  const it = session('x');
  expect(isNewer({ ...it, sessionExpiresAt: it.sessionExpiresAt + 1001 }, it)).toBe(true);
  expect(isNewer(it, { ...it, sessionExpiresAt: it.sessionExpiresAt + 1001 })).toBe(false);
  expect(isNewer({ ...it, sessionExpiresAt: it.sessionExpiresAt + 1000 }, it)).toBe(false);
  expect(isNewer({ ...it, tokenExpiresAt: it.tokenExpiresAt + 1 }, it)).toBe(true);
  expect(isNewer(it, it)).toBe(false);
});
