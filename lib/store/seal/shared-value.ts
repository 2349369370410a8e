import type { SessionTimes } from '../../session/lifetimes.js';
import { isObject, parseObject } from '../../text.js';
import { damaged, parseValue, renderValue, type SealKey, seal, unseal } from './seal.js';

/** How sessions of one kind are kept for all hosts. */
export interface SharedForm<S extends SessionTimes> {
  /** The session as JSON has it, with the service's clock against the engine's, which is `engineAhead` of this host's. */
  encode(session: S, engineAhead: number): Readonly<Record<string, unknown>>;
  /** The session for this host; undefined where it is not one. */
  decode(body: Readonly<Record<string, unknown>>, engineAhead: number): S | undefined;
  /** Is the token good now? */
  isValid(session: S): boolean;
  /** The time by the service's clock, in milliseconds. */
  now(session: S): number;
  /** Two copies of one session hold the same token. */
  tokenOf(session: S): string;
}

/** What the engine's value says: a session; that one was ended on purpose; nothing. Each with its tag. */
export type Shared<S> =
  | { readonly tag: string; readonly session: S; readonly endedAt?: undefined }
  | { readonly tag: string; readonly session?: undefined; readonly endedAt: number }
  | { readonly tag: ''; readonly session?: undefined; readonly endedAt?: undefined };

const FORM = 1;

export interface Sealing {
  /** The name of the engine's key, to which a value is bound. */
  readonly keyName: string;
  /** The first seals, every one opens. */
  readonly keys: readonly [SealKey, ...SealKey[]];
  /** The engine's address, for messages. */
  readonly store: string;
}

/** Seals a session. The same session gives another value each time. */
export function sealSession<S extends SessionTimes>(
  session: S,
  engineAhead: number,
  form: SharedForm<S>,
  sealing: Sealing,
): string {
  return sealBody({ session: form.encode(session, engineAhead) }, sealing);
}

/** Seals the mark of a logout: copies of sessions that end no later than `sessionExpiresAt` are over. */
export function sealMark(sessionExpiresAt: number, sealing: Sealing): string {
  return sealBody({ endedAt: sessionExpiresAt }, sealing);
}

/** @throws OracleComputeError STORE_VALUE_DAMAGED, STORE_KEY_UNKNOWN */
export function openValue<S extends SessionTimes>(
  value: string | undefined,
  engineAhead: number,
  form: SharedForm<S>,
  sealing: Sealing,
): Shared<S> {
  if (value === undefined) return { tag: '' };
  const { keyName, keys, store } = sealing;
  const parts = parseValue(value);
  if (!parts) throw damaged(store, 'it is not a sealed session');
  const { tag } = parts;
  const body = parseObject(unseal(parts, keyName, keys, store));
  if (body?.form !== FORM) throw damaged(store, 'its form is not known here');
  if (typeof body.endedAt === 'number') return { tag, endedAt: body.endedAt };
  const session = isObject(body.session) ? form.decode(body.session, engineAhead) : undefined;
  if (!session) throw damaged(store, 'it holds no session');
  return { tag, session };
}

function sealBody(body: object, { keyName, keys }: Sealing): string {
  return renderValue(seal(JSON.stringify({ form: FORM, ...body }), keyName, keys[0]));
}
