import { describe, expect, it } from 'vitest';
import { OracleComputeError } from '../../../lib/errors.js';
import type { SessionTimes } from '../../../lib/session/lifetimes.js';
import {
  decrypt,
  decryptValue,
  type EncryptionKey,
  encrypt,
  newKeyLine,
  parseKeyFile,
  parseKeyLine,
  parseValue,
  renderValue,
  type SharedForm,
} from '../../../lib/store/encryption.js';

const NAME = 'opc:{one}:s';

function newKey(): EncryptionKey {
  const key = parseKeyLine(newKeyLine());
  if (!key) throw new RangeError('no key');
  return key;
}

const key = newKey();
const bytesOf = (encrypted: string) => Buffer.from(encrypted, 'base64url');
const failure = (code: string, message: RegExp, fields: object = { store: 'a store' }) =>
  expect.objectContaining({ code, message: expect.stringMatching(message), fields });
const failureOf = (action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    return error;
  }
};

describe('a text that is encrypted', () => {
  it('differs from the same text encrypted again in its first 12 bytes, its tag and all that follows', () => {
    const values = Array.from({ length: 50 }, () => encrypt('a session', NAME, key));
    for (const part of [
      ({ encrypted }: (typeof values)[0]) => bytesOf(encrypted).subarray(0, 12).toString('hex'),
      ({ encrypted }: (typeof values)[0]) => bytesOf(encrypted).subarray(12, 28).toString('hex'),
      ({ encrypted }: (typeof values)[0]) => bytesOf(encrypted).subarray(28).toString('hex'),
      ({ tag }: (typeof values)[0]) => tag,
    ]) {
      expect(new Set(values.map(part)).size).toBe(values.length);
    }
    expect(bytesOf(values[0]?.tag ?? '')).toHaveLength(12);
  });

  it('is opened with its key, for its name, and says which key that is', () => {
    const other = newKey();
    const text = 'a session, täglich';
    const value = encrypt(text, NAME, key);
    expect(value.keyId).toBe(key.id);
    expect(bytesOf(value.encrypted)).toHaveLength(12 + 16 + Buffer.byteLength(text));
    expect(decrypt(value, NAME, [other, key], 'a store')).toBe(text);
    expect(decrypt(encrypt('', NAME, key), NAME, [key], 'a store')).toBe('');
    expect(failureOf(() => decrypt(value, 'opc:{other}:s', [key], 'a store'))).toEqual(
      failure('STORE_VALUE_DAMAGED', /the session in a store is damaged: it cannot be decrypted/),
    );
    expect(failureOf(() => decrypt(value, NAME, [other], 'a store'))).toEqual(
      failure('STORE_KEY_UNKNOWN', new RegExp(`in a store is encrypted with the key ${key.id},`), {
        store: 'a store',
        keyId: key.id,
      }),
    );
  });

  it('is not opened with another key of the same id', () => {
    const value = encrypt('a session', NAME, key);
    const twin = { id: key.id, bytes: newKey().bytes };
    expect(failureOf(() => decrypt(value, NAME, [twin], 'a store'))).toEqual(failure('STORE_VALUE_DAMAGED', /decrypt/));
  });

  it('is not opened where any of its bytes has changed, or any is missing or more', () => {
    const value = encrypt('x', NAME, key);
    const bytes = bytesOf(value.encrypted);
    const changed = Array.from(bytes, (byte, at) => {
      const copy = Buffer.from(bytes);
      copy[at] = byte ^ 1;
      return copy;
    });
    const cut = Array.from(bytes, (_, at) => bytes.subarray(0, at));
    for (const other of [...changed, ...cut, Buffer.concat([bytes, Buffer.from('x')])]) {
      const damaged = { ...value, encrypted: other.toString('base64url') };
      expect(failureOf(() => decrypt(damaged, NAME, [key], 'a store'))).toBeInstanceOf(OracleComputeError);
    }
  });
});

