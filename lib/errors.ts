/**
 * Everything that can go wrong, by a stable code.
 *
 * `ErrorFields` lists the facts of each code: paths, names, instants, statuses. No field ever holds a secret. The
 * program (`cli/errors/`) decides on the words, the hint and the exit status. The library throws no other class on
 * purpose.
 */
/** What may be missing; `one-session`: several are stored, and nothing says which one is meant. */
export type MissingValue =
  | 'endpoint'
  | 'user'
  | 'one-session'
  | 'region'
  | 'store'
  | 'identity-domain'
  | 'client-id'
  | 'client-secret'
  | 'profile'
  | 'private-key-file';

export interface ErrorFields {
  // The command line and this machine
  /** `usage`: the command; `instead`: a correct line, with $0 for the program. */
  USAGE: { usage?: string | undefined; instead?: string | undefined };
  /** `sessions`: the stored ones, of which one is to be chosen. */
  MISSING_VALUE: { name: MissingValue; sessions?: readonly { readonly endpoint: string; readonly user: string }[] };
  HOME_UNKNOWN: Record<string, never>;
  /** The path, if it looks like one. */
  PASSWORD_FILE_MISSING: { path: string | undefined };
  PASSWORD_FILE_UNREADABLE: { path: string };
  PASSWORD_FILE_UNSAFE: { path: string };
  PASSWORD_FILE_FOREIGN_OWNER: { path: string };
  PASSWORD_FILE_NOT_A_FILE: { path: string };
  /** No path: standard input. */
  PASSWORD_FILE_TOO_LARGE: { path: string | undefined; limitBytes: number };
  PASSWORD_EMPTY: { from: string };
  PASSWORD_MALFORMED: { from: string };
  PASSWORD_MISSING: { keychain: 'empty' | 'unavailable'; user: string; endpoint: string };
  KEYCHAIN_UNAVAILABLE: { obstacle: KeychainObstacle; reason: string };
  KEYCHAIN_NO_ANSWER: { seconds: number };
  /** `isSetting`: others can write the file, which decides where a secret is sent. */
  FILE_UNSAFE: { path: string; mode: string; isSetting?: boolean };
  FILE_FOREIGN_OWNER: { path: string };
  /** `foreignFolder`: the cause, a folder of another user inside one of the caller's. */
  FILE_UNREADABLE: { path: string; foreignFolder?: string; isMissing?: boolean };
  /**
   * `isInTheWay`: something else has this path. `foreignFolder`: as above. `isCookiesFile`: the command can work
   * without this file.
   */
  FILE_UNWRITABLE: { path: string; isInTheWay?: boolean; foreignFolder?: string; isCookiesFile?: boolean };
  DISK_FULL: { path: string };
  /** `system`: `linux-x64` */
  LOCK_UNAVAILABLE: { system: string };
  FILE_EXISTS: { path: string };
  NOT_ALLOWED: Record<string, never>;
  FOLDER_UNSAFE: { path: string; mode: string };
  LEFTOVER_FILE: { path: string; isFolder: boolean };
  SCHEDULED_PROGRAM_MISSING: { path: string };
  VARIABLE_SHADOWED: { variable: string };
  TLS_CHECK_OFF: { variable: string };
  NODE_UNSUPPORTED: { version: string };
  CLOCK_WRONG: { seconds: number };
  SYSTEM_REFUSED: { cause: string };

  // Malformed values
  /** `isSwapped`: the user is in the place of another value. */
  ACCOUNT_MALFORMED: { isSwapped?: boolean };
  /** `of`: whose address it should be, if not that of Oracle Compute. */
  ADDRESS_MALFORMED: { given: string; of?: 'oci' | 'identity-domain' };
  DURATION_MALFORMED: { given: string };
  INSECURE_ADDRESS: { address: string };
  PROFILE_FILE_MALFORMED: { path: string };
  PROFILE_FILE_MISSING: { path: string };
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
  UNREACHABLE: { origin: string; cause: string; isProxy?: boolean };
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

  // The service's answer cannot be used
  NO_COOKIE: { origin: string; callId?: string };
  SEVERAL_COOKIES: { origin: string; callId?: string };
  UNUSABLE_COOKIE: { origin: string; reason: string; callId?: string };
  /**
   * For a request of the caller's choice, its target: an origin or a scheme, and the path if the origin is the same.
   */
  REDIRECTED: { origin: string; target?: string | undefined; path?: string | undefined; cloud?: 'oci' };
  NOT_EXTENDED: { expiresAt: number; cloud?: 'oci' };
  ANSWER_UNREADABLE: { origin: string; callId?: string };
  ANSWER_TOO_LARGE: { origin: string; limitBytes: number };
  /** An object that was waited for. */
  OBJECT_FAILED: { kind: string; name: string };

