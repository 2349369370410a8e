import { type EnvironmentOptions, environmentFrom } from '../environment.js';
import { OracleComputeError } from '../errors.js';
import { ownUserId } from '../files/owner.js';
import { readPasswordFile } from '../secrets/password-file.js';
import { parseStoreAddress } from '../store/address.js';
import { parseAccountName, parseEndpoint } from './account.js';
import { findSession } from './find-session.js';
import { ComputeSession } from './session.js';
import { sharedSessionStore, sharing } from './shared-session.js';

export interface OpenSessionOptions extends EnvironmentOptions {
  /** `https://host[:port]`; the scheme and the last slash may be missing. */
  readonly endpoint?: string;
  /** `/customer/name`, e.g. `/Compute-acme/jack.jones@example.com`. */
  readonly user?: string;
  /** A file that only its owner can read. Without it and `password`, a session that is over stays over. */
  readonly passwordFile?: string;
  /** The password itself, or a function that gets it when it is needed. Overrides `passwordFile`. */
  readonly password?: string | (() => string | Promise<string>);
  /** The file that stores the session; default: the commands' own, below `~/.opc/cookies/`. */
  readonly cookiesFile?: string;
  /** A store that hosts share the session in; the cookies file is this host's copy then. */
  readonly store?: SessionStoreOptions;
}

/** A store on Redis or Valkey that hosts share sessions in. */
export interface SessionStoreOptions {
  /** `rediss://[user@]host[:port][/db]`, or `rediss+sentinel://h1,h2,h3/name[/db]`. Without TLS to this machine only. */
  readonly url: string;
  /** The server's password, in a file that only its owner can read. */
  readonly passwordFile?: string;
  /** The keys that encrypt the session, in such a file: one a line, the first encrypts, every one opens. */
  readonly keyFile: string;
  /** Milliseconds to wait for another host to log in, if there is no session and no password. */
  readonly waitForSession?: number;
}

const LOCK_WAIT = 30_000;

/**
 * Opens the session of a user at an endpoint, stored or yet to begin. If one of the two is missing, opens the only
 * stored session that fits. Sends nothing until the session is used.
 *
 * @throws OracleComputeError ADDRESS_MALFORMED, ACCOUNT_MALFORMED, STORE_ADDRESS_MALFORMED, STORE_ADDRESS_INSECURE;
 *   MISSING_VALUE if no stored session fits, or several do
 */
export async function openSession(options: OpenSessionOptions = {}): Promise<ComputeSession> {
  const { clock, env, home, http } = environmentFrom(options);
  const owner = { uid: ownUserId() };
  const { cookiesFile, password, passwordFile, signal } = options;
  const found = await findSession(
    {
      endpoint: options.endpoint === undefined ? undefined : parseEndpoint(options.endpoint),
      user: options.user === undefined ? undefined : parseAccountName(options.user),
      cookiesFile,
    },
    { home, owner, clock },
  );
  if (!found) throw missingValue(options.endpoint === undefined ? 'endpoint' : 'user');
  const obtain = async () => {
    if (password === undefined) return readPasswordFile(passwordFile ?? '', { ...owner, signal });
    return typeof password === 'string' ? password : password();
  };
  const session = new ComputeSession({
    ...found.account,
    http,
    clock,
    store: found.store,
    password: password === undefined && passwordFile === undefined ? undefined : obtain,
    wait: LOCK_WAIT,
    signal,
  });
  if (!options.store) return session;
  const { url, waitForSession, ...files } = options.store;
  const settings = {
    passwordFile: undefined,
    ...files,
    address: parseStoreAddress(url),
    certificateAuthorities: async () => options.certificateAuthorities,
    extraAuthoritiesFile: env.NODE_EXTRA_CA_CERTS,
  };
  const store = sharedSessionStore(found.store, found.account, settings, { clock, owner, signal });
  return session.with({ store, sharing: sharing(store, waitForSession) });
}

function missingValue(name: 'endpoint' | 'user'): OracleComputeError {
  return new OracleComputeError('MISSING_VALUE', `no ${name} is given, and no session is stored`, { name });
}