describe('a value', () => {
  it('is written as tag, key and encrypt, and read again', () => {
    const value = encrypt('a session', NAME, key);
    expect(renderValue(value)).toBe(`${value.tag}.${value.keyId}.${value.encrypted}`);
    expect(parseValue(renderValue(value))).toEqual(value);
  });

  it.each([
    '',
    'a',
    'a.b',
    'a.b.',
    '.b.c',
    'a..c',
    'a.b.c.d',
    'a.b.c\n',
    ' a.b.c',
    'a.b.c+d',
    `a.b.${'c'.repeat(65_536 - 3)}`,
  ])('of another form is not a value: %.20j', (text) => {
    expect(parseValue(text)).toBeUndefined();
  });

  it('may be as long as 64 KiB', () => {
    expect(parseValue(`a.b.${'c'.repeat(65_536 - 4)}`)).toMatchObject({ tag: 'a', keyId: 'b' });
  });
});

describe('a value that is no session', () => {
  const form: SharedForm<SessionTimes> = {
    latestEnd: () => 5000,
    encode: () => ({}),
    decode: () => undefined,
    isValid: () => true,
    now: () => 0,
    tokenOf: () => '',
  };
  const encryption = { keyName: NAME, keys: [key], store: 'a store' } as const;
  const FORM = 1;
  const read = (value: string) => decryptValue(value, 0, form, encryption);
  const encrypted = (body: object) => renderValue(encrypt(JSON.stringify(body), NAME, key));

  it.each([
    ['it is not an encrypted session', () => 'words'],
    ['its format is not known', () => encrypted({ form: 'another' })],
    ['it holds no session', () => encrypted({ form: FORM, session: {} })],
    ['it holds no session', () => encrypted({ form: FORM, endedAt: 1000, startedAt: 'noon' })],
  ])('is damaged: %s', (why, value) => {
    expect(failureOf(() => read(value()))).toEqual(
      failure('STORE_VALUE_DAMAGED', new RegExp(`^the session in a store is damaged: ${why}$`)),
    );
  });

  it('may be the mark of a logout', () => {
    expect(read(encrypted({ form: FORM, endedAt: 1000, startedAt: 7 })).ended).toEqual({ endedAt: 1000, startedAt: 7 });
    expect(read(encrypted({ form: FORM, endedAt: 9000 })).ended?.endedAt).toBe(5000);
  });
});

describe('a key', () => {
  it('is a line of 32 bytes, and new each time', () => {
    const lines = Array.from({ length: 20 }, newKeyLine);
    expect(new Set(lines).size).toBe(20);
    for (const line of lines) {
      expect(line).toMatch(/^[\w-]{43}$/);
      expect(parseKeyLine(line)).toMatchObject({ bytes: Buffer.from(line, 'base64url') });
    }
  });

  it('has an id that comes from its bytes, the same for ever, and does not tell them', () => {
    const line = Buffer.alloc(32, 7).toString('base64url');
    expect(parseKeyLine(line)?.id).toBe('Po7VAd');
    expect(parseKeyLine(Buffer.alloc(32, 8).toString('base64url'))?.id).not.toBe('Po7VAd');
    expect(line).not.toContain('Po7VAd');
  });

  it.each([
    ['nothing', ''],
    ['31 bytes', Buffer.alloc(31).toString('base64url')],
    ['33 bytes', Buffer.alloc(33).toString('base64url')],
    ['base64 with its end', `${Buffer.alloc(32).toString('base64url')}=`],
    ['base64 of the other alphabet', Buffer.alloc(32, 0xff).toString('base64')],
    ['bits that say nothing', `${'A'.repeat(42)}B`],
  ])('is not %s', (_, line) => {
    expect(parseKeyLine(line)).toBeUndefined();
  });
});

describe('a key file', () => {
  const file = async (text: string) => parseKeyFile(text, '/x/keys');
  const [one, two] = [newKeyLine(), newKeyLine()];

  it.each([
    ['one key', `${one}\n`, [one]],
    ['two, in their order', `${one}\n${two}\n`, [one, two]],
    ['lines of Windows and empty ones', `\r\n  ${one}  \r\n\r\n${two}`, [one, two]],
  ])('has %s', async (_, text, lines) => {
    expect(await file(text)).toEqual(lines.map((line) => parseKeyLine(line)));
  });

  it.each([
    `${one}\nx\n`,
    'x',
    ' \n \n',
    `${one} ${two}`,
  ])('is refused whole with a line that is no key', async (text) => {
    await expect(file(text)).rejects.toMatchObject({
      code: 'STORE_KEY_FILE_MALFORMED',
      message: expect.stringMatching(/^the key file \S+keys has a line that is not a key of 32 bytes in base64url$/),
      fields: { path: expect.stringMatching(/keys$/) },
    });
  });
});
