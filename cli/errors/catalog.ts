import { dirname } from 'node:path';
import type { ErrorCode, ErrorFields, KeychainObstacle, MissingValue } from '../../lib/errors.js';
import { type LineOptions, ociLogin, shellQuote } from './error-text.js';

/** The codes of the command line alone. */
declare module '../../lib/errors.js' {
  interface ErrorFields {
    NOT_UTF8: Record<string, never>;
    NO_TERMINAL: { answeredBy: string };
    PASSWORDS_DIFFER: Record<string, never>;
    KEYCHAIN_NO_ENTRY: { user: string; endpoint: string };
    FIELDS_LATE: Record<string, never>;
    /** The system's code, such as EIO. */
    OUTPUT_FAILED: { cause: string };
    /** `instead`: the command to write. */
    COMMAND_NOT_FOUND: { command: string; instead?: string };
    COMMAND_NOT_EXECUTABLE: { command: string; instead?: string };
    ENTRY_NOT_WRITABLE: { scheduler: string };
  }
}

/** What the program makes of an error code: its exit status, what it means, and what to do next. */
export interface ErrorRow<C extends ErrorCode> {
  /** By Oracle's table of exit statuses (Oracle Cloud Machine, CLI reference), and 75 for "try again" (sysexits.h). */
  readonly status: number | ((fields: ErrorFields[C]) => number);
  /** One line for docs/errors.md. */
  readonly meaning: string;
  /** The next step; if possible, a command that can be pasted. */
  readonly hint: string | ((fields: ErrorFields[C], program: string, line: LineOptions) => string);
}

/** The exit statuses of all commands. `any` is that of a command that `exec` runs. */
const EXIT_STATUSES = {
  any: 'the exit status of the command; 128 + signal number',
  0: 'success',
  1: 'a fault of this program, or an operation that is not allowed',
  2: 'invalid option, missing or unsafe file, no access, or no terminal to ask',
  3: 'the service or the store cannot be reached, or fails',
  4: 'invalid value or name, or damaged file',
  5: 'unusable answer, or a value that the output cannot hold',
  7: 'the answer cannot be read',
  9: 'the service refused the request (HTTP 4xx, except those below)',
  10: 'login needed: wrong password, no session, or it has expired',
  '11-15': 'HTTP 403, 404, 405, 406, 409',
  75: 'the session is locked by another process or host',
  126: 'the command cannot be started',
  127: 'the command does not exist',
  129: 'the terminal was closed (SIGHUP)',
  130: 'interrupted (Ctrl-C)',
  143: 'terminated (SIGTERM)',
} as const;

type ExitStatus = keyof typeof EXIT_STATUSES;
/** A status, or one with its meaning for this command. */
export type StatusOfCommand = ExitStatus | readonly [status: ExitStatus, meaning: string];

/** Exit statuses with their meanings, for help and manual pages. */
export function describeStatuses(statuses: readonly StatusOfCommand[]): (readonly [status: string, meaning: string])[] {
  return statuses.map((each) => {
    const [status, meaning] = typeof each === 'object' ? each : [each, EXIT_STATUSES[each]];
    return [String(status), meaning];
  });
}

type ErrorTable = { readonly [C in ErrorCode]: ErrorRow<C> };

const REINSTALL = 'reinstall it: npm install --global oracle-compute';
const LOG_IN = 'log in: oracle-compute auth';
const LOG_IN_TO_OCI = (_fields: unknown, program: string, line: LineOptions) => logInToOci(program, line);

const OTHER_AUTHORITIES = 'for a private certificate authority: --ca-bundle FILE or OPC_CA_BUNDLE';
const REST_ENDPOINT = 'the REST endpoint is https://api-….compute.….oraclecloud.com';
const PASSWORD_FILE = 'use a password file: -p FILE or OPC_PASSWORD_FILE';

const KEYCHAIN_HINTS: Readonly<Record<KeychainObstacle, string>> = {
  'no-library': `install libsecret: sudo apt-get install libsecret-1-0 (Fedora: dnf install libsecret); or ${PASSWORD_FILE}`,
  'no-build': PASSWORD_FILE,
  'not-installed': `install it: npm install --global --include=optional oracle-compute; or ${PASSWORD_FILE}`,
  crashed: `try again with --debug; or ${PASSWORD_FILE}`,
  refused: `unlock it, or log in to the desktop (Linux needs gnome-keyring and a D-Bus session, which cron and ssh may not have); or ${PASSWORD_FILE}`,
};

/** For failures of TLS before or beside the check of the authority, which another authority does not change. */
const TLS_HINTS: Readonly<Record<string, (origin: string) => string>> = {
  NOT_TLS: (origin) => `check the port, or use plain http: ${origin.replace('https://', 'http://')}`,
  OLD_TLS: () => 'ask its operators to allow TLS 1.2 or later',
  UNKNOWN_NAME: () => 'check the endpoint',
  CERTIFICATE_REQUIRED: () => 'check the endpoint: the service does not ask for a client certificate',
  ERR_TLS_CERT_ALTNAME_INVALID: () => 'check the endpoint, and the proxy if there is one',
};

