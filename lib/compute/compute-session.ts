import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../clock.js';
import { type EnvironmentOptions, environmentFrom } from '../environment.js';
import { OracleComputeError } from '../errors.js';
import { ownUserId } from '../files/owner.js';
import { collect } from '../http/body.js';
import type { HttpClient } from '../http/client.js';
import { readPasswordFile } from '../secrets/password-file.js';
import { stateOf } from '../session/lifetimes.js';
import { parseStoreAddress } from '../store/address.js';
import type { StoreSettings } from '../store/open-remote-session.js';
import { parseAccountName, parseEndpoint } from './account.js';
import { sendAuthenticated } from './client/authenticated-request.js';
import { ComputeClient } from './client/client.js';
import { requestUrl } from './client/request-path.js';
import { findSession } from './find-session.js';
import { SessionKeeper, type Sharing } from './session-keeper.js';
import { sharedSessionStore, sharing } from './shared-session.js';
import { type ComputeStore, type StoredSession, serviceTime } from './stored-session.js';
import { storedTokenSource } from './token/token-source.js';

export interface OpenSessionOptions extends EnvironmentOptions {
  /** `https://host[:port]`; the scheme and the last slash may be missing. */
  readonly endpoint?: string;
  /** `/customer/name`, e.g. `/Compute-acme/jack.jones@example.com`. */
  readonly user?: string;
  /** A file that only its owner can read. Without it and `password`, a session that is over stays over. */
  readonly passwordFile?: string;
  /** The password itself, or a function that gets it when it is needed. Stands before `passwordFile`. */
  readonly password?: string | (() => string | Promise<string>);
  /** Where the session is kept; default: the same place as the commands use, below `~/.opc/cookies/`. */
  readonly cookiesFile?: string;
  /** A store that hosts share the session in; the cookies file is this host's copy then. */
  readonly store?: SessionStoreOptions;
}

/** A store on Redis or Valkey that hosts share sessions in. */
export interface SessionStoreOptions {
  /** `rediss://[user@]host[:port][/db]`, or `rediss+sentinel://h1,h2,h3/name[/db]`. Without TLS to this machine only. */
  readonly url: string;
  /** The engine's password, in a file that only its owner can read. */
  readonly passwordFile?: string;
  /** The keys that encrypt the session, in such a file: one a line, the first encrypts, every one opens. */
  readonly keyFile: string;
  /** Milliseconds to wait for another host to log in, where there is no session and no password. */
  readonly waitForSession?: number;
}

/** When the token and its session end. */
export interface SessionStatus {
  readonly valid: boolean;
  readonly tokenExpiresAt: Date;
  readonly sessionExpiresAt: Date;
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is; text as UTF-8. The content type is the service's own, unless `headers` has one. */
  readonly body?: string | Uint8Array;
}

export interface ComputeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

const LOCK_WAIT = 30_000;
/** A program that lists more than this asks for one container after the other. */
const ANSWER_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * A session of Oracle Compute, shared through its cookies file with the commands and with other programs: under the
 * same lock, with one refresh for any number of callers.
 */
export class ComputeSession {
  /** The service's origin. */
  readonly endpoint: string;
  readonly user: string;
  private readonly keeper: SessionKeeper;

  /** Use `openSession`. */
  constructor(
    private readonly http: HttpClient,
    private readonly clock: Clock,
    private readonly store: ComputeStore,
    private readonly password: (() => Promise<string>) | undefined,
    place: {
      readonly endpoint: string;
      readonly user: string;
      readonly signal?: AbortSignal;
      readonly sharing?: Sharing;
    },
  ) {
    this.endpoint = place.endpoint;
    this.user = place.user;
    const client = new ComputeClient(http, place.endpoint);
    const { user, signal, sharing } = place;
    this.keeper = new SessionKeeper({ client, store, clock, user, wait: LOCK_WAIT, signal, sharing });
  }

  /** Begins a new session with the password, in place of the stored one. */
  async login(): Promise<SessionStatus> {
    if (!this.password) {
      const { endpoint, user } = this;
      const fields = { keychain: 'empty' as const, user, endpoint };
      throw new OracleComputeError('PASSWORD_MISSING', `there is no password for ${user}`, fields);
    }
    return this.statusOf(await this.keeper.login(await this.password()));
  }

