/**
 * Everything that can go wrong, by a stable code.
 *
 * `ErrorFields` lists, for each code, the facts that a message and a next step are made of: paths, names, instants,
 * statuses. No field ever holds a secret. Which words, next step and exit status belong to a code is the business of
 * the program (`cli/errors/report-error.ts`); the library throws `OracleComputeError` and nothing else on purpose.
 */
export interface ErrorFields {
  // The caller's words and this machine
  /** `usage`: the command; `instead`: a line that is right, with $0 for the program. */
  USAGE: { usage?: string | undefined; instead?: string | undefined };
  MISSING_VALUE: { name: string; flag: string; variable: string; profileKey?: string };
  HOME_UNKNOWN: Record<string, never>;
  NOT_UTF8: Record<string, never>;
  NO_TERMINAL: { answeredBy: string };
  /** The path only where it looks like one. */
  PASSWORD_FILE_MISSING: { path: string | undefined };
  PASSWORD_FILE_UNREADABLE: { path: string };
  PASSWORD_FILE_UNSAFE: { path: string };
  PASSWORD_FILE_FOREIGN_OWNER: { path: string };
  PASSWORD_FILE_NOT_A_FILE: { path: string };
  /** Without a path it is standard input. */
  PASSWORD_FILE_TOO_LARGE: { path: string | undefined; limitBytes: number };
  PASSWORD_EMPTY: { from: string };
  PASSWORD_MALFORMED: { from: string };
  PASSWORD_MISSING: { keychain: 'empty' | 'unavailable'; user: string; endpoint: string };
  PASSWORDS_DIFFER: Record<string, never>;
  KEYCHAIN_UNAVAILABLE: { obstacle: KeychainObstacle; reason: string };
  KEYCHAIN_NO_ANSWER: { seconds: number };
  KEYCHAIN_NO_ENTRY: { user: string; endpoint: string };
  /** `isSetting`: others can write it, which decides where a secret goes. */
  FILE_UNSAFE: { path: string; mode: string; isSetting?: boolean };
  FILE_FOREIGN_OWNER: { path: string };
  /** `foreignFolder`: a folder of another user, inside one of the caller's, that stands in the way. */
  FILE_UNREADABLE: { path: string; foreignFolder?: string };
  /**
   * `isInTheWay`: something else is where our file should be. `foreignFolder`: as above. `isCookiesFile`: there are ways
   * to do without it.
   */
  FILE_UNWRITABLE: { path: string; isInTheWay?: boolean; foreignFolder?: string; isCookiesFile?: boolean };
  DISK_FULL: { path: string };
  /** `system`: `linux-x64` */
  LOCK_UNAVAILABLE: { system: string };
  FILE_EXISTS: { path: string };
  NOT_ALLOWED: { next: string };
  FOLDER_UNSAFE: { path: string; mode: string };
  LEFTOVER_FILE: { path: string; isFolder: boolean };
  VARIABLE_SHADOWED: { variable: string };
  TLS_CHECK_OFF: { variable: string };
  NODE_UNSUPPORTED: { version: string };
  CLOCK_WRONG: { seconds: number };
  FIELDS_LATE: Record<string, never>;
  /** The name that the system has for it, such as EIO. */
  OUTPUT_FAILED: { cause: string };
  SYSTEM_REFUSED: { cause: string };
  COMMAND_NOT_FOUND: { command: string };
  COMMAND_NOT_EXECUTABLE: { command: string };
  ENTRY_NOT_WRITABLE: { scheduler: string };

  // Values that do not have the right form
  /** `isSwapped`: the user stands where something else belongs. */
  ACCOUNT_MALFORMED: { isSwapped?: boolean };
  /** `example`: such an address, if it is not that of Oracle Compute. */
  ADDRESS_MALFORMED: { given: string; example?: string };
  DURATION_MALFORMED: { given: string };
  INSECURE_ADDRESS: { address: string };
  PROFILE_FILE_MALFORMED: { path: string };
  PROXY_MALFORMED: { variable: string };
  PROXY_UNSUPPORTED: { variable: string; scheme: string };
  CA_BUNDLE_MALFORMED: { path: string; line?: number; certificate?: number };
  COOKIES_FILE_CORRUPT: { path: string };
  COOKIES_FILE_FOREIGN: { path: string };
  COOKIES_FILE_TOO_LARGE: { path: string; limitBytes: number };
  COOKIES_FILE_NEWER: { path: string };
  COOKIE_MALFORMED: { from: string };
  COOKIE_OF_ANOTHER_SERVICE: { from: string; endpoint: string };
  VALUE_NOT_QUOTABLE: { shell: string };
  PATH_MALFORMED: { given: string };
  HEADER_MALFORMED: { given: string };
  OBJECT_MALFORMED: { given: 'kind' | 'name' };
  JSON_MALFORMED: { from: string };

  // The service cannot be used now
  UNREACHABLE: { origin: string; cause: string };
  TLS_FAILED: { origin: string; cause: string };
  PROXY_REFUSED: { proxy: string; status: number };
  TIMED_OUT: { origin: string; seconds: number };
  SERVICE_FAILED: { origin: string; status: number; callId?: string; detail?: string };
  TOO_MANY_REQUESTS: {
    origin: string;
    status: number;
    callId?: string;
    retryAfterSeconds?: number;
    detail?: string;
  };

  // The exchange worked and its result is useless
  NO_COOKIE: { origin: string; callId?: string };
  SEVERAL_COOKIES: { origin: string; callId?: string };
  UNUSABLE_COOKIE: { origin: string; reason: string; callId?: string };
  /** Where to, for a request of the caller's choice: an origin or a scheme, and the path at the same origin. */
  REDIRECTED: { origin: string; target?: string | undefined; path?: string | undefined; cloud?: 'oci' };
  NOT_EXTENDED: { expiresAt: number; cloud?: 'oci' };
  ANSWER_UNREADABLE: { origin: string; callId?: string };
  ANSWER_TOO_LARGE: { origin: string; limitBytes: number };