const CLIENT_ERROR_STATUSES: Readonly<Record<number, number>> = {
  401: 10,
  403: 11,
  404: 12,
  405: 13,
  406: 14,
  409: 15,
};

/** How a value is given that is missing. */
export const MISSING: Readonly<
  Record<
    Exclude<MissingValue, 'one-session'>,
    { readonly flag: string; readonly variable?: string; readonly profileKey?: string }
  >
> = {
  endpoint: { flag: '-a https://…', variable: 'OPC_API', profileKey: 'compute.endpoint' },
  user: { flag: '-u /Compute-acme/jack.jones@example.com', variable: 'OPC_USER', profileKey: 'compute.user' },
  region: { flag: '--region us-ashburn-1', variable: 'OCI_CLI_REGION' },
  store: { flag: '--store rediss://…', variable: 'OPC_SESSION_STORE' },
  'identity-domain': {
    flag: '--domain-url https://idcs-….identity.oraclecloud.com',
    variable: 'OCI_TOKEN_EXCHANGE_DOMAIN_URL',
  },
  'client-id': { flag: '--client-id ID', variable: 'OCI_TOKEN_EXCHANGE_CLIENT_ID' },
  'client-secret': { flag: '--client-secret-file FILE', variable: 'OCI_TOKEN_EXCHANGE_CLIENT_SECRET' },
  profile: { flag: '--profile-name NAME', variable: 'OCI_CLI_PROFILE' },
  'private-key-file': { flag: '--private-key-file-path FILE' },
};

const ADDRESSES = { oci: '--endpoint https://HOST', 'identity-domain': MISSING['identity-domain'].flag };

