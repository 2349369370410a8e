import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { OracleComputeError } from '../../errors.js';

/** A key of the store: 32 bytes for AES-256-GCM, and the id by which a value says what it was encrypted with. */
export interface EncryptionKey {
  readonly id: string;
  readonly bytes: Buffer;
}

/** What is kept under a key of the server: a random tag, which `PUT` compares, and the encrypted body. */
export interface EncryptedValue {
  readonly tag: string;
  readonly keyId: string;
  readonly encrypted: string;
}

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const AUTHENTICATION_BYTES = 16;
const LONGEST_VALUE = 64 * 1024;

/** A new key, as one line of a key file. */
export function newKeyLine(): string {
  return randomBytes(KEY_BYTES).toString('base64url');
}

/** The key in a line of a key file, or undefined where it is none. */
export function parseKeyLine(line: string): EncryptionKey | undefined {
  const bytes = Buffer.from(line, 'base64url');
  if (bytes.length !== KEY_BYTES || bytes.toString('base64url') !== line) return undefined;
  return {
    id: createHash('sha256').update('oracle-compute store key').update(bytes).digest('base64url').slice(0, 6),
    bytes,
  };
}

/** Encrypts a text for one key of the server: moved to another key, it cannot be opened. */
export function encrypt(text: string, keyName: string, key: EncryptionKey): EncryptedValue {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key.bytes, iv).setAAD(Buffer.from(keyName));
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const encrypted = Buffer.concat([iv, cipher.getAuthTag(), ciphertext]).toString('base64url');
  return { tag: randomBytes(12).toString('base64url'), keyId: key.id, encrypted };
}

export function renderValue({ tag, keyId, encrypted }: EncryptedValue): string {
  return `${tag}.${keyId}.${encrypted}`;
}

/** Takes a value apart; undefined where it is not one of ours. */
export function parseValue(value: string): EncryptedValue | undefined {
  const [, tag, keyId, encrypted] =
    value.length > LONGEST_VALUE ? [] : (/^([\w-]{1,64})\.([\w-]{1,16})\.([\w-]+)$/.exec(value) ?? []);
  return tag === undefined || keyId === undefined || encrypted === undefined ? undefined : { tag, keyId, encrypted };
}

/**
 * Opens what `encrypt` closed.
 *
 * @param store the server's address, for messages
 * @throws OracleComputeError STORE_KEY_UNKNOWN, STORE_VALUE_DAMAGED
 */
export function decrypt(value: EncryptedValue, keyName: string, keys: readonly EncryptionKey[], store: string): string {
  const key = keys.find(({ id }) => id === value.keyId);
  if (!key) {
    throw new OracleComputeError(
      'STORE_KEY_UNKNOWN',
      `the session in ${store} is encrypted with the key ${value.keyId}, which the key file has not`,
      {
        keyId: value.keyId,
        store,
      },
    );
  }
  try {
    const bytes = Buffer.from(value.encrypted, 'base64url');
    const [iv, rest] = [bytes.subarray(0, IV_BYTES), bytes.subarray(IV_BYTES)];
    const options = { authTagLength: AUTHENTICATION_BYTES };
    const decipher = createDecipheriv(CIPHER, key.bytes, iv, options).setAAD(Buffer.from(keyName));
    decipher.setAuthTag(rest.subarray(0, AUTHENTICATION_BYTES));
    return decipher.update(rest.subarray(AUTHENTICATION_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    throw damaged(store, 'its encrypt is broken');
  }
}

export function damaged(store: string, what: string): OracleComputeError {
  return new OracleComputeError(
    'STORE_VALUE_DAMAGED',
    `what ${store} keeps in this session's place is damaged: ${what}`,
    {
      store,
    },
  );
}