  /**
   * A cookie value that is good for at least `minValidSeconds` (default 60), as far as the session's end allows:
   * renewed where it has to be, by a login where nothing else helps and there is a password.
   *
   * @throws OracleComputeError TOKEN_EXPIRED, SESSION_OVER, NO_SESSION, CREDENTIALS_REFUSED, NOT_EXTENDED,
   *   SESSION_LOCKED, and what the network and the cookies file bring
   */
  async cookie({ minValidSeconds = 60 }: { readonly minValidSeconds?: number } = {}): Promise<string> {
    const { session } = await this.keeper.refresh({
      minValid: minValidSeconds * 1000,
      reauthenticate: this.password,
    });
    return session.token;
  }

  /** Extends the token by 30 minutes from now, never beyond the end of the session. Throws as `cookie`. */
  async refresh(): Promise<SessionStatus> {
    return this.statusOf((await this.keeper.refresh({ reauthenticate: this.password })).session);
  }

  /** When the stored session ends, or undefined where there is none. Asks no service. */
  async status(): Promise<SessionStatus | undefined> {
    const session = await this.store.read();
    return session && this.statusOf(session);
  }

  /**
   * One authenticated call to a path below the endpoint. Any status except 401 is an answer; a newer cookie in it is
   * kept. The body is read within the time limit of the request, up to 64 MiB.
   *
   * @throws OracleComputeError PATH_MALFORMED, TOKEN_REFUSED, ANSWER_TOO_LARGE, and as `cookie`
   */
  async request(method: string, path: string, options: RequestOptions = {}): Promise<ComputeAnswer> {
    const { headers, body } = options;
    const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
    const answer = await sendAuthenticated(
      { http: this.http, tokens: storedTokenSource(this.keeper, this.store.location, this.password) },
      { method, url: requestUrl(this.endpoint, path), headers, body: bytes && { bytes } },
    );
    const whole = await collect(answer.body, ANSWER_LIMIT_BYTES, this.endpoint);
    return { status: answer.status, headers: answer.headers, body: whole };
  }

  /** Removes the stored session and says whether there was one. The service has no way to revoke its token. */
  async logout(): Promise<boolean> {
    return this.store.exclusively({ wait: LOCK_WAIT }, (session) => session.remove());
  }

  private statusOf(session: StoredSession): SessionStatus {
    return {
      valid: stateOf(session, serviceTime(session, this.clock)) === 'valid',
      tokenExpiresAt: new Date(session.tokenExpiresAt),
      sessionExpiresAt: new Date(session.sessionExpiresAt),
    };
  }
}

/**
 * Opens the session of a user at an endpoint, stored or yet to be begun. Where one of the two is not given, the only
 * stored session that fits is meant. Nothing is sent until the session is used.
 *
 * @throws OracleComputeError ADDRESS_MALFORMED, ACCOUNT_MALFORMED, STORE_ADDRESS_MALFORMED, STORE_ADDRESS_INSECURE; MISSING_VALUE where no stored session fits, or
 *   several do
 */
export async function openSession(options: OpenSessionOptions = {}): Promise<ComputeSession> {
  const { clock, env, home, http } = environmentFrom(options);
  const owner = { uid: ownUserId() };
  const { cookiesFile, password, passwordFile, signal } = options;
  const found = await findSession(
    {
      ...(options.endpoint !== undefined && { endpoint: parseEndpoint(options.endpoint) }),
      ...(options.user !== undefined && { user: parseAccountName(options.user) }),
      ...(cookiesFile !== undefined && { cookiesFile }),
    },
    { home, owner, clock },
  );
  if (!found) throw missingValue(options.endpoint === undefined ? 'endpoint' : 'user');
  const obtain =
    password === undefined && passwordFile === undefined
      ? undefined
      : async () => {
          if (password === undefined)
            return readPasswordFile(passwordFile ?? '', { ...owner, ...(signal && { signal }) });
          return typeof password === 'string' ? password : password();
        };
  const place = { ...found.account, ...(signal && { signal }) };
  if (!options.store) return new ComputeSession(http, clock, found.store, obtain, place);
  const { url, waitForSession, ...files } = options.store;
  const settings: StoreSettings = {
    passwordFile: undefined,
    ...files,
    address: parseStoreAddress(url),
    certificateAuthorities: async () => options.certificateAuthorities,
    extraAuthoritiesFile: env.NODE_EXTRA_CA_CERTS,
  };
  const store = sharedSessionStore(found.store, found.account, settings, { clock, owner, ...(signal && { signal }) });
  const shared = sharing(store, waitForSession);
  return new ComputeSession(http, clock, store, obtain, { ...place, sharing: shared });
}

function missingValue(name: 'endpoint' | 'user'): OracleComputeError {
  const fields = { name, flag: name, variable: name === 'user' ? 'OPC_USER' : 'OPC_API' };
  return new OracleComputeError('MISSING_VALUE', `no ${name} is given, and no session is stored`, fields);
}