/** Every error code with its exit status and its next step: the only place that decides them. */
export const ERROR_TABLE: ErrorTable = {
  // The command line, this machine, and the program itself
  USAGE: {
    status: 2,
    meaning: 'The flags or arguments are wrong.',
    hint: ({ usage, instead }, program) => {
      const see = `see: ${program}${usage === undefined ? '' : ` ${usage}`} --help`;
      return instead === undefined ? see : `write it like this: ${instead.replaceAll('$0', program)}`;
    },
  },
  MISSING_VALUE: {
    status: 2,
    meaning: 'A required value is missing: no flag, variable or profile file gives it.',
    hint: ({ name }) => {
      if (name === 'one-session')
        return 'choose one: -a ADDRESS and -u USER, or OPC_API and OPC_USER, or --profile NAME';
      const { flag, variable, profileKey } = MISSING[name];
      const profile = profileKey === undefined ? '' : `, or "${profileKey}" in ~/.opc/profiles/default`;
      return `give ${flag}${variable === undefined ? '' : `, or set ${variable}${profile}`}`;
    },
  },
  HOME_UNKNOWN: {
    status: 2,
    meaning: 'The home folder, which has the sessions and settings, is unknown.',
    hint: 'set HOME: export HOME=/home/NAME',
  },
  NOT_UTF8: {
    status: 2,
    meaning:
      'An argument, a variable or a list of names is not UTF-8, so a file, a command or the service would get other bytes.',
    hint: 'give it in UTF-8, or leave it out',
  },
  NO_TERMINAL: {
    status: 2,
    meaning: 'The program must ask a question, and there is no terminal.',
    hint: ({ answeredBy }) => `answer it beforehand: ${answeredBy}`,
  },
  FILE_UNSAFE: {
    status: 2,
    meaning: 'Other users can read or write a file that holds a secret or decides where one is sent.',
    hint: ({ path, isSetting }) =>
      isSetting
        ? `remove write access for others: chmod go-w ${shellQuote(path)}`
        : `restrict its permissions: chmod 600 ${shellQuote(path)}`,
  },
  FILE_FOREIGN_OWNER: {
    status: 2,
    meaning: 'Another user owns a file or folder that holds a secret or decides where one is sent.',
    hint: ({ path }) => `check its owner: ls -ld ${shellQuote(path)}; if it should be yours: ${takeOver(path)}`,
  },
  FILE_UNREADABLE: {
    status: 2,
    meaning: 'A file cannot be read.',
    hint: ({ path, foreignFolder, isMissing }) =>
      isMissing
        ? `check its name: ls -l ${shellQuote(dirname(path))}`
        : (takeOverFolder(foreignFolder) ?? `check it: ls -ld ${shellQuote(path)}`),
  },
  FILE_UNWRITABLE: {
    status: 2,
    meaning: 'A file or folder cannot be written.',
    hint: ({ path, isInTheWay, foreignFolder, isCookiesFile }) => {
      const look = `check it${isInTheWay ? ', and move it away' : ''}: ls -ld ${shellQuote(path)}`;
      const without =
        '; or store no session (--no-cookie-file), or store it elsewhere (--cookie-file, OPC_COOKIE_FILE)';
      return `${takeOverFolder(foreignFolder) ?? look}${isCookiesFile ? without : ''}`;
    },
  },
  DISK_FULL: {
    status: 2,
    meaning: 'The disk is full. Existing files were not changed.',
    hint: ({ path }) => `make room: df -h ${shellQuote(path.replace(/\/[^/]*$/, '') || '/')}`,
  },
  LOCK_UNAVAILABLE: {
    status: 2,
    meaning: 'The native module that locks files cannot be loaded, so no session can be changed safely.',
    hint: 'reinstall this program on Linux, macOS or Windows with an x64 or arm64 processor',
  },
  FILE_EXISTS: {
    status: 2,
    meaning: 'The file exists and was not overwritten.',
    hint: ({ path }) => `choose another name, or overwrite it with --force: ${shellQuote(path)}`,
  },
  NOT_ALLOWED: {
    status: 1,
    meaning: 'The operation is not allowed.',
    hint: LOG_IN,
  },
  FIELDS_LATE: {
    status: 2,
    meaning: 'Some rows have fields without a column: they appeared after the heading was printed.',
    hint: 'choose the fields: -F NAME,…; or print all of them: -f json',
  },
  OUTPUT_FAILED: {
    status: 2,
    meaning: 'The output could not be written.',
    hint: ({ cause }) =>
      cause === 'ENOSPC'
        ? 'make room where stdout goes: df -h; then run it again'
        : 'check where stdout goes, and run it again',
  },
  SYSTEM_REFUSED: {
    status: 2,
    meaning: 'The operating system refused something that the program needs, such as one more open file.',
    hint: ({ cause }) =>
      cause === 'EMFILE' || cause === 'ENFILE'
        ? 'allow more open files: ulimit -n 1024'
        : 'fix the cause, and run it again',
  },
  COMMAND_NOT_FOUND: {
    status: 127,
    meaning: 'The command to run does not exist.',
    hint: ({ command, instead }) =>
      instead === undefined
        ? `check that it is installed: command -v ${shellQuote(command)}`
        : `write it like this: ${instead}`,
  },
  COMMAND_NOT_EXECUTABLE: {
    status: 126,
    meaning: 'The command to run exists and cannot be started.',
    hint: ({ command, instead }) =>
      instead === undefined
        ? `check that it is an executable: ls -l ${shellQuote(command)}`
        : `write it like this: ${instead}`,
  },
  ENTRY_NOT_WRITABLE: {
    status: 4,
    meaning: 'An entry of the scheduler cannot hold a value.',
    hint: 'use shorter paths without line breaks and control characters',
  },
  INTERRUPTED: {
    status: ({ signal }) => ({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })[signal],
    meaning: 'A signal stopped the program. No file is left half-written.',
    hint: 'run it again when you are ready',
  },
  INTERNAL: {
    status: 1,
    meaning: 'A fault of this program.',
    hint: ({ isDamaged }, program) =>
      isDamaged ? REINSTALL : `run it again with --debug and report what ${program} prints`,
  },

  // This machine's settings: only doctor looks for these
  FOLDER_UNSAFE: {
    status: 2,
    meaning: 'Other users can read or write a folder that holds secrets.',
    hint: ({ path }) => `restrict its permissions: chmod 700 ${shellQuote(path)}`,
  },
  LEFTOVER_FILE: {
    status: 2,
    meaning: 'A killed process left a temporary file or folder behind.',
    hint: ({ path, isFolder }) => `remove it: ${isFolder ? 'rm -r' : 'rm'} ${shellQuote(path)}`,
  },
  SCHEDULED_PROGRAM_MISSING: {
    status: 2,
    meaning: 'An entry of cron, systemd or launchd starts a program that was moved or removed.',
    hint: 'print a new entry and put it in its place: oracle-compute schedule',
  },
  VARIABLE_SHADOWED: {
    status: 2,
    meaning: 'A variable overrides another value, which is probably the intended one.',
    hint: ({ variable }) => `unset ${variable}`,
  },
  TLS_CHECK_OFF: {
    status: 2,
    meaning: 'A variable tells Node not to verify certificates. This program verifies them anyway.',
    hint: ({ variable }) => `unset ${variable}; ${OTHER_AUTHORITIES}`,
  },
  NODE_UNSUPPORTED: {
    status: 2,
    meaning: 'This version of Node is too old for this program.',
    hint: 'install Node 20.19, 22.12 or later: https://nodejs.org',
  },
  CLOCK_WRONG: {
    status: 2,
    meaning: "This machine's clock differs from the service's clock by more than a minute.",
    hint: 'set the clock: sudo timedatectl set-ntp true',
  },

  // Passwords, their files, and the keychain
  PASSWORD_FILE_MISSING: {
    status: 2,
    meaning: 'The password file does not exist.',
    hint: ({ path }) =>
      path === undefined
        ? 'if this was a password, never put it on the command line: write it to a file, or give - and type it'
        : `create it: (umask 077; cat > ${shellQuote(path)})`,
  },
  PASSWORD_FILE_UNREADABLE: {
    status: 2,
    meaning: 'The password file cannot be read.',
    hint: ({ path }) => `check it: ls -l ${shellQuote(path)}`,
  },
  PASSWORD_FILE_UNSAFE: {
    status: 2,
    meaning: 'Other users can read or write the password file.',
    hint: ({ path }) => `restrict its permissions: chmod 600 ${shellQuote(path)}`,
  },
  PASSWORD_FILE_FOREIGN_OWNER: {
    status: 2,
    meaning: 'Another user owns the password file.',
    hint: ({ path }) => `make it yours: chown "$(id -u)" ${shellQuote(path)}`,
  },
  PASSWORD_FILE_NOT_A_FILE: {
    status: 2,
    meaning: 'The password file is a folder or a device.',
    hint: ({ path }) => `check it: ls -ld ${shellQuote(path)}`,
  },
  PASSWORD_FILE_TOO_LARGE: {
    status: 2,
    meaning: 'The password file, or the line of stdin that is a password, is larger than 64 KiB.',
    hint: ({ path }) =>
      path === undefined
        ? 'give the password as one line of stdin'
        : `check that it is the right file: ls -lL ${shellQuote(path)}`,
  },
  PASSWORD_EMPTY: { status: 4, meaning: 'The password is empty.', hint: ({ from }) => `put the password into ${from}` },
  PASSWORD_MALFORMED: {
    status: 4,
    meaning: 'The password is not UTF-8 text.',
    hint: ({ from }) => `write ${from} again, as UTF-8 text`,
  },
  PASSWORD_MISSING: {
    status: 2,
    meaning: 'No password was given, and the keychain has none, is locked, or cannot be used.',
    hint: ({ keychain, user, endpoint }) => {
      const file = 'give a password file: -p FILE or OPC_PASSWORD_FILE';
      return keychain === 'empty'
        ? `${file}; or unlock the keychain, or ${savePassword(user, endpoint)}`
        : `${file}; or -p - for one line of stdin`;
    },
  },
  PASSWORDS_DIFFER: {
    status: 4,
    meaning: 'The two passwords that were typed differ.',
    hint: 'try again',
  },
  KEYCHAIN_UNAVAILABLE: {
    status: 2,
    meaning: 'The keychain does not exist or refuses access; the message says why.',
    hint: ({ obstacle }) => KEYCHAIN_HINTS[obstacle],
  },
  KEYCHAIN_NO_ANSWER: {
    status: 2,
    meaning: 'The keychain did not answer in time: it may be showing a dialog.',
    hint: `unlock it (log in to the desktop, or start: gnome-keyring-daemon --unlock) and try again; or ${PASSWORD_FILE}`,
  },
  KEYCHAIN_NO_ENTRY: {
    status: 2,
    meaning: 'The keychain has no password for this user and endpoint, or is locked.',
    hint: ({ user, endpoint }) => `unlock it, or ${savePassword(user, endpoint)}`,
  },

  // Malformed values and files
  ACCOUNT_MALFORMED: {
    status: 4,
    meaning: 'The user name does not have the form /customer/name.',
    hint: ({ isSwapped }) =>
      isSwapped
        ? 'write the user before the password file: /Compute-acme/jack.jones@example.com FILE'
        : 'write it like this: /Compute-acme/jack.jones@example.com',
  },
  ADDRESS_MALFORMED: {
    status: 4,
    meaning: 'The endpoint is malformed.',
    hint: ({ of }) => `write it like this: ${of ? ADDRESSES[of] : '-a https://api-z99.compute.example.com'}`,
  },
  DURATION_MALFORMED: {
    status: 4,
    meaning: 'A duration is malformed or not allowed.',
    hint: 'write it in seconds or like this: 90s, 10m, 1h30m',
  },
  INSECURE_ADDRESS: {
    status: 4,
    meaning: 'The endpoint is plain http and not on this machine.',
    hint: 'use https://, or allow it with --allow-http if you trust the network in between',
  },
  PROFILE_FILE_MALFORMED: {
    status: 4,
    meaning: 'The profile file is not valid JSON, or a value in it is not text.',
    hint: ({ path }) => `check it: cat ${shellQuote(path)}`,
  },
  PROFILE_FILE_MISSING: {
    status: 4,
    meaning: 'The profile that is named for Oracle Compute does not exist.',
    hint: 'look at the profiles: oracle-compute config list; make one: oracle-compute config set endpoint ADDRESS --profile NAME',
  },
  PROXY_MALFORMED: {
    status: 4,
    meaning: 'The address of the proxy is malformed.',
    hint: ({ variable }) => `write it like this, % as %25: ${variable}=http://user:password@proxy.example.com:3128`,
  },
  PROXY_UNSUPPORTED: {
    status: 4,
    meaning: 'The kind of proxy, such as SOCKS, is not supported. Only http:// and https:// are.',
    hint: ({ variable }) =>
      `use an HTTP proxy: ${variable}=http://proxy.example.com:3128; or exclude this host: NO_PROXY`,
  },
  CA_BUNDLE_MALFORMED: {
    status: 4,
    meaning: 'The file of certificate authorities cannot be read, has no certificate, or has a damaged one.',
    hint: ({ path, line }) =>
      line === undefined
        ? `check it: openssl x509 -noout -subject -in ${shellQuote(path)}`
        : `check it: sed -n '${line},/END CERT/p' ${shellQuote(path)} | openssl x509 -noout -subject`,
  },
  COOKIES_FILE_CORRUPT: {
    status: 4,
    meaning: 'The cookies file is damaged. It was not changed.',
    hint: ({ path }) => setAside(path),
  },
  COOKIES_FILE_FOREIGN: {
    status: 4,
    meaning: 'The file is not a cookies file of this program, or holds the session of another user or endpoint.',
    hint: ({ path }) => `name another file with --cookie-file, or ${setAside(path)}`,
  },
  COOKIES_FILE_TOO_LARGE: {
    status: 4,
    meaning: 'The cookies file is larger than 64 KiB. It was not changed.',
    hint: ({ path }) => setAside(path),
  },
  COOKIES_FILE_NEWER: {
    status: 4,
    meaning: 'The cookies file was written by a newer version of this program.',
    hint: 'update this program: npm install --global oracle-compute',
  },
  COOKIE_MALFORMED: {
    status: 4,
    meaning: 'The value of OPC_COOKIE is not a cookie of the service.',
    hint: ({ from }) => `get a new one: unset ${from}; eval "$(oracle-compute auth …)"`,
  },
  COOKIE_OF_ANOTHER_SERVICE: {
    status: 4,
    meaning: 'The token in a variable is from another service than the given one. It was not sent.',
    hint: ({ from, endpoint }) =>
      `give its service: -a ${shellQuote(endpoint)}; or use the stored session: unset ${from}`,
  },
  VALUE_NOT_QUOTABLE: {
    status: 5,
    meaning: 'The value cannot be written safely in the syntax of that shell.',
    hint: 'print the bare value instead: --shell value',
  },
  PATH_MALFORMED: {
    status: 4,
    meaning: 'The path of a request is malformed, or not below the address of the service.',
    hint: 'write it like this: oracle-compute request GET /instance/Compute-acme/',
  },
  HEADER_MALFORMED: {
    status: 4,
    meaning: 'A header does not have the form "Name: value", or is set by this program.',
    hint: "write it like this: --header 'Accept: application/oracle-compute-v3+directory+json'",
  },
  OBJECT_MALFORMED: {
    status: 4,
    meaning: 'The kind or name of an object is malformed.',
    hint: ({ given }) =>
      given === 'kind'
        ? 'write it like this: oracle-compute list instance, or as a REST path: ip/reservation'
        : 'write it like this: /Compute-acme/jack.jones@example.com/web-1',
  },
  JSON_MALFORMED: {
    status: 4,
    meaning: 'The body is not a JSON object. Nothing was sent.',
    hint: ({ from }) => `check it: jq . ${from === 'stdin' ? '' : shellQuote(from)}`.trimEnd(),
  },

  // Answers of the service, and sessions
  UNREACHABLE: {
    status: 3,
    meaning: 'The service cannot be reached.',
    hint: ({ origin, isProxy }) =>
      isProxy
        ? `check the proxy: curl -sv ${shellQuote(origin)}; or go without it: export NO_PROXY='*'`
        : `check the endpoint, the network and the proxy: curl -sv ${shellQuote(origin)}`,
  },
  TLS_FAILED: {
    status: 3,
    meaning: 'The TLS connection to the service failed.',
    hint: ({ cause, origin }) => TLS_HINTS[cause]?.(origin) ?? OTHER_AUTHORITIES,
  },
  PROXY_REFUSED: {
    status: 3,
    meaning: 'The proxy refused to connect to the service.',
    hint: ({ proxy, status }) => {
      const [scheme, host] = proxy.split('://');
      return status === 407
        ? `give its user and password, % as %25: HTTPS_PROXY=${scheme}://USER:PASSWORD@${host}`
        : `ask its operators, or exclude the host: NO_PROXY=HOST; check it: curl -sv -x ${shellQuote(proxy)} https://HOST`;
    },
  },
  TIMED_OUT: {
    status: 3,
    meaning: 'The service did not answer in time.',
    hint: ({ seconds }) => `try again, or allow more time: --timeout ${Math.max(60, Math.ceil(seconds * 2))}`,
  },
  SERVICE_FAILED: {
    status: 3,
    meaning: 'The service failed (HTTP 5xx).',
    hint: ({ callId }) => `try again in a few minutes${reported(callId)}`,
  },
  TOO_MANY_REQUESTS: {
    status: 3,
    meaning: 'The service limits requests (HTTP 429).',
    hint: ({ retryAfterSeconds }) =>
      `try again in ${retryAfterSeconds === undefined ? 'a minute' : `${retryAfterSeconds} s`}`,
  },
  NO_COOKIE: {
    status: 5,
    meaning: 'The service accepted the login and sent no cookie.',
    hint: ({ callId }) => `check the endpoint: it must be that of the compute service${reported(callId)}`,
  },
  SEVERAL_COOKIES: {
    status: 5,
    meaning: 'The service sent several cookies instead of one.',
    hint: ({ callId }) => `check the endpoint and any proxy in between${reported(callId)}`,
  },
  UNUSABLE_COOKIE: {
    status: 5,
    meaning: 'The service sent a cookie that cannot be used.',
    hint: ({ callId }) => `check the endpoint and any proxy in between${reported(callId)}`,
  },
  REDIRECTED: {
    status: 5,
    meaning: 'The service redirects. Passwords and tokens are not sent to another address.',
    hint: ({ target, path, cloud }) => {
      if (path !== undefined) return `request ${shellQuote(path)} instead`;
      if (target?.startsWith('http')) return `if you trust it, use it: -a ${shellQuote(target)}`;
      return cloud === 'oci' ? 'check the endpoint' : `check the endpoint: ${REST_ENDPOINT}`;
    },
  },
  NOT_EXTENDED: {
    status: 5,
    meaning: 'The refresh worked and did not extend the token.',
    hint: ({ cloud }, program, line) => (cloud === 'oci' ? logInToOci(program, line) : LOG_IN),
  },
  ANSWER_UNREADABLE: {
    status: 7,
    meaning: 'The answer of the service cannot be read.',
    hint: ({ origin }) => `check that this is the service: curl -sv ${shellQuote(origin)}`,
  },
  ANSWER_TOO_LARGE: {
    status: 7,
    meaning: 'The answer of the service is too large.',
    hint: ({ origin }) => `check that this is the service: curl -sv ${shellQuote(origin)}`,
  },
  OBJECT_FAILED: {
    status: 5,
    meaning: 'An object that was waited for has failed, and will not get there.',
    hint: ({ kind, name }) => `see why: oracle-compute get ${kind} ${shellQuote(name)}`,
  },
  REQUEST_REFUSED: {
    status: ({ status }) => statusOfRefusal(status),
    meaning:
      'The service refused the request (HTTP 4xx): 403 is exit 11, 404 is 12, 405 is 13, 406 is 14, 409 is 15, others 9.',
    hint: ({ callId, status, isLogin, kind, meantKind }) => {
      const listed = meantKind ?? kind;
      if (status === 404 && listed !== undefined) return `list what there is: oracle-compute list ${listed}`;
      const isElsewhere = isLogin && [404, 405, 410].includes(status);
      return `${isElsewhere ? `check the path of the endpoint: ${REST_ENDPOINT}` : 'check the path and what was sent'}${reported(callId)}`;
    },
  },
  NOT_THE_COMPUTE_SERVICE: {
    status: 9,
    meaning: 'Another service answered at this endpoint.',
    hint: `check the endpoint: ${REST_ENDPOINT}`,
  },
  CREDENTIALS_REFUSED: {
    status: 10,
    meaning: 'The service refused the user name or the password.',
    hint: 'check both: the user is /Compute-<identity domain>/<name>, or /Compute-<numeric service instance id>/<name> for accounts with IDCS',
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
    meaning: 'The session has expired: 3 hours (OCI: 24 hours) have passed since the login.',
    hint: loginAgain,
  },
  TOKEN_ENDS_SOON: {
    status: 10,
    meaning:
      'The token expires before --min-valid has passed: only a login gives a longer one, or no token lives that long.',
    hint: (fields, program, line) => {
      const { longest } = fields;
      if (longest === undefined) return `${loginAgain(fields, program, line)}; or ask for less: --min-valid 1m`;
      const minutes = longest / 60_000;
      return `a token lives ${minutes} minutes at most; ask for less: --min-valid ${minutes - 1}m`;
    },
  },
  NO_SESSION: { status: 10, meaning: 'No session is stored.', hint: LOG_IN },
  NOT_IN_TIME: {
    status: 75,
    meaning: 'An object that was waited for was not there in time.',
    hint: ({ kind, name }) => `see what it does: oracle-compute get ${kind} ${shellQuote(name)}; or wait longer`,
  },
  SESSION_LOCKED: {
    status: 75,
    meaning: 'Another process held the session for too long.',
    hint: ({ holder }) => {
      const look = holder === undefined ? '' : `, or see what it does: ps -fp ${holder}`;
      return `try again${look}; so that scripts do not wait for each other, give each its own file: --cookie-file FILE`;
    },
  },

  // OCI: regions, config file, keys and tokens, archives, the login in the browser
  REGION_MALFORMED: {
    status: 4,
    meaning: 'The name of the region is malformed.',
    hint: 'write it like this: --region us-ashburn-1',
  },
  REGION_UNKNOWN: {
    status: 4,
    meaning: 'The region is unknown.',
    hint: 'describe it in ~/.oci/regions-config.json or OCI_REGION_METADATA, or write it like this: --region us-ashburn-1',
  },
  REGION_METADATA_MALFORMED: {
    status: 4,
    meaning: 'The description of additional regions cannot be read.',
    hint: ({ from }) => `fix ${from}: it needs realmKey, realmDomainComponent, regionKey and regionIdentifier`,
  },
  PROFILE_NAME_MALFORMED: {
    status: 4,
    meaning: 'The name of the profile has characters that are not allowed.',
    hint: 'use letters, digits, and . _ - @',
  },
  PROFILE_NOT_FOUND: {
    status: 4,
    meaning: 'The config file has no such profile, or there is no config file.',
    hint: ({ path }, program) => `list the sessions: ${program} session list --config-file ${shellQuote(path)}`,
  },
  PROFILE_NOT_A_SESSION: {
    status: 4,
    meaning: 'The profile has no security_token_file of its own, so it is not a session.',
    hint: ({ profile }, program, line) =>
      `choose another with --profile, or ${logInToOci(program, { ...line, profile })}`,
  },
  PROFILE_INCOMPLETE: {
    status: 4,
    meaning: 'The profile lacks a key that a session needs.',
    hint: ({ key, path }, program, line) =>
      `add "${key}=…" to the profile in ${shellQuote(path)}, or ${logInToOci(program, line)}`,
  },
  PROFILE_EXISTS: {
    status: 2,
    meaning: 'A profile of that name exists and was not replaced.',
    hint: ({ profile, sharedAs }) =>
      sharedAs === undefined
        ? `choose another name, or replace it: --profile-name ${shellQuote(profile)} --force`
        : 'choose another name: --profile-name NAME',
  },
  CONFIG_FILE_CORRUPT: {
    status: 4,
    meaning: 'The config file cannot be read as Oracle’s clients read it. It was not changed.',
    hint: ({ path, line }) => `check it: ${line === undefined ? 'cat' : `sed -n ${line}p`} ${shellQuote(path)}`,
  },
  CONFIG_VALUE_UNSAFE: {
    status: 4,
    meaning: 'Not every client would read the value in the config file the same way.',
    hint: ({ key }) => `choose a value without line breaks, = and % for ${key}`,
  },
  TOKEN_MALFORMED: { status: 4, meaning: 'The session token cannot be read.', hint: LOG_IN_TO_OCI },
  TOKEN_FILE_MISSING: { status: 10, meaning: 'The token file of the session does not exist.', hint: LOG_IN_TO_OCI },
  TOKEN_FILE_CORRUPT: { status: 4, meaning: 'The token file is damaged. It was not changed.', hint: LOG_IN_TO_OCI },
  KEY_FILE_MISSING: { status: 4, meaning: 'The private key of the profile does not exist.', hint: LOG_IN_TO_OCI },
  KEY_FILE_MALFORMED: { status: 4, meaning: 'The private key of the profile cannot be read.', hint: LOG_IN_TO_OCI },
  KEY_PASSPHRASE_MISSING: {
    status: 4,
    meaning: 'The private key is encrypted, and no passphrase is given.',
    hint: 'add pass_phrase to the profile, or set OCI_CLI_PASSPHRASE',
  },
  KEY_PASSPHRASE_WRONG: {
    status: 4,
    meaning: 'The passphrase does not open the private key.',
    hint: 'correct pass_phrase in the profile, or OCI_CLI_PASSPHRASE',
  },
  KEY_MISMATCH: {
    status: 4,
    meaning: 'The private key and the session token do not match.',
    hint: LOG_IN_TO_OCI,
  },
  ARCHIVE_REFUSED: {
    status: 4,
    meaning: 'The file is not a session archive, or has content that is not allowed. Nothing was written.',
    hint: (_fields, program) => `export it again on the other machine: ${program} session export --output-file FILE`,
  },
  SUBJECT_TOKEN_MISSING: {
    status: 2,
    meaning: 'There is no token of the pipeline to exchange for a session.',
    hint: 'give it: --subject-token-file FILE, or - for standard input; in GitHub Actions: permissions: id-token: write',
  },
  SUBJECT_TOKEN_MALFORMED: {
    status: 4,
    meaning: 'The token of the pipeline is not a JWT.',
    hint: 'give the token itself: three parts with dots between them, on one line',
  },
  SUBJECT_TOKEN_REFUSED: {
    status: 10,
    meaning: 'The identity domain does not accept the token of the pipeline: expired, another audience, no trust.',
    hint: 'give a new token, and compare its issuer and audience with the identity propagation trust of the domain',
  },
  CLIENT_REFUSED: {
    status: 10,
    meaning: 'The identity domain does not accept the client id and secret.',
    hint: 'compare both with the confidential application in the domain: --client-id ID --client-secret-file FILE',
  },
  CLUSTER_ID_MALFORMED: {
    status: 4,
    meaning: 'The OCID of the cluster is malformed.',
    hint: 'give it as the console shows it: --cluster-id ocid1.cluster.oc1.iad.…',
  },
  ARCHIVE_UNTRUSTED: {
    status: 4,
    meaning: 'The session archive sets more than its own session. Nothing was written.',
    hint: ({ needs }) => `set it yourself: ${needs === 'profile' ? '--profile-name NAME' : '--region REGION'}`,
  },
  PORT_IN_USE: {
    status: 2,
    meaning: 'Another program uses the port that the login page sends its answer to.',
    hint: ({ port }) =>
      `find the program: lsof -i :${port}; for a login on another machine: ssh -L ${port}:localhost:${port} HOST`,
  },
  LOGIN_REFUSED: {
    status: 10,
    meaning: 'The login in the browser was refused. Nothing was changed.',
    hint: (_fields, program, line) => `try again: ${ociLogin(program, line)}`,
  },
  LOGIN_TIMED_OUT: {
    status: 10,
    meaning: 'The login in the browser timed out. Nothing was changed.',
    hint: (_fields, program, line) => `try again, or allow more time: ${ociLogin(program, line)} --timeout 10m`,
  },
  LOGIN_TOKEN_UNUSABLE: {
    status: 5,
    meaning: 'The login worked and its token cannot be used. Nothing was changed.',
    hint: (_fields, program, line) => `try again: ${ociLogin(program, line)}`,
  },
  NO_TOKEN: {
    status: 5,
    meaning: 'The service accepted the request and sent no token. Nothing was changed.',
    hint: ({ callId }) => `try again${reported(callId)}`,
  },
  TOKEN_FOREIGN: {
    status: 5,
    meaning: 'The service sent a token of another user, tenancy or key. It was not stored.',
    hint: ({ callId, profile }, program, line) =>
      profile === undefined
        ? `${logInToOci(program, line)}${reported(callId)}`
        : 'keep both: choose another name with --profile-name',
  },

  // A store that hosts share a session in
  STORE_ADDRESS_MALFORMED: {
    status: 4,
    meaning: 'The address of the store is malformed, or has a password in it.',
    hint: 'give rediss://[user@]host[:port][/db], and the password in a file: OPC_SESSION_STORE_PASSWORD_FILE',
  },
  STORE_ADDRESS_INSECURE: {
    status: 4,
    meaning: 'The address of the store has no TLS and is not on this machine.',
    hint: 'use rediss://, or allow it with --allow-http if you trust the network in between',
  },
  STORE_SESSION_MISSING: {
    status: 10,
    meaning: 'The store has no OCI session of that name, or the session has expired.',
    hint: ({ name }, program) =>
      `push it from a host that has it: ${program} session push --profile ${shellQuote(name)}`,
  },
  STORE_SESSION_REPLACED: {
    status: 10,
    meaning: 'The store has the session of another login to OCI; its token does not match the key on this host.',
    hint: ({ name }, program) => `pull the new one: ${program} session pull --profile ${shellQuote(name)} --force`,
  },
  STORE_KEY_FILE_MALFORMED: {
    status: 4,
    meaning: 'The key file of the store has a line that is not a key.',
    hint: ({ path }) =>
      `write a key on each line, as printed by: oracle-compute store key; check it: wc ${shellQuote(path)}`,
  },
  STORE_KEY_MISSING: {
    status: 2,
    meaning: 'A store is given without a key file to encrypt its sessions.',
    hint: 'make one for all hosts: (umask 077; oracle-compute store key > store.key), and set OPC_SESSION_STORE_KEY_FILE',
  },
  STORE_KEY_UNKNOWN: {
    status: 2,
    meaning: 'The session in the store is encrypted with a key that the key file does not have. It was not changed.',
    hint: 'add the key of the other hosts to the file in OPC_SESSION_STORE_KEY_FILE',
  },
  STORE_VALUE_DAMAGED: {
    status: 4,
    meaning: 'The value in the store cannot be decrypted, or is not a session. It was not changed.',
    hint: 'check it: oracle-compute store status; its administrator can delete that key',
  },
  STORE_REFUSED: {
    status: 2,
    meaning: 'The store refuses the password, or its ACL does not allow a command that is needed.',
    hint: 'look at OPC_SESSION_STORE_PASSWORD_FILE, the user in the address, and the ACL: oracle-compute store status',
  },
  STORE_UNREACHABLE: {
    status: 3,
    meaning: 'The store cannot be reached or cannot answer now. The copy on this host works until it expires.',
    hint: ({ left }) =>
      left
        ? `end it for the other hosts later: oracle-compute logout -a ${shellQuote(left.endpoint)} -u ${shellQuote(left.user)}`
        : 'try again later; check it: oracle-compute store status',
  },
  STORE_TLS_FAILED: {
    status: 3,
    meaning: 'The TLS connection to the store failed.',
    hint: 'check the address, or trust the authority of its certificate: --ca-bundle FILE',
  },
};

