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
 * OpenSSL's words, and the codes that newer lines of Node make of them, for handshakes that end before a certificate is
 * looked at. All of them were `EPROTO` once.
 */
const HANDSHAKES: ReadonlyArray<readonly [pattern: RegExp, cause: string, words: string]> = [
  [/wrong.version.number|packet.length.too.long/i, 'NOT_TLS', 'what answers there does not speak TLS'],
  [
    /unsupported.protocol|alert.protocol.version|insufficient.security|no.protocols.available/i,
    'OLD_TLS',
    'it speaks only versions of TLS older than 1.2, which are not safe',
  ],
  [/unrecognized.name/i, 'UNKNOWN_NAME', 'it does not answer for this host name'],
  [/certificate.required/i, 'CERTIFICATE_REQUIRED', 'it asks for a certificate of the client'],
];

const TLS_CODES = /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_OSSL|EPROTO)/;
const UNREADABLE_CODES = /^(?:HPE_|ERR_INVALID_CHAR|ERR_HTTP_|Z_|ERR__ERROR|ERR_BROTLI)/;

/** The chain of causes: libraries wrap errors in errors. */
function* causesOf(error: unknown): Generator<unknown> {
  for (let current = error, depth = 0; depth < 6 && typeof current === 'object' && current !== null; depth++) {
    yield current;
    current = 'cause' in current ? current.cause : undefined;
  }
}

/** The first system code in the chain of causes, and the words that came with it. */
function rootOf(error: unknown): { code: string; words: string } | undefined {
  for (const cause of causesOf(error)) {
    const code = systemErrorCode(cause);
    if (code !== undefined && code !== 'ERR_GOT_REQUEST_ERROR') {
      return { code, words: cause instanceof Error ? cause.message : '' };
    }
  }
  return undefined;
}

/** An error of ours in the chain of causes: of the way through a proxy, say. */
function ownError(error: unknown): OracleComputeError | undefined {
  for (const cause of causesOf(error)) if (isOracleComputeError(cause)) return cause;
  return undefined;
}

/** True where the failure shows that the request was never sent. */
export function wasUnsent(error: unknown): boolean {
  if (ownError(error)) return true;
  const { code } = rootOf(error) ?? {};
  return code !== undefined && (UNSENT.has(code) || TLS_CODES.test(code));
}

/** Our own error for a failed exchange with a service. */
export function exchangeFailure(error: unknown, origin: string): OracleComputeError {
  return ownError(error) ?? connectionFailure(error, origin);
}

/**
 * Our own error for a connection that failed. The library's error objects carry headers and bodies, secrets included, so
 * they do not travel on as a cause: what is kept of them is the code.
 *
 * @param origin whose connection it was
 */
export function connectionFailure(error: unknown, origin: string): OracleComputeError {
  const { code, words } = rootOf(error) ?? { code: 'unknown', words: '' };
  if (UNREADABLE_CODES.test(code)) {
    return new OracleComputeError('ANSWER_UNREADABLE', `${origin} sent an answer that cannot be read (${code})`, {
      origin,
    });
  }
  const { cause, reason, isTls } = connectionProblem(code, words);
  if (isTls) {
    return new OracleComputeError('TLS_FAILED', `no trusted connection to ${origin}: ${reason}`, { origin, cause });
  }
  return new OracleComputeError('UNREACHABLE', `${origin} cannot be reached: ${reason}`, { origin, cause });
}

export interface ConnectionProblem {
  /** The code, or a word of ours where Node's is no more than `EPROTO`. */
  readonly cause: string;
  /** The same for people. */
  readonly reason: string;
  /** Was it for want of trust? */
  readonly isTls: boolean;
}

/**
 * Why a connection could not be made or was cut.
 *
 * @param words what came with the code
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

/** @param way what stands between: a proxy, if there is one */
export function timedOut(origin: string, seconds: number, way: string | undefined): OracleComputeError {
  const through = way === undefined ? '' : ` through the proxy ${way}`;
  return new OracleComputeError('TIMED_OUT', `${origin} did not answer${through} within ${seconds} s`, {
    origin,
    seconds,
  });
}