  // Refused; `cloud` says which login helps, Oracle Compute's where it is not given
  CREDENTIALS_REFUSED: { origin: string; user?: string; callId?: string };
  TOKEN_REFUSED: { origin: string; source: string; callId?: string; detail?: string; cloud?: 'oci' };
  TOKEN_EXPIRED: { expiredAt: number; source: string; cloud?: 'oci' };
  SESSION_OVER: { endedAt: number; source: string; cloud?: 'oci' };
  TOKEN_ENDS_SOON: { expiresAt: number; source: string; cloud?: 'oci' };
  NO_SESSION: { path?: string };
  REQUEST_REFUSED: { origin: string; status: number; callId?: string; detail?: string; isLogin?: boolean };
  NOT_THE_COMPUTE_SERVICE: { origin: string; status: number };

  // OCI: regions, config file, session files
  REGION_MALFORMED: { given: string };
  REGION_UNKNOWN: { given: string };
  REGION_METADATA_MALFORMED: { from: string };
  PROFILE_NAME_MALFORMED: { given: string };
  PROFILE_NOT_FOUND: { profile: string; path: string };
  PROFILE_NOT_A_SESSION: { profile: string; path: string };
  PROFILE_INCOMPLETE: { profile: string; path: string; key: string };
  /** `sharedAs`: only the session that hosts share by that name may be replaced. */
  PROFILE_EXISTS: { profile: string; path: string; sharedAs?: string | undefined };
  CONFIG_FILE_CORRUPT: { path: string; line?: number; reason: string };
  CONFIG_VALUE_UNSAFE: { key: string; reason: string };
  TOKEN_MALFORMED: { reason: string };
  TOKEN_FILE_MISSING: { path: string };
  TOKEN_FILE_CORRUPT: { path: string; reason: string };
  KEY_FILE_MISSING: { path: string };
  KEY_FILE_MALFORMED: { path: string; reason: string };
  KEY_PASSPHRASE_MISSING: { path: string };
  KEY_PASSPHRASE_WRONG: { path: string };
  KEY_MISMATCH: { path: string };
  ARCHIVE_REFUSED: { path: string; reason: string };
  SUBJECT_TOKEN_MISSING: { path?: string };
  SUBJECT_TOKEN_MALFORMED: { reason: string };
  SUBJECT_TOKEN_REFUSED: { origin: string; detail?: string };
  CLIENT_REFUSED: { origin: string; detail?: string };
  CLUSTER_ID_MALFORMED: { given: string };
  ARCHIVE_OVERREACHES: { path: string; reason: string; flag: string };

  // OCI: login in the browser, and what a service hands out
  PORT_IN_USE: { port: number };
  LOGIN_REFUSED: { reason: string };
  LOGIN_TIMED_OUT: { seconds: number };
  LOGIN_TOKEN_UNUSABLE: { reason: string };
  NO_TOKEN: { origin: string; callId?: string };
  /** `profile`: its session would have been replaced by one of somebody else. */
  TOKEN_FOREIGN: { origin: string; reason: string; callId?: string; profile?: string };

  // A store that hosts share a session in; `store` is its address
  STORE_ADDRESS_MALFORMED: { reason: string };
  STORE_ADDRESS_INSECURE: { store: string };
  STORE_SESSION_MISSING: { store: string; name: string };
  STORE_SESSION_REPLACED: { store: string; name: string };
  STORE_KEY_FILE_MALFORMED: { path: string };
  STORE_KEY_MISSING: { store: string };
  STORE_KEY_UNKNOWN: { store: string; keyId: string };
  STORE_VALUE_DAMAGED: { store: string };
  STORE_REFUSED: { store: string; kind: string };
  STORE_UNREACHABLE: { store: string; cause: string };
  STORE_TLS_FAILED: { store: string; cause: string };

  // Try again
  /** `holder`: the process that has it, as far as it said so. */
  SESSION_LOCKED: { path: string; seconds: number; holder?: number | undefined };
  INTERRUPTED: { signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' };

  // A fault of the program itself
  INTERNAL: Record<string, never>;
}

/**
 * Why there is no keychain: no D-Bus session (cron, ssh); nothing on the bus that keeps secrets; libsecret or another
 * library is missing; a system without a build for it (Alpine); the package for it was not installed; its native code
 * crashed; it refused for a reason of its own.
 */
export type KeychainObstacle = 'no-library' | 'no-build' | 'not-installed' | 'crashed' | 'refused';

export type ErrorCode = keyof ErrorFields;

/** A failure with a stable `code`, the `fields` that belong to it, and the `cause` where another error led to it. */
export class OracleComputeError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'OracleComputeError';
  readonly code: C;
  readonly fields: ErrorFields[C];

  constructor(code: C, message: string, fields: ErrorFields[C], options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.fields = fields;
  }
}

/** True where `error` is one of ours and has one of `codes` (any code, if none is given). */
export function isOracleComputeError<C extends ErrorCode = ErrorCode>(
  error: unknown,
  ...codes: C[]
): error is OracleComputeError<C> {
  return error instanceof OracleComputeError && (codes.length === 0 || codes.some((code) => code === error.code));
}

/** The `code` of an error from Node (`ENOENT`, `ECONNREFUSED`, …), or undefined. */
export function systemErrorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

const EXHAUSTED = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM']);

/** True where the system had no room for one more file or process, whichever it was. */
export function isExhausted(error: unknown): boolean {
  return EXHAUSTED.has(systemErrorCode(error) ?? '');
}
