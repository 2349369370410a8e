import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { OracleComputeError } from '../errors.js';
import { isInstant, type SessionTimes } from '../session/lifetimes.js';
import { isObject, parseObject } from '../text.js';

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

/**
 * The keys in the text of a key file: one a line, the first encrypts, every one opens.
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

/** How sessions of one kind are kept for all hosts. */
export interface SharedForm<S extends SessionTimes> {
  /** No session that exists by now ends later than this. */
  latestEnd(): number;
  /** The session as JSON has it, with the service's clock against the server's, which is `serverAhead` of this host's. */
  encode(session: S, serverAhead: number): Readonly<Record<string, unknown>>;
  /** The session for this host, opened with the key `keyId`, beside its own copy; undefined where it is not one. */
  decode(body: Readonly<Record<string, unknown>>, serverAhead: number, keyId: string, own?: S): S | undefined;
  /** Is the token good now? */
  isValid(session: S): boolean;
  /** The time by the service's clock, in milliseconds. */
  now(session: S): number;
  /** Two copies of one session hold the same token. */
  tokenOf(session: S): string;
  /** When the session began, if that is known. */
  startedAt?(session: S): number;
  /** The key that opened the session, if it came from the store and says so. */
  keyOf?(session: S): string | undefined;
}

/** A session that was ended on purpose: when it would have ended, and when it began. */
export interface Ended {
  readonly endedAt: number;
  readonly startedAt: number;
}

/** What the server's value says: a session; that one was ended on purpose; nothing. Each with its tag. */
export type Shared<S> =
  | { readonly tag: string; readonly session: S; readonly ended?: undefined }
  | { readonly tag: string; readonly session?: undefined; readonly ended: Ended }
  | { readonly tag: ''; readonly session?: undefined; readonly ended?: undefined };

const FORM = 1;

export interface Encryption {
  /** The name of the server's key, to which a value is bound. */
  readonly keyName: string;
  /** The first encrypts, every one opens. */
  readonly keys: readonly [EncryptionKey, ...EncryptionKey[]];
  /** The server's address, for messages. */
  readonly store: string;
}

/** False for a copy that came from the store under a key that is not in use any more: it counts as none. */
export function isTrusted<S extends SessionTimes>(
  session: S,
  form: SharedForm<S>,
  keys: readonly EncryptionKey[],
): boolean {
  const keyId = form.keyOf?.(session);
  return keyId === undefined || keys.some(({ id }) => id === keyId);
}

/** Encrypts a session. The same session gives another value each time. */
export function encryptSession<S extends SessionTimes>(
  session: S,
  serverAhead: number,
  form: SharedForm<S>,
  encryption: Encryption,
): string {
  return encryptBody({ session: form.encode(session, serverAhead) }, encryption);
}

/** Encrypts the mark of a logout: this session is over, and so is every one that began and ends no later. */
export function encryptMark<S extends SessionTimes>(session: S, form: SharedForm<S>, encryption: Encryption): string {
  return encryptBody({ endedAt: session.sessionExpiresAt, startedAt: form.startedAt?.(session) }, encryption);
}

/** @throws OracleComputeError STORE_VALUE_DAMAGED, STORE_KEY_UNKNOWN */
export function openValue<S extends SessionTimes>(
  value: string | undefined,
  serverAhead: number,
  form: SharedForm<S>,
  encryption: Encryption,
  own?: S,
): Shared<S> {
  if (value === undefined) return { tag: '' };
  const { keyName, keys, store } = encryption;
  const parts = parseValue(value);
  if (!parts) throw damaged(store, 'it is not a encrypted session');
  const { tag, keyId } = parts;
  const body = parseObject(decrypt(parts, keyName, keys, store));
  if (body?.form !== FORM) throw damaged(store, 'its form is not known here');
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
