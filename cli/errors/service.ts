import { type ErrorRows, type LineOptions, LOG_IN, logInToOci, reported, shellQuote } from './row.js';

const CLIENT_ERROR_STATUSES: Record<number, number> = { 401: 10, 403: 11, 404: 12, 405: 13, 406: 14, 409: 15 };

/** The exit status for a refusal by HTTP status, in the order of Oracle's error names. */
export function statusOfRefusal(httpStatus: number): number {
  return CLIENT_ERROR_STATUSES[httpStatus] ?? 9;
}

function loginAgain({ source, cloud }: { source: string; cloud?: 'oci' }, program: string, line: LineOptions): string {
  if (cloud === 'oci') return logInToOci(program, line);
  return source === 'OPC_COOKIE'
    ? 'unset OPC_COOKIE to use the stored session, or log in: eval "$(oracle-compute auth …)"'
    : LOG_IN;
}

const OTHER_AUTHORITIES = 'for a private certificate authority: --ca-bundle FILE or OPC_CA_BUNDLE';

/** Where TLS failed before there was a certificate, another authority is of no help. */
const TLS_CURES: Readonly<Record<string, (origin: string) => string>> = {
  NOT_TLS: (origin) => `check the port; if plain http is meant, say so: ${origin.replace('https://', 'http://')}`,
  OLD_TLS: () => 'its operators have to allow TLS 1.2 or later',
  UNKNOWN_NAME: () => 'check the address',
  CERTIFICATE_REQUIRED: () => 'check the address: the service does not ask for one',
  ERR_TLS_CERT_ALTNAME_INVALID: () => 'check the address, and the proxy if there is one',
};

/** Where the address leads to something else than the service. */
const REST_ENDPOINT = 'is it the REST endpoint? -a https://api-….compute.….oraclecloud.com';

/** Errors of what the service answered, or did not, and of sessions. */
export const SERVICE_ERRORS: ErrorRows<
  | 'UNREACHABLE'
  | 'TLS_FAILED'
  | 'PROXY_REFUSED'
  | 'TIMED_OUT'
  | 'SERVICE_FAILED'
  | 'TOO_MANY_REQUESTS'
  | 'NO_COOKIE'
  | 'SEVERAL_COOKIES'
  | 'UNUSABLE_COOKIE'
  | 'REDIRECTED'
  | 'NOT_EXTENDED'
  | 'ANSWER_UNREADABLE'
  | 'ANSWER_TOO_LARGE'
  | 'REQUEST_REFUSED'
  | 'NOT_THE_COMPUTE_SERVICE'
  | 'CREDENTIALS_REFUSED'
  | 'TOKEN_REFUSED'
  | 'TOKEN_EXPIRED'
  | 'SESSION_OVER'
  | 'TOKEN_ENDS_SOON'
  | 'NO_SESSION'
  | 'SESSION_LOCKED'
