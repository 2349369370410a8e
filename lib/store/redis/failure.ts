import { isOracleComputeError, OracleComputeError, systemErrorCode } from '../../errors.js';
import { connectionProblem } from '../../http/failure.js';

/**
 * Kinds of replies that no later attempt changes: a wrong password, an ACL, another sort of server, a command that it does
 * not know. Every other kind is of a server that cannot do it now: it starts, fails over, is full or busy.
 */
const REFUSALS = new Set(['ERR', 'WRONGPASS', 'NOAUTH', 'NOPERM', 'DENIED', 'NOPROTO', 'MOVED', 'ASK', 'CROSSSLOT']);
/** `ERR` says everything that has no kind of its own, this too. */
const TOO_MANY = /^ERR max number of clients/;

const REASONS: Record<string, string> = {
  WRONGPASS: 'it refuses the user or the password',
  NOAUTH: 'it asks for a password',
  NOPERM: 'its ACL does not allow this user what is needed',
  MOVED: 'it is part of a cluster',
  ASK: 'it is part of a cluster',
};

/**
 * Our own error for what went wrong with a server. The client's objects hold the password and do not travel on.
 *
 * @param store the server's address
 */
export function storeFailure(error: unknown, store: string): OracleComputeError {
  if (error instanceof OracleComputeError) return error;
  const kind = kindOfReply(error);
  if (kind === undefined) return connectionFailure(error, store);
  if (kind === 'WRONGTYPE') {
    const message = `what ${store} keeps in this session's place is damaged: it is not text`;
    return new OracleComputeError('STORE_VALUE_DAMAGED', message, { store });
  }
  if (!REFUSALS.has(kind)) return unreachable(store, kind);
  const reason = REASONS[kind] ?? 'it does not do what is asked of it';
  return new OracleComputeError('STORE_REFUSED', `${store} cannot be used: ${reason} (${kind})`, { store, kind });
}

/** The first word of an error reply is its kind (RESP, simple errors). */
function kindOfReply(error: unknown): string | undefined {
  const isReply = error instanceof Error && /^(?:Simple|Blob)Error$/.test(error.constructor.name);
  if (!isReply) return undefined;
  if (TOO_MANY.test(error.message)) return 'MAXCLIENTS';
  return /^[A-Z]{3,20}(?= |$)/.exec(error.message)?.[0] ?? 'ERR';
}

/** What a connection came to, by the code of the system or of TLS. */
function connectionFailure(error: unknown, store: string): OracleComputeError {
  const words = error instanceof Error ? error.message : '';
  const { cause, reason, isTls } = connectionProblem(systemErrorCode(error), words);
  if (!isTls) return unreachable(store, cause, reason);
  const message = `no trusted connection to ${store}: ${reason}`;
  return new OracleComputeError('STORE_TLS_FAILED', message, { store, cause });
}

export function unreachable(store: string, cause: string, reason = `it answers ${cause}`): OracleComputeError {
  return new OracleComputeError('STORE_UNREACHABLE', `${store} cannot be reached: ${reason}`, { store, cause });
}

/** True where the server is out of reach for now: what a host has of its own goes on serving. */
export function isOutOfReach(error: unknown): boolean {
  return isOracleComputeError(error, 'STORE_UNREACHABLE', 'STORE_TLS_FAILED');
}
