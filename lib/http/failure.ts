import { isOracleComputeError, OracleComputeError, systemErrorCode } from '../errors.js';

const UNSENT = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN']);

const REASONS: Record<string, string> = {
  ENOTFOUND: 'its name cannot be found (DNS)',
  EAI_AGAIN: 'the name server does not answer (DNS)',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no network',
  ETIMEDOUT: 'the connection timed out',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate comes from an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an unknown authority',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
};

/**
 * OpenSSL's messages, and the codes of newer Node versions, for handshakes that fail before a certificate is checked.
 * In older versions the code of all of them is `EPROTO`.
 */
const HANDSHAKES: ReadonlyArray<readonly [pattern: RegExp, cause: string, words: string]> = [
  [/wrong.version.number|packet.length.too.long/i, 'NOT_TLS', 'it does not use TLS'],
  [
    /unsupported.protocol|alert.protocol.version|insufficient.security|no.protocols.available/i,
    'OLD_TLS',
    'it supports only versions of TLS older than 1.2, which are not secure',
  ],
  [/unrecognized.name/i, 'UNKNOWN_NAME', 'it does not serve this host name'],
  [/certificate.required/i, 'CERTIFICATE_REQUIRED', 'it requires a client certificate'],
];

const TLS_CODES = /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_OSSL|EPROTO)/;
const UNREADABLE_CODES = /^(?:HPE_|ERR_INVALID_CHAR|ERR_HTTP_|Z_|ERR__ERROR|ERR_BROTLI)/;

/** The error and its chain of causes. */
function* causesOf(error: unknown): Generator<unknown> {
  for (let current = error, depth = 0; depth < 6 && typeof current === 'object' && current !== null; depth++) {
    yield current;
    current = 'cause' in current ? current.cause : undefined;
  }
}

/** The first system code in the chain of causes, and its message. */
function rootOf(error: unknown): { code: string; words: string } | undefined {
  for (const cause of causesOf(error)) {
    const code = systemErrorCode(cause);
    if (code !== undefined && code !== 'ERR_GOT_REQUEST_ERROR') {
      return { code, words: cause instanceof Error ? cause.message : '' };
    }
  }
  return undefined;
}

/** The first OracleComputeError in the chain of causes, such as a proxy's. */
function ownError(error: unknown): OracleComputeError | undefined {
  for (const cause of causesOf(error)) if (isOracleComputeError(cause)) return cause;
  return undefined;
}

/** Does the failure show that the request was never sent? */
export function wasUnsent(error: unknown): boolean {
  if (ownError(error)) return true;
  const { code } = rootOf(error) ?? {};
  return code !== undefined && (UNSENT.has(code) || TLS_CODES.test(code));
}

/** The OracleComputeError for a failed exchange with a service. */
export function exchangeFailure(error: unknown, origin: string): OracleComputeError {
  return ownError(error) ?? connectionFailure(error, origin);
}

/**
 * The OracleComputeError for a connection that failed. got's error objects hold headers and bodies, and so secrets:
 * they do not become its `cause`; only their code is kept.
 *
 * @param origin the host's origin
 * @param isProxy true if the host is a proxy
 */
export function connectionFailure(error: unknown, origin: string, isProxy = false): OracleComputeError {
  const host = isProxy ? `the proxy ${origin}` : origin;
  const { code, words } = rootOf(error) ?? { code: 'unknown', words: '' };
  if (UNREADABLE_CODES.test(code)) {
    return new OracleComputeError('ANSWER_UNREADABLE', `${host} sent an answer that cannot be read (${code})`, {
      origin,
    });
  }
  const { cause, reason, isTls } = connectionProblem(code, words);
  if (isTls) {
    return new OracleComputeError('TLS_FAILED', `no trusted connection to ${host}: ${reason}`, { origin, cause });
  }
  return new OracleComputeError('UNREACHABLE', `${host} cannot be reached: ${reason}`, { origin, cause, isProxy });
}

interface ConnectionProblem {
  /** Node's code, or a more exact one for `EPROTO`. */
  readonly cause: string;
  /** The cause in words. */
  readonly reason: string;
  readonly isTls: boolean;
}

/**
 * Why a connection could not be made or was cut.
 *
 * @param words the error's message
 */
export function connectionProblem(code = 'unknown', words = ''): ConnectionProblem {
  const isTls = TLS_CODES.test(code);
  const known = REASONS[code];
  if (known !== undefined || !isTls) {
    return { cause: code, reason: known ?? (code === 'unknown' ? 'the connection failed' : code), isTls };
  }
  const [, cause, reason] = HANDSHAKES.find(([pattern]) => pattern.test(`${code} ${words}`)) ?? [];
  if (cause !== undefined && reason !== undefined) return { cause, reason, isTls };
  const named = /:SSL routines:[^:]*:([\w ]+)/.exec(words)?.[1] ?? code;
  return { cause: code, reason: `TLS failed (${named})`, isTls };
}

export function timedOut(origin: string, seconds: number, proxy: string | undefined): OracleComputeError {
  const through = proxy === undefined ? '' : ` through the proxy ${proxy}`;
  return new OracleComputeError('TIMED_OUT', `${origin} did not answer${through} within ${seconds} s`, {
    origin,
    seconds,
  });
}
