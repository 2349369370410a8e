import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { OracleComputeError } from '../errors.js';
import { isInstant, type SessionTimes } from '../session/lifetimes.js';
import { isObject, parseObject } from '../text.js';

/** A key of the store: 32 bytes for AES-256-GCM, and its id, which is part of each value that it encrypted. */
export interface EncryptionKey {
  readonly id: string;
  readonly bytes: Buffer;
}

/** A value of the server: a random tag, which `replace` compares, and the encrypted body. */
interface EncryptedValue {
  readonly tag: string;
  readonly keyId: string;
  readonly encrypted: string;
}

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const AUTHENTICATION_BYTES = 16;
const MAX_VALUE = 64 * 1024;

/** A new key, as one line of a key file. */
export function newKeyLine(): string {
  return randomBytes(KEY_BYTES).toString('base64url');
}

/** The key in a line of a key file; undefined if the line is not a key. */
export function parseKeyLine(line: string): EncryptionKey | undefined {
  const bytes = Buffer.from(line, 'base64url');
  if (bytes.length !== KEY_BYTES || bytes.toString('base64url') !== line) return undefined;
  return {
    id: createHash('sha256').update('oracle-compute store key').update(bytes).digest('base64url').slice(0, 6),
    bytes,
  };
}

/** Encrypts a text for one key of the server: under another key, it cannot be decrypted. */
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

/** Parses a value; undefined if it does not have this form. */
export function parseValue(value: string): EncryptedValue | undefined {
  const found = value.length > MAX_VALUE ? null : /^([\w-]{1,64})\.([\w-]{1,16})\.([\w-]+)$/.exec(value);
  if (!found) return undefined;
  const [, tag = '', keyId = '', encrypted = ''] = found;
  return { tag, keyId, encrypted };
}

/**
 * Decrypts a value of `encrypt`.
 *
 * @param store the server's address, for messages
 * @throws OracleComputeError STORE_KEY_UNKNOWN, STORE_VALUE_DAMAGED
 */
export function decrypt(value: EncryptedValue, keyName: string, keys: readonly EncryptionKey[], store: string): string {
  const key = keys.find(({ id }) => id === value.keyId);
  if (!key) {
    throw new OracleComputeError(
      'STORE_KEY_UNKNOWN',
      `the session in ${store} is encrypted with the key ${value.keyId}, which is not in the key file`,
      { keyId: value.keyId, store },
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
    throw damaged(store, 'it cannot be decrypted');
  }
}

export function damaged(store: string, what: string): OracleComputeError {
  return new OracleComputeError('STORE_VALUE_DAMAGED', `the session in ${store} is damaged: ${what}`, { store });
}

/**
 * The keys in the text of a key file: one per line. The first encrypts; all of them decrypt.
 *
 * @throws OracleComputeError STORE_KEY_FILE_MALFORMED
 */
export function parseKeyFile(text: string, path: string): [EncryptionKey, ...EncryptionKey[]] {
  const lines = text.split('\n').map((line) => line.trim());
  const keys = lines.filter((line) => line !== '').map((line) => parseKeyLine(line) ?? malformed(path));
  const [first, ...others] = keys;
  return first ? [first, ...others] : malformed(path);
}

function malformed(path: string): never {
  const message = `the key file ${path} has a line that is not a key of 32 bytes in base64url`;
  throw new OracleComputeError('STORE_KEY_FILE_MALFORMED', message, { path });
}

/** The shared form of one cloud's sessions. */
export interface SharedForm<S extends SessionTimes> {
  /** No session that exists now can end later. */
  latestEnd(): number;
  /** The session as a JSON object, with times by the server's clock, which is `serverAhead` of this host's. */
  encode(session: S, serverAhead: number): Readonly<Record<string, unknown>>;
  /**
   * The session for this host; undefined if the body is not one.
   *
   * @param keyId the id of the key that decrypted it
   * @param own this host's copy
   */
  decode(body: Readonly<Record<string, unknown>>, serverAhead: number, keyId: string, own?: S): S | undefined;
  /** Is the token valid now? */
  isValid(session: S): boolean;
  /** The time by the service's clock, in milliseconds. */
  now(session: S): number;
  tokenOf(session: S): string;
  /** When the session began, if that is known. */
  startedAt?(session: S): number;
  /** The id of the key that decrypted the session, if it came from the store. */
  keyOf?(session: S): string | undefined;
  /** The copy's note that this host has compared the session with the store; undefined if it has that note already. */
  noteKnown?(session: S): S | undefined;
}

/** The mark of a logout: when the session would have ended, and when it began. */
export interface LogoutMark {
  readonly endedAt: number;
  readonly startedAt: number;
}

/** The decrypted value of the server: a session, the mark of a logout, or nothing. */
type SharedValue<S> =
  | { readonly tag: string; readonly session: S; readonly ended?: undefined }
  | { readonly tag: string; readonly session?: undefined; readonly ended: LogoutMark }
  | { readonly tag: ''; readonly session?: undefined; readonly ended?: undefined };

const FORM = 1;

export interface Encryption {
  /** The name of the server's key, to which a value is bound. */
  readonly keyName: string;
  /** The first encrypts; all of them decrypt. */
  readonly keys: readonly [EncryptionKey, ...EncryptionKey[]];
  /** The server's address, for messages. */
  readonly store: string;
}

/** False for a copy that came from the store under a key that is no longer used: it is ignored. */
export function isTrusted<S extends SessionTimes>(
  session: S,
  form: SharedForm<S>,
  keys: readonly EncryptionKey[],
): boolean {
  const keyId = form.keyOf?.(session);
  return keyId === undefined || keys.some(({ id }) => id === keyId);
}

/** Encrypts a session. Each call returns a different value. */
export function encryptSession<S extends SessionTimes>(
  session: S,
  serverAhead: number,
  form: SharedForm<S>,
  encryption: Encryption,
): string {
  return encryptBody({ session: form.encode(session, serverAhead) }, encryption);
}

/** Encrypts the mark of a logout: it ends this session, and every one that began and ends no later. */
export function encryptMark<S extends SessionTimes>(session: S, form: SharedForm<S>, encryption: Encryption): string {
  return encryptBody({ endedAt: session.sessionExpiresAt, startedAt: form.startedAt?.(session) }, encryption);
}

/** @throws OracleComputeError STORE_VALUE_DAMAGED, STORE_KEY_UNKNOWN */
export function decryptValue<S extends SessionTimes>(
  value: string | undefined,
  serverAhead: number,
  form: SharedForm<S>,
  encryption: Encryption,
  own?: S,
): SharedValue<S> {
  if (value === undefined) return { tag: '' };
  const { keyName, keys, store } = encryption;
  const parts = parseValue(value);
  if (!parts) throw damaged(store, 'it is not an encrypted session');
  const { tag, keyId } = parts;
  const body = parseObject(decrypt(parts, keyName, keys, store));
  if (body?.form !== FORM) throw damaged(store, 'its format is not known');
  const { endedAt, startedAt = Number.MAX_VALUE } = body;
  if (isInstant(endedAt) && typeof startedAt === 'number') {
    return { tag, ended: { endedAt: Math.min(endedAt, form.latestEnd()), startedAt } };
  }
  const session = isObject(body.session) ? form.decode(body.session, serverAhead, keyId, own) : undefined;
  if (!session) throw damaged(store, 'it holds no session');
  return { tag, session };
}

function encryptBody(body: object, { keyName, keys }: Encryption): string {
  return renderValue(encrypt(JSON.stringify({ form: FORM, ...body }), keyName, keys[0]));
}
