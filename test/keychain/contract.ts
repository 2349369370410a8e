import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Keychain, KeychainAccount } from '../../lib/secrets/keychain.js';

/** One keychain in the states that a keychain can be in. */
export interface KeychainBench {
  readonly keychain: Keychain;
  /** The same keychain with what it holds now, locked, where no dialog can be shown. */
  lock(): Promise<Keychain>;
  /** The same, with a dialog that nobody answers. */
  silence(): Promise<Keychain>;
}

export interface KeychainKind {
  open(): Promise<KeychainBench>;
  /** A machine that has none. */
  none(): Promise<Keychain>;
  /** How many texts to try: each costs the real one some processes. */
  readonly texts: number;
}

const JACK: KeychainAccount = {
  user: '/Compute-acme/jack.jones@example.com',
  endpoint: 'https://api-z99.compute.example.com',
};
const JILL: KeychainAccount = { ...JACK, user: '/Compute-acme/jill' };
const JACK_ELSEWHERE: KeychainAccount = { ...JACK, endpoint: 'https://127.0.0.1:8443' };

const NO_ANSWER = { code: 'KEYCHAIN_NO_ANSWER', fields: { seconds: 3 } };
const UNAVAILABLE = { code: 'KEYCHAIN_UNAVAILABLE' };

/** What every keychain does: the real one, and the one that stands in for it. */
export function describeKeychain(name: string, kind: KeychainKind): void {
  describe(name, () => {
    it('gives back what it was given, as often as it is asked, until it is deleted', async () => {
      const { keychain } = await kind.open();
      expect(await keychain.get(JACK)).toBeUndefined();
      await keychain.set(JACK, 'first');
      expect(await keychain.get(JACK)).toBe('first');
      expect(await keychain.get(JACK)).toBe('first');
      await keychain.set(JACK, 'second');
      expect(await keychain.get(JACK)).toBe('second');
      expect(await keychain.delete(JACK)).toBe(true);
      expect(await keychain.get(JACK)).toBeUndefined();
      expect(await keychain.delete(JACK)).toBe(false);
    });

    it('keeps users and endpoints apart', async () => {
      const { keychain } = await kind.open();
      await keychain.set(JACK, 'a');
      await keychain.set(JILL, 'b');
      await keychain.set(JACK_ELSEWHERE, 'c');
      await keychain.delete(JILL);
      expect(await keychain.get(JACK)).toBe('a');
      expect(await keychain.get(JILL)).toBeUndefined();
      expect(await keychain.get(JACK_ELSEWHERE)).toBe('c');
    });

    it.each([
      ['line breaks, tabs and control characters', 'a\nb\r\n\tc\u0001\u001b[31m\u007f'],
      ['blanks at both ends', '  pass word  '],
      ['other scripts', 'пароль 密码 🗝️ \u00e9 e\u0301 \ufeff\u200b'],
      ['quotes and backslashes', `'"\`\\$(id)%s%n{}`],
      ['JSON', '{"answer":"no"}\n{"asking":true}\n'],
      ['64 KiB', 'p'.repeat(65_536)],
    ])('keeps %s', async (_, password) => {
      const { keychain } = await kind.open();
      await keychain.set(JACK, password);
      expect(await keychain.get(JACK)).toBe(password);
    });

    it('keeps any text', async () => {
      const { keychain } = await kind.open();
      const text = fc
        .string({ unit: 'binary', minLength: 1, maxLength: 40 })
        .map((password) => password.replaceAll('\0', 'x'));
      await fc.assert(
        fc.asyncProperty(text, async (password) => {
          await keychain.set(JACK, password);
          expect(await keychain.get(JACK)).toBe(password);
        }),
        { numRuns: kind.texts },
      );
    });

    it.each([
      ['nothing', '', 'PASSWORD_EMPTY'],
      ['a NUL, behind which others would cut', 'before\0after', 'PASSWORD_MALFORMED'],
      ['half of a character', 'a\ud800b', 'PASSWORD_MALFORMED'],
    ])('refuses %s, and keeps what it had', async (_, password, code) => {
      const { keychain } = await kind.open();
      await keychain.set(JACK, 'before');
      await expect(keychain.set(JACK, password)).rejects.toMatchObject({ code });
      expect(await keychain.get(JACK)).toBe('before');
    });

    it('can be checked without an entry', async () => {
      const { keychain } = await kind.open();
      await expect(keychain.check()).resolves.toBeUndefined();
    });

    it('shows nothing while it is locked, keeps nothing, and answers', async () => {
      const { keychain, lock } = await kind.open();
      await keychain.set(JACK, 'secret');
      const locked = await lock();
      for (const account of [JACK, JILL]) {
        expect(await locked.get(account)).toBeUndefined();
        expect(await locked.delete(account)).toBe(false);
        await expect(locked.set(account, 'other')).rejects.toMatchObject(UNAVAILABLE);
      }
      await expect(locked.check()).resolves.toBeUndefined();
    });

    it('says that it does not answer while it waits for a dialog', async () => {
      const { keychain, silence } = await kind.open();
      await keychain.set(JACK, 'secret');
      const silent = await silence();
      await expect(silent.get(JACK)).rejects.toMatchObject(NO_ANSWER);
      await expect(silent.set(JILL, 'other')).rejects.toMatchObject(NO_ANSWER);
    });

    it('says where there is none', async () => {
      const keychain = await kind.none();
      await expect(keychain.get(JACK)).rejects.toMatchObject(UNAVAILABLE);
      await expect(keychain.set(JACK, 'secret')).rejects.toMatchObject(UNAVAILABLE);
      await expect(keychain.delete(JACK)).rejects.toMatchObject(UNAVAILABLE);
      await expect(keychain.check()).rejects.toMatchObject(UNAVAILABLE);
    });
  });
}