/** The exit status for a refusal by HTTP status, in the order of Oracle's error names. */
export function statusOfRefusal(httpStatus: number): number {
  return CLIENT_ERROR_STATUSES[httpStatus] ?? 9;
}

function logInToOci(program: string, line: LineOptions): string {
  return `log in: ${ociLogin(program, line)}`;
}

function loginAgain({ source, cloud }: { source: string; cloud?: 'oci' }, program: string, line: LineOptions): string {
  if (cloud === 'oci') return logInToOci(program, line);
  return source === 'OPC_COOKIE'
    ? 'unset OPC_COOKIE to use the stored session, or log in: eval "$(oracle-compute auth …)"'
    : LOG_IN;
}

function savePassword(user: string, endpoint: string): string {
  return `save it: oracle-compute password set ${shellQuote(user)} -a ${shellQuote(endpoint)}`;
}

function setAside(path: string): string {
  return `set it aside and log in: mv ${shellQuote(path)} ${shellQuote(`${path}.aside`)}`;
}

/** For a folder that `sudo` left in a home. */
function takeOverFolder(folder: string | undefined): string | undefined {
  return folder === undefined ? undefined : `the folder belongs to another user; make it yours: ${takeOver(folder)}`;
}

function takeOver(path: string): string {
  return `sudo chown -R "$(id -u)" ${shellQuote(path)}`;
}

/** For the end of a hint: the id by which the service's operators find the call. */
function reported(callId: string | undefined): string {
  return callId === undefined ? '' : `; Oracle can find the call by its id ${callId}`;
}
