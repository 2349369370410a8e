import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../clock.js';
import { formatInstant } from '../clock.js';
import { isOracleComputeError, OracleComputeError } from '../errors.js';
import type { HttpClient } from '../http/client.js';
import { marginOf, type RenewalGoal } from '../session/decide.js';
import {
  COMPUTE_LIFETIMES,
  expiresAfter,
  isExtendable,
  renewalMargin,
  type SessionState,
  stateOf,
} from '../session/lifetimes.js';
import {
  changesTooOften,
  type LoginReason,
  MOST_ATTEMPTS,
  type Renewed,
  type RenewOptions,
  renew,
  saveIfNewer,
  type Waiting,
} from '../session/renew.js';
import { endSession } from '../session/store.js';
import type { AuthenticatedAnswer, ComputeRequest } from './client/authenticated-request.js';
import { ComputeClient, type IssuedToken, tokenRefused } from './client/client.js';
import { ComputeObjects } from './resources/compute-objects.js';
import {
  assertNotExpired,
  type ComputeStore,
  computeExpiredError,
  computeRules,
  newerSession,
  type StoredSession,
  serviceTime,
  sessionFromLogin,
} from './stored-session.js';
import type { EnvSession } from './token/env-session.js';

/** The state of a session. Instants are by the service's clock. */
export interface SessionStatus {
  readonly valid: boolean;
  /** `unknown`: the token does not say when it expires. */
  readonly state: SessionState | 'unknown';
  /** Empty if a token in a variable does not say whose it is. */
  readonly endpoint: string;
  readonly user: string;
  /** Where the token comes from: a cookies file, a store, or a variable. */
  readonly source: string;
  /** The cookies file on this host; undefined for a session that is stored nowhere. */
  readonly cookiesFile: string | undefined;
  readonly issuedAt: Date;
  readonly startedAt: Date;
  readonly tokenExpiresAt: Date;
  readonly sessionExpiresAt: Date;
  readonly now: Date;
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent unchanged; text as UTF-8. The content type is the service's own, unless `headers` has one. */
  readonly body?: string | Uint8Array;
}

export interface ComputeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

/** How hosts that share a session behave towards each other. */
export interface Sharing {
  /**
   * Waits until another host has begun a session; false if none has. A token that the service has refused may look good
   * for some seconds if this host's clock is not the service's.
   */
  readonly waitForSession?: (refused: string | undefined) => Promise<boolean>;
  /**
   * How much earlier than alone a host that shares the session begins a new one, in milliseconds. Hosts that cannot log
   * in then find it in time, and hosts that can log in do not do it at the same moment.
   */
  readonly earlier: (session: StoredSession) => number;
}

export interface SessionParts {
  readonly http: HttpClient;
  readonly clock: Clock;
  /** The service's origin. */
  readonly endpoint: string;
  /** Empty if a token in a variable does not say whose it is. */
  readonly user: string;
  /** The store of the session. */
  readonly store: ComputeStore;
  /** The session of a token that is stored nowhere, as in `OPC_COOKIE`; `store` is in memory then. */
  readonly unstored?: EnvSession;
  /** Gets the password for a new session. If it is missing or gives undefined, no new session begins. */
  readonly password?: (reason: LoginReason) => Promise<string | undefined>;
  /** How long to wait for another process that uses the session, in milliseconds. */
  readonly wait: number;
  readonly signal?: AbortSignal;
  readonly sharing?: Sharing;
  /** Called once if another process makes this one wait. */
  readonly onWait?: () => void;
  /** Gets the error if a newer token that an answer brought could not be stored. The request itself succeeds. */
  readonly onLostToken?: (error: OracleComputeError) => void;
}

export interface KeepAliveOptions {
  /** Ends the keeping. */
  readonly signal: AbortSignal;
  /** Gets the first of several failures in a row. The next attempt may succeed. */
  readonly onFailure?: (error: unknown) => void;
}

/** A program that starts with a token wants it to live for this long, unless tokens live for less. Milliseconds. */
const LASTING_MARGIN = 10 * 60_000;
/** A token this close to its end might expire during the request. Milliseconds; less for tokens that live for seconds. */
const REQUEST_MARGIN = 2 * 60_000;
/** The last token of a session is used almost to its end: an earlier login would waste the session. Milliseconds. */
const LAST_MOMENTS = 20_000;
/** How long requests share a token. Another process may renew the session, or end it. Milliseconds. */
const HELD = 1000;
/** A program that lists more than this asks for one container after the other. */
const ANSWER_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * A session of Oracle Compute, shared through its cookies file with the commands and with other programs: under one
 * lock, with one refresh for any number of callers.
 */