> = {
  UNREACHABLE: {
    status: 3,
    meaning: 'The service cannot be reached.',
    hint: ({ origin }) => `check the address, the network and the proxy: curl -sv ${shellQuote(origin)}`,
  },
  TLS_FAILED: {
    status: 3,
    meaning: 'The service cannot prove who it is: the TLS connection failed.',
    hint: ({ cause, origin }) => TLS_CURES[cause]?.(origin) ?? OTHER_AUTHORITIES,
  },
  PROXY_REFUSED: {
    status: 3,
    meaning: 'The proxy refuses to lead to the service. It is asked once.',
    hint: ({ proxy, status }) => {
      const [scheme, host] = proxy.split('://');
      return status === 407
        ? `name its user and password, % as %25: HTTPS_PROXY=${scheme}://USER:PASSWORD@${host}`
        : `ask whose proxy it is, or reach the host without it: NO_PROXY=HOST; look: curl -sv -x ${shellQuote(proxy)} https://HOST`;
    },
  },
  TIMED_OUT: {
    status: 3,
    meaning: 'The service did not answer in time.',
    hint: ({ seconds }) => `try again, or allow more time: --timeout ${Math.max(60, Math.ceil(seconds * 2))}`,
  },
  SERVICE_FAILED: {
    status: 3,
    meaning: 'The service has a fault of its own (HTTP 5xx).',
    hint: ({ callId }) => `try again in a few minutes${reported(callId)}`,
  },
  TOO_MANY_REQUESTS: {
    status: 3,
    meaning: 'The service asks for fewer requests (HTTP 429).',
    hint: ({ retryAfterSeconds }) =>
      `try again in ${retryAfterSeconds === undefined ? 'a minute' : `${retryAfterSeconds} s`}`,
  },
  NO_COOKIE: {
    status: 5,
    meaning: 'The service accepted the login and sent no cookie.',
    hint: ({ callId }) => `check the address: is it the one of the compute service?${reported(callId)}`,
  },
  SEVERAL_COOKIES: {
    status: 5,
    meaning: 'The service sent several cookies where one is due.',
    hint: ({ callId }) => `check the address and any proxy in between${reported(callId)}`,
  },
  UNUSABLE_COOKIE: {
    status: 5,
    meaning: 'The service sent a cookie that cannot be used.',
    hint: ({ callId }) => `check the address and any proxy in between${reported(callId)}`,
  },
  REDIRECTED: {
    status: 5,
    meaning: 'The service redirects; passwords and tokens follow no redirect.',
    hint: ({ target, path, cloud }) => {
      if (path !== undefined) return `ask for ${shellQuote(path)} instead`;
      if (target?.startsWith('http')) return `if you trust it, name it: -a ${shellQuote(target)}`;
      return cloud === 'oci' ? 'check the address' : `check the address: ${REST_ENDPOINT}`;
    },
  },
  NOT_EXTENDED: {
    status: 5,
    meaning: 'The refresh worked and the token does not live longer.',
    hint: ({ cloud }, program, line) => (cloud === 'oci' ? logInToOci(program, line) : LOG_IN),
  },
  ANSWER_UNREADABLE: {
    status: 7,
    meaning: 'The answer of the service cannot be read.',
    hint: ({ origin }) => `is this the service? curl -sv ${shellQuote(origin)}`,
  },
  ANSWER_TOO_LARGE: {
    status: 7,
    meaning: 'The answer of the service is larger than any real one.',
    hint: ({ origin }) => `is this the service? curl -sv ${shellQuote(origin)}`,
  },
  REQUEST_REFUSED: {
    status: ({ status }) => statusOfRefusal(status),
    meaning:
      'The service refused the request (HTTP 4xx): 403 is exit 11, 404 is 12, 405 is 13, 406 is 14, 409 is 15, others 9.',
    hint: ({ callId, status, isLogin }) => {
      const isElsewhere = isLogin && [404, 405, 410].includes(status);
      return `${isElsewhere ? `check the path of the address: ${REST_ENDPOINT}` : 'check the path and what was sent'}${reported(callId)}`;
    },
  },
  NOT_THE_COMPUTE_SERVICE: {
    status: 9,
    meaning: 'Another service answered at this address.',
    hint: `check the address: ${REST_ENDPOINT}`,
  },
  CREDENTIALS_REFUSED: {
    status: 10,
    meaning: 'The service refused the user name or the password.',
    hint: 'the user is /Compute-<identity domain>/<name>, or /Compute-<numeric service instance id>/<name> for accounts with IDCS',
  },
  TOKEN_REFUSED: {
    status: 10,
    meaning: 'The service does not accept the token.',
    hint: ({ source, cloud }, program, line) => {
      if (cloud === 'oci') return logInToOci(program, line);
      return source === 'OPC_COOKIE' ? `unset OPC_COOKIE, or ${LOG_IN}` : LOG_IN;
    },
  },
  TOKEN_EXPIRED: {
    status: 10,
    meaning: 'The token has expired: 30 minutes (OCI: 1 hour) have passed since it was issued.',
    hint: loginAgain,
  },
  SESSION_OVER: {
    status: 10,
    meaning: 'The session is over: 3 hours (OCI: 24 hours) have passed since the login.',
    hint: loginAgain,
  },
  TOKEN_ENDS_SOON: {
    status: 10,
    meaning: 'The token ends sooner than --min-valid asks for, and no longer one is to be had without a login.',
    hint: (fields, program, line) => `${loginAgain(fields, program, line)}; or ask for less: --min-valid 1m`,
  },
  NO_SESSION: { status: 10, meaning: 'No session is stored.', hint: LOG_IN },
  SESSION_LOCKED: {
    status: 75,
    meaning: 'Another process kept the session for too long.',
    hint: ({ holder }) => {
      const look = holder === undefined ? '' : `, or see what it does: ps -fp ${holder}`;
      return `try again${look}; scripts that must not wait for each other use a file of their own: --cookie-file FILE`;
    },
  },
};