  // Refused; `cloud`: the login that helps, by default Oracle Compute's
  CREDENTIALS_REFUSED: { origin: string; user?: string; callId?: string };
  TOKEN_REFUSED: { origin: string; source: string; callId?: string; detail?: string; cloud?: 'oci' };
  TOKEN_EXPIRED: { expiredAt: number; source: string; cloud?: 'oci' };
  SESSION_OVER: { endedAt: number; source: string; cloud?: 'oci' };
  /** `longest`: how long a token lives at most, if that is the reason. Milliseconds. */
  TOKEN_ENDS_SOON: { expiresAt: number; source: string; longest?: number; cloud?: 'oci' };
  NO_SESSION: { path?: string };
  REQUEST_REFUSED: {
    origin: string;
    status: number;
    callId?: string;
    detail?: string;
    isLogin?: boolean;
    /** The kind of object that was asked for by name, or the one that was probably meant. */
    kind?: string;
    meantKind?: string;
  };
  NOT_THE_COMPUTE_SERVICE: { origin: string; status: number };

  // OCI: regions, config file, session files
  REGION_MALFORMED: { given: string };
  REGION_UNKNOWN: { given: string };
  REGION_METADATA_MALFORMED: { from: string };
  PROFILE_NAME_MALFORMED: { given: string };
  PROFILE_NOT_FOUND: { profile: string; path: string };
  PROFILE_NOT_A_SESSION: { profile: string; path: string };
  PROFILE_INCOMPLETE: { profile: string; path: string; key: string };
  /** `sharedAs`: only the shared session of that name may be replaced. */
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
  /** `needs`: what its user has to name. */
  ARCHIVE_UNTRUSTED: { path: string; reason: string; needs: 'profile' | 'region' };

  // OCI: login in the browser, and tokens
  PORT_IN_USE: { port: number };
  LOGIN_REFUSED: { reason: string };
  LOGIN_TIMED_OUT: { seconds: number };
  LOGIN_TOKEN_UNUSABLE: { reason: string };
  NO_TOKEN: { origin: string; callId?: string };
  /** `profile`: the profile whose session another user's would have replaced. */
  TOKEN_FOREIGN: { origin: string; reason: string; callId?: string; profile?: string };

  // The shared store; `store` is its address
  STORE_ADDRESS_MALFORMED: { reason: string };
  STORE_ADDRESS_INSECURE: { store: string };
  STORE_SESSION_MISSING: { store: string; name: string };
  STORE_SESSION_REPLACED: { store: string; name: string };
  STORE_KEY_FILE_MALFORMED: { path: string };
  STORE_KEY_MISSING: { store: string };
  STORE_KEY_UNKNOWN: { store: string; keyId: string };
  STORE_VALUE_DAMAGED: { store: string };
  STORE_REFUSED: { store: string; kind: string };
  /** `left`: whose session is still there after a logout. */
  STORE_UNREACHABLE: { store: string; cause: string; left?: { user: string; endpoint: string } };
  STORE_TLS_FAILED: { store: string; cause: string };

  // Try again
  /** `holder`: the process that holds the lock, if it is known. */
  SESSION_LOCKED: { path: string; seconds: number; holder?: number | undefined };
  /** An object that was waited for. */
  NOT_IN_TIME: { kind: string; name: string };
  INTERRUPTED: { signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' };

  // A bug in the program
  INTERNAL: { isDamaged?: boolean };
}

/**
 * Why the keychain cannot be used: libsecret or another library is missing; keytar has no build for this system
 * (Alpine); keytar is not installed; its native code crashed; the keychain refused (for example without a D-Bus
 * session).
 */
export type KeychainObstacle = 'no-library' | 'no-build' | 'not-installed' | 'crashed' | 'refused';

export type ErrorCode = keyof ErrorFields;

/** An error with a stable `code`, its `fields`, and the `cause` if another error led to it. */
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

/** Is `error` an OracleComputeError with one of `codes` (by default, any code)? */
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

/** True for an error of the operating system (`EMFILE`, `EIO`), which is not a fault of this program. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return error instanceof Error && 'syscall' in error && /^E[A-Z0-9]+$/.test(systemErrorCode(error) ?? '');
}

export function systemRefused(cause: NodeJS.ErrnoException & { code: string }): OracleComputeError<'SYSTEM_REFUSED'> {
  return new OracleComputeError(
    'SYSTEM_REFUSED',
    `the system refused: ${cause.message}`,
    { cause: cause.code },
    { cause },
  );
}

const EXHAUSTED = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM']);

/** Did the system run out of files, processes or memory? */
export function isExhausted(error: unknown): boolean {
  return EXHAUSTED.has(systemErrorCode(error) ?? '');
}
