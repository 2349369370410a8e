import { isInstant, type SessionTimes } from '../../session/lifetimes.js';
import { isObject, parseObject } from '../../text.js';
import { damaged, decrypt, type EncryptionKey, encrypt, parseValue, renderValue } from './encrypt.js';

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