export class ComputeSession {
  /** The service's origin. */
  readonly endpoint: string;
  /** Empty if a token in a variable does not say whose it is. */
  readonly user: string;
  /** A password that the service has refused is not sent again. */
  private refusedPassword: string | undefined;
  /** The token that requests share for a moment, see `heldToken`. */
  private held: { readonly token: Promise<string>; since: number | undefined } | undefined;

  /** Use `openSession`. */
  constructor(private readonly parts: SessionParts) {
    this.endpoint = parts.endpoint;
    this.user = parts.user;
  }

  /** The source of the session, for messages: a cookies file, a store, or a variable. */
  get source(): string {
    return this.parts.store.location;
  }

  /** The cookies file on this host; undefined for a session that is stored nowhere. */
  get cookiesFile(): string | undefined {
    const { store, unstored } = this.parts;
    return unstored ? undefined : (store.copyLocation ?? store.location);
  }

  /** The same session with some of its parts exchanged, e.g. for work in the background. */
  with(parts: Partial<SessionParts>): ComputeSession {
    return new ComputeSession({ ...this.parts, ...parts });
  }

  /**
   * Begins a new session with the password, in place of the stored one.
   *
   * @throws OracleComputeError PASSWORD_MISSING, CREDENTIALS_REFUSED, SESSION_LOCKED, and what the network and the
   *   cookies file bring
   */
  async login(): Promise<SessionStatus> {
    const password = await this.parts.password?.('now');
    if (password !== undefined) return this.statusOf(await this.begin(password));
    const { endpoint, user } = this;
    const fields = { keychain: 'empty' as const, user, endpoint };
    throw new OracleComputeError('PASSWORD_MISSING', `no password for ${user}`, fields);
  }

