import { OracleComputeError, systemErrorCode } from '../errors.js';

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

const TLS_CODES = /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_OSSL|EPROTO)/;

/** Why a connection could not be made or was cut, in words, and whether it was for want of trust. */
export function connectionProblem(code: string | undefined): { readonly reason: string; readonly isTls: boolean } {
  const reason = (code !== undefined && REASONS[code]) || (code ?? 'the connection failed');
  return { reason, isTls: code !== undefined && TLS_CODES.test(code) };
}

/** The innermost system code: libraries wrap errors in errors. */
function rootCode(error: unknown): string | undefined {
  for (let current = error, depth = 0; depth < 6 && typeof current === 'object' && current !== null; depth++) {
    const code = systemErrorCode(current);
    if (code !== undefined && code !== 'ERR_GOT_REQUEST_ERROR') return code;
    current = 'cause' in current ? current.cause : undefined;
  }
  return undefined;
}

/** True where the failure shows that the request was never sent. */
export function wasUnsent(error: unknown): boolean {
  const code = rootCode(error);
  return code !== undefined && (UNSENT.has(code) || TLS_CODES.test(code));
}

/**
 * Our own error for a failed exchange. The library's error objects carry headers and bodies, secrets included, so they
 * do not travel on as a cause: what is kept of them is the code.
 */
export function exchangeFailure(error: unknown, origin: string): OracleComputeError {
  const code = rootCode(error);
  const cause = code ?? 'unknown';
  if (code !== undefined && (code.startsWith('HPE_') || code === 'ERR_INVALID_CHAR' || code.startsWith('ERR_HTTP_'))) {
    return new OracleComputeError('ANSWER_UNREADABLE', `${origin} sent an answer that cannot be read (${code})`, {
      origin,
    });
  }
  const { reason, isTls } = connectionProblem(code);
  if (isTls) {
    return new OracleComputeError('TLS_FAILED', `no trusted connection to ${origin}: ${reason}`, { origin, cause });
  }
  return new OracleComputeError('UNREACHABLE', `${origin} cannot be reached: ${reason}`, { origin, cause });
}

export function timedOut(origin: string, seconds: number): OracleComputeError {
  return new OracleComputeError('TIMED_OUT', `${origin} did not answer within ${seconds} s`, { origin, seconds });
}
