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

/** Blanks at both ends, line breaks, control characters, other scripts, quotes, JSON. */
const ALL_IN_ONE = `  a\nb\r\n\tc\u0001\u001b[31m\u007f
пароль 密码 🗝️ \u00e9 e\u0301 \ufeff\u200b
'"\`\\$(id)%s%n{}
{"answer":"no"}\n{"asking":true}\n  `;

const NO_ANSWER = { code: 'KEYCHAIN_NO_ANSWER' };
const UNAVAILABLE = { code: 'KEYCHAIN_UNAVAILABLE' };

/** What every keychain does: the real one, and the one that stands in for it. */
export function describeKeychain(name: string, kind: KeychainKind): void {
  describe(name, () => {
    // To open the real one takes long, so each test asks it for much.
    it('gives back what it was given until it is deleted, keeps users and endpoints apart, and can be checked', async () => {
      const { keychain } = await kind.open();
      await expect(keychain.check()).resolves.toBeUndefined();
      expect(await keychain.get(JACK)).toBeUndefined();
      await keychain.set(JACK, 'first');
      expect(await keychain.get(JACK)).toBe('first');
      await keychain.set(JACK, 'second');
      expect(await keychain.get(JACK)).toBe('second');
      await keychain.set(JILL, 'b');
      await keychain.set(JACK_ELSEWHERE, 'c');
      expect(await keychain.delete(JILL)).toBe(true);
      expect(await keychain.get(JILL)).toBeUndefined();
      expect(await keychain.delete(JILL)).toBe(false);
      expect(await keychain.get(JACK)).toBe('second');
      expect(await keychain.get(JACK_ELSEWHERE)).toBe('c');
    });

    it('keeps any text, and refuses what it cannot keep', async () => {
      const { keychain } = await kind.open();
      const keeps = async (password: string) => {
        await keychain.set(JACK, password);
        expect(await keychain.get(JACK)).toBe(password);
      };
      await keeps(ALL_IN_ONE);
      await keeps('p'.repeat(65_536));
      const text = fc
        .string({ unit: 'binary', minLength: 1, maxLength: 40 })
        .map((password) => password.replaceAll('\0', 'x'));
      await fc.assert(fc.asyncProperty(text, keeps), { numRuns: kind.texts });

      await keeps('before');
      for (const [password, code] of [
        ['', 'PASSWORD_EMPTY'],
        // Others would cut behind it.
        ['before\0after', 'PASSWORD_MALFORMED'],
        ['a\ud800b', 'PASSWORD_MALFORMED'],
      ] as const) {
        await expect(keychain.set(JACK, password)).rejects.toMatchObject({ code });
      }
      expect(await keychain.get(JACK)).toBe('before');
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