  /** As `login`, with a given password; returns the whole stored session. */
  async begin(password: string): Promise<StoredSession> {
    const { store } = this.parts;
    this.held = undefined;
    // A damaged or foreign file is found before the password goes out.
    await (store.assertUsable ?? store.read)();
    const session = await this.authenticate(password);
    await store.exclusively<void>(this.waiting(), async (locked) => {
      for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
        if (await locked.replace(session, await locked.read())) return;
      }
      throw changesTooOften(store.location);
    });
    return session;
  }

  /** Extends the token by 30 minutes from now, never beyond the end of the session. Throws as `cookie`. */
  async refresh(): Promise<SessionStatus> {
    return this.statusOf((await this.renew()).session);
  }

  /**
   * Renews the token if it ends sooner than the goal allows: extends it, or logs in if that does not help and there is a
   * password. Gives all that is stored, and what was done.
   *
   * @throws OracleComputeError NO_SESSION, TOKEN_EXPIRED, SESSION_OVER (before any request), NOT_EXTENDED,
   *   TOKEN_REFUSED, SESSION_LOCKED, CREDENTIALS_REFUSED, and what the network and the cookies file bring
   */
  async renew(goal: RenewalGoal<StoredSession> = {}): Promise<Renewed<StoredSession>> {
    const { sharing } = this.parts;
    let { refused } = goal;
    try {
      return await this.renewOnce(sharing ? withEarlierLogin(goal, sharing) : goal, ({ token }) => {
        refused = token;
      });
    } catch (error) {
      const isOver = isOracleComputeError(error, 'NO_SESSION', 'SESSION_OVER', 'TOKEN_EXPIRED', 'TOKEN_REFUSED');
      if (!isOver || !(await sharing?.waitForSession?.(refused))) throw error;
      return this.renewOnce(goal);
    }
  }

  /**
   * The session for a program that is to use it for a while: its token is renewed first if it would end too soon.
   *
   * @param minValid milliseconds, a condition; without it ten minutes are aimed at, and less is no error
   * @throws OracleComputeError TOKEN_ENDS_SOON, and as `renew`
   */
  async lasting(minValid?: number): Promise<StoredSession> {
    const margin = this.parts.unstored
      ? LASTING_MARGIN
      : (session: StoredSession) => renewalMargin(session, LASTING_MARGIN);
    const { session } = await this.renew({ minValid: minValid ?? margin });
    if (minValid !== undefined) this.assertLasts(session, minValid);
    return session;
  }

  /**
   * As `renew`; the token then lives longer than `minValid` milliseconds, or as long as its session.
   *
   * @throws OracleComputeError TOKEN_ENDS_SOON, and as `renew`
   */
  async renewFor(minValid: number | undefined): Promise<Renewed<StoredSession>> {
    const renewed = await this.renew({ minValid });
    const isPossible = minValid === undefined || (minValid < COMPUTE_LIFETIMES.token && !isExtendable(renewed.session));
    if (!isPossible) this.assertLasts(renewed.session, minValid);
    return renewed;
  }

  private assertLasts(session: StoredSession, minValid: number): void {
    if (expiresAfter(session, serviceTime(session, this.parts.clock), minValid)) return;
    const expiresAt = session.tokenExpiresAt;
    const longest = minValid < COMPUTE_LIFETIMES.token ? undefined : COMPUTE_LIFETIMES.token;
    const message = `the token ends at ${formatInstant(expiresAt)}, sooner than requested`;
    throw new OracleComputeError('TOKEN_ENDS_SOON', message, { expiresAt, source: this.source, longest });
  }

  /**
   * A cookie value that is good for at least `minValidSeconds` (default 60), as far as the session's end allows. Renews
   * the token if it must, by a login if nothing else helps and there is a password.
   *
   * @throws OracleComputeError as `renew`
   */
  async cookie({ minValidSeconds = 60 }: { readonly minValidSeconds?: number } = {}): Promise<string> {
    return (await this.renew({ minValid: minValidSeconds * 1000 })).session.token;
  }

  /**
   * Keeps the stored session fresh until the signal aborts or a logout ends it: renews each token at half of its life,
   * so that other readers of the session find a good token.
   *
   * @param first the session that the caller has, if any
   */
  async keepAlive({ signal, onFailure }: KeepAliveOptions, first?: StoredSession): Promise<void> {
    const { clock } = this.parts;
    const { keepAlive } = await import('../session/keep-alive.js');
    await keepAlive(first ?? (await this.renew({ minValid: 0 })).session, {
      clock,
      signal,
      issuedAt: ({ issuedAt }) => issuedAt,
      serviceTime: (current) => serviceTime(current, clock),
      renew: async (minValid) => (await this.renew({ minValid, mustExist: true })).session,
      onFailure: (error) => onFailure?.(error),
    });
  }

  /** When the stored session ends; undefined without a session. Sends no request. */
  async status(): Promise<SessionStatus | undefined> {
    const session = await this.parts.store.read();
    return session && this.statusOf(session);
  }

  /**
   * One authenticated call to a path below the endpoint. Any status except 401 is an answer; a newer cookie in it is
   * stored. The body is read within the time limit of the request, up to 64 MiB.
   *
   * @throws OracleComputeError PATH_MALFORMED, TOKEN_REFUSED, ANSWER_TOO_LARGE, and as `renew`
   */
  async request(method: string, path: string, options: RequestOptions = {}): Promise<ComputeAnswer> {
    const { headers, body } = options;
    const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
    const { requestUrl } = await import('./client/request-path.js');
    const url = requestUrl(this.endpoint, path);
    const answer = await this.send({ method, url, headers, body: bytes && { bytes } });
    const { collect } = await import('../http/body.js');
    const whole = await collect(answer.body, ANSWER_LIMIT_BYTES, this.endpoint);
    return { status: answer.status, headers: answer.headers, body: whole };
  }

  /** As `request`, with bodies that are sent and read as they come. The caller reads the answer's body to its end. */
  async send(request: ComputeRequest): Promise<AuthenticatedAnswer> {
    const { sendAuthenticated } = await import('./client/authenticated-request.js');
    return sendAuthenticated(
      {
        http: this.parts.http,
        source: this.source,
        token: () => this.tokenForRequest(),
        replaceToken: (refused, callId) => this.tokenInsteadOf(refused, callId),
        saveIfNewer: (issued) => this.saveIfNewer(issued),
        onLostToken: this.parts.onLostToken,
      },
      request,
    );
  }

  /**
   * The objects of a kind: the original's word (`ipreservation`), its successor's (`ip-reservations`), or a REST path.
   *
   * @param list the image list, for kinds whose objects are entries of one
   * @throws OracleComputeError OBJECT_MALFORMED
   */
  objects(kind: string, list?: string): ComputeObjects {
    const { endpoint, user } = this;
    const { clock, signal } = this.parts;
    const keepFresh = () => this.tokenForRequest();
    const send = (request: ComputeRequest) => this.send(request);
    return new ComputeObjects({ endpoint, user, clock, signal, keepFresh, send }, kind, list);
  }

  /**
   * Removes the stored session and says whether there was one. The service has no way to revoke its token.
   *
   * @throws OracleComputeError STORE_UNREACHABLE and other errors of a shared store: it still has the session, this host
   *   has not
   */
  async logout(): Promise<boolean> {
    const { wasStored, untold } = await endSession(this.parts.store, this.waiting());
    this.held = undefined;
    if (untold) throw untold;
    return wasStored;
  }

  /** Uses a token that is stored nowhere until it ends: a newer one would be lost with this process. */
  private async tokenForRequest(): Promise<string> {
    const { unstored, clock } = this.parts;
    if (!unstored) return this.heldToken();
    const now = serviceTime(unstored, clock);
    const over = unstored.timesKnown ? computeExpiredError(unstored, now, this.source) : undefined;
    if (over) throw over;
    return unstored.token;
  }

  private async tokenInsteadOf(refused: string, callId: string | undefined): Promise<string> {
    if (this.parts.unstored) throw tokenRefused(this.endpoint, this.source, callId);
    return this.heldToken(refused);
  }

  /**
   * The stored token, for requests that follow each other or are made at the same time: they share one look at the store,
   * and one renewal if the service has refused their token.
   */
  private async heldToken(refused?: string): Promise<string> {
    const { clock } = this.parts;
    const isFresh = ({ since }: NonNullable<typeof this.held>) =>
      since === undefined || Math.abs(clock.now() - since) < HELD;
    for (let { held } = this; held && isFresh(held); held = this.held) {
      const token = await held.token;
      if (token !== refused) return token;
      if (held === this.held) break;
    }
    const held: NonNullable<typeof this.held> = { token: this.storedToken(refused), since: undefined };
    this.held = held;
    const end = () => {
      if (this.held === held) this.held = undefined;
    };
    held.token.then(() => {
      held.since = clock.now();
    }, end);
    return held.token;
  }

  private async storedToken(refused?: string): Promise<string> {
    const { session } = await this.renew({
      minValid: (current) => renewalMargin(current, REQUEST_MARGIN),
      minSession: (current) => Math.min(LAST_MOMENTS, (current.sessionExpiresAt - current.startedAt) / 30),
      refused,
    });
    return session.token;
  }

  /** Stores a newer token that came with any answer, unless the stored session already has a newer one. */
  private async saveIfNewer(issued: IssuedToken): Promise<void> {
    const { store, clock, unstored } = this.parts;
    if (unstored) return;
    await saveIfNewer(store, this.waiting(), (current) => newerSession(current, issued, clock.sinceBoot?.()));
  }

  private renewOnce(
    goal: RenewalGoal<StoredSession>,
    onExtend?: RenewOptions<StoredSession>['onExtend'],
  ): Promise<Renewed<StoredSession>> {
    const { store, clock, password } = this.parts;
    const begin = password && (async (reason: LoginReason) => this.loginWith(await password(reason)));
    const rules = computeRules(this.client(), clock, store.location);
    return renew<StoredSession>(store, rules, this.waiting(), { ...goal, begin, onExtend });
  }

  private loginWith(password: string | undefined): (() => Promise<StoredSession>) | undefined {
    if (password === undefined || password === this.refusedPassword) return undefined;
    return async () => {
      try {
        return await this.authenticate(password);
      } catch (error) {
        if (isOracleComputeError(error, 'CREDENTIALS_REFUSED')) this.refusedPassword = password;
        throw error;
      }
    };
  }

  /** Gets a new session, which is stored nowhere yet. */
  private async authenticate(password: string): Promise<StoredSession> {
    const issued = await this.client().authenticate(this.user, password);
    const session = sessionFromLogin(this.endpoint, this.user, issued, this.parts.clock.sinceBoot?.());
    assertNotExpired(session);
    return session;
  }

  private client(): ComputeClient {
    return new ComputeClient(this.parts.http, this.endpoint);
  }

  private waiting(): Waiting {
    const { wait, signal, onWait } = this.parts;
    return { wait, signal, onWait };
  }

  private statusOf(session: StoredSession): SessionStatus {
    return statusOf(session, this.parts.store, this.parts.clock);
  }
}

export function statusOf(
  session: StoredSession,
  { location, copyLocation }: Pick<ComputeStore, 'location' | 'copyLocation'>,
  clock: Clock,
  timesKnown = true,
): SessionStatus {
  const { endpoint, user } = session;
  const now = serviceTime(session, clock);
  const state = stateOf(session, now);
  return {
    valid: state === 'valid',
    state: timesKnown ? state : 'unknown',
    endpoint,
    user,
    source: location,
    cookiesFile: copyLocation ?? location,
    issuedAt: new Date(session.issuedAt),
    startedAt: new Date(session.startedAt),
    tokenExpiresAt: new Date(session.tokenExpiresAt),
    sessionExpiresAt: new Date(session.sessionExpiresAt),
    now: new Date(now),
  };
}

function withEarlierLogin(goal: RenewalGoal<StoredSession>, { earlier }: Sharing): RenewalGoal<StoredSession> {
  const minSession = goal.minSession ?? goal.minValid;
  return { ...goal, minSession: (session) => (marginOf(session, minSession) ?? 0) + earlier(session) };
}
