import type { Clock } from '../clock.js';
import { formatInstant } from '../clock.js';
import { isOracleComputeError, OracleComputeError } from '../errors.js';
import { ownUserId } from '../files/owner.js';
import type { HttpClient } from '../http/client.js';
import type { Margin } from '../session/decide.js';
import { expiredError, OCI_LIFETIMES, type SessionTimes } from '../session/lifetimes.js';
import { type Change, type RenewalRules, renew } from '../session/renew.js';
import type { SessionStore } from '../session/store.js';
import type { ReceivedToken } from './client/auth-client.js';
import { findRegion, type RegionEnvironment, regionHosts, resolveRegion } from './client/regions.js';
import type { SessionProfile } from './config/session-profile.js';
import { checkKeyFits, loadPrivateKey } from './credentials/credential-files.js';
import type { PrivateKey } from './credentials/key-pair.js';
import { type SecurityToken, tokenTimes } from './credentials/security-token.js';
import { notedExchange } from './pipeline/exchange-settings.js';
import { type SessionToken, type StoredToken, tokenFileStore } from './token-file-store.js';

/** Longer than a request may take, so that a waiting process outlasts a slow one. Milliseconds. */
const LOCK_WAIT = 45_000;

/** In hours. */
const SESSION_LENGTH = OCI_LIFETIMES.session / 3_600_000;

export interface RefreshDeps extends RegionEnvironment {
  readonly clock: Clock;
  readonly http: HttpClient;
  readonly signal?: AbortSignal;
  /** Puts a store that hosts share behind the token file, which is this host's copy then. */
  readonly share?: (copy: SessionStore<SessionToken>) => SessionStore<SessionToken>;
  /** Runs once, when another process turns out to be at work on the session. */
  readonly onWait?: () => void;
}

export interface RefreshOptions {
  /** Nothing is done while the token lives longer than this. Milliseconds. */
  readonly minValid?: Margin<SessionToken>;
  /** Stands before the profile's region. */
  readonly region?: string;
  /** The origin to ask instead of the region's own. */
  readonly endpoint?: string;
  /** Stands before the profile's passphrase. */
  readonly passphrase?: string;
}

export interface RefreshedSession {
  readonly change: Change;
  readonly token: SecurityToken;
  readonly times: SessionTimes;
  /** When the token's file was written, by this machine's clock. */
  readonly writtenAt: number;
}

/**
 * Makes the token of a session live longer: an hour from now, never beyond the session's end. One request for any
 * number of processes that ask at the same time; the file is replaced whole, and only by a token that lives longer.
 *
 * @throws OracleComputeError TOKEN_EXPIRED and SESSION_OVER before any request, NOT_EXTENDED, KEY_MISMATCH,
 *   SESSION_LOCKED, PROFILE_INCOMPLETE, and what reading the files and asking the service throw
 */
export async function refreshSession(
  profile: SessionProfile,
  deps: RefreshDeps,
  options: RefreshOptions = {},
): Promise<RefreshedSession> {
  const { clock, signal, onWait, share } = deps;
  const file = tokenFileStore(profile, clock);
  const waiting = { wait: LOCK_WAIT, signal, onWait };
  const loadKey = keyLoader(profile, options);
  const byExchange =
    notedExchange(profile.values) && (await import('./pipeline/renew-by-exchange.js')).renewalByExchange;
  const { session, change } = await renew(
    share ? share(file) : file,
    ociRules(profile, deps, options, loadKey),
    waiting,
    {
      minValid: options.minValid,
      ...byExchange?.(profile, { ...deps, uid: ownUserId() }, loadKey),
    },
  );
  const { token, tokenExpiresAt, sessionExpiresAt, writtenAt } = session;
  // Nothing was signed, so nothing has shown that the key is the right one.
  if (change === 'long-enough' || change === 'at-session-end') {
    await assertUsable(profile, token, options.region ?? profile.region, loadKey);
  }
  return {
    // A new token from a pipeline's exchange continues the session: report it as a refresh.
    change: change === 'logged-in' ? 'refreshed' : change,
    token,
    times: { tokenExpiresAt, sessionExpiresAt },
    writtenAt,
  };
}

/**
 * A session whose token is valid is still of no use if its key is missing, cannot be read or belongs to another token, or
 * if nothing names its region. A key whose passphrase nobody has given may be good.
 *
 * @throws OracleComputeError KEY_FILE_MISSING, KEY_FILE_MALFORMED, KEY_PASSPHRASE_WRONG, KEY_MISMATCH, REGION_MALFORMED,
 *   PROFILE_INCOMPLETE
 */
export async function assertUsable(
  profile: SessionProfile,
  token: SecurityToken,
  region: string | undefined,
  loadKey: () => Promise<PrivateKey> = keyLoader(profile, {}),
): Promise<void> {
  try {
    checkKeyFits(token, await loadKey(), profile.keyFile);
  } catch (error) {
    if (!isOracleComputeError(error, 'KEY_PASSPHRASE_MISSING')) throw error;
  }
  if (region === undefined) throw noRegion(profile);
  resolveRegion(region, { env: {} });
}

/** Loads the key once, before the session is locked: a passphrase may have to be asked for after this fails. */
function keyLoader(profile: SessionProfile, options: RefreshOptions): () => Promise<PrivateKey> {
  let key: PrivateKey | undefined;
  return async () => {
    key ??= await loadPrivateKey(profile.keyFile, options.passphrase ?? profile.passphrase);
    return key;
  };
}

/** How a session of OCI is renewed (OCI, Token-based Authentication for the CLI, "Refreshing a Token"). */
function ociRules(
  profile: SessionProfile,
  deps: RefreshDeps,
  options: RefreshOptions,
  loadKey: () => Promise<PrivateKey>,
): RenewalRules<SessionToken> {
  const source = profile.securityTokenFile;
  return {
    tokenOf: ({ token }) => token.value,
    serviceTimes: (session) => serviceTimes(session, deps.clock.now()),
    expiredError: (times, now) => ociExpiredError(times, now, source),
    missingError: () => new OracleComputeError('TOKEN_FILE_MISSING', `${source} does not exist`, { path: source }),
    refusedError: () => {
      const message = `the service does not accept the token in ${source}`;
      return new OracleComputeError('TOKEN_REFUSED', message, { origin: '', source, cloud: 'oci' });
    },
    prepare: async () => {
      await loadKey();
    },
    extend: async (session) => extend(session, profile, await loadKey(), deps, options),
  };
}

/**
 * What the service's clock may show: this machine's time, or, if its clock was wrong when the token was written, the
 * token's time of issue plus the time that has passed since.
 */
function serviceTimes({ token, writtenAt }: Pick<StoredToken, 'token' | 'writtenAt'>, now: number): readonly number[] {
  const passed = now - writtenAt;
  return token.issuedAt === undefined || passed < 0 ? [now] : [now, token.issuedAt + passed];
}

/** TOKEN_EXPIRED or SESSION_OVER if `now` is past a limit. */
function ociExpiredError(times: SessionTimes, now: number, source: string): OracleComputeError | undefined {
  return expiredError(times, now, { source, hours: SESSION_LENGTH, cloud: 'oci' });
}

/**
 * Checked before asking the service, which may know better if only this machine's clock counts the session as ended.
 *
 * @throws OracleComputeError SESSION_OVER, TOKEN_EXPIRED
 */
export function assertWorthAsking(stored: StoredToken, now: number, source: string): void {
  const errors = serviceTimes(stored, now).map((time) => ociExpiredError(stored.times, time, source));
  if (errors[0] && errors.every((error) => error !== undefined)) throw errors[0];
}

/** By this machine's clock alone. @throws OracleComputeError SESSION_OVER, TOKEN_EXPIRED */
export function assertNotExpired(times: SessionTimes, now: number, source: string): void {
  const error = ociExpiredError(times, now, source);
  if (error) throw error;
}

async function extend(
  before: SessionToken,
  profile: SessionProfile,
  key: PrivateKey,
  deps: RefreshDeps,
  options: RefreshOptions,
): Promise<SessionToken | 'at-session-end' | 'long-enough'> {
  checkKeyFits(before.token, key, profile.keyFile);
  const { AuthClient } = await import('./client/auth-client.js');
  const client = new AuthClient(await authOrigin(profile, deps, options), deps);
  const received = await client.refresh(before.token, key, profile.securityTokenFile);
  const after = { token: received.token, ...timesAfter(received, before), writtenAt: deps.clock.now() };
  const hasMoved = received.token.expiresAt > before.token.expiresAt && after.tokenExpiresAt > before.tokenExpiresAt;
  return hasMoved ? after : whyNotExtended(before, received);
}

async function authOrigin(profile: SessionProfile, deps: RefreshDeps, options: RefreshOptions): Promise<string> {
  if (options.endpoint !== undefined) return options.endpoint;
  const region = options.region ?? profile.region;
  if (region !== undefined) return regionHosts(await findRegion(region, deps)).auth;
  throw noRegion(profile);
}

function noRegion({ name, configFile: path }: SessionProfile): OracleComputeError {
  const message = `the profile [${name}] has no region`;
  return new OracleComputeError('PROFILE_INCOMPLETE', message, { profile: name, path, key: 'region' });
}

/** A refresh never makes a session longer, even if the new token claims so. */
function timesAfter({ token, receivedAt }: ReceivedToken, before: SessionTimes): SessionTimes {
  const times = tokenTimes(token, receivedAt, before.sessionExpiresAt);
  const sessionExpiresAt = Math.min(times.sessionExpiresAt, before.sessionExpiresAt);
  return { sessionExpiresAt, tokenExpiresAt: Math.min(times.tokenExpiresAt, sessionExpiresAt) };
}

/** The service said yes and the expiry did not move: never a success, unless there was nothing to gain. */
function whyNotExtended(before: SessionToken, received: ReceivedToken): 'at-session-end' | 'long-enough' {
  const { token, tokenExpiresAt: expiresAt } = before;
  // Tokens count in whole seconds: one issued in this very second has nothing to gain.
  if (token.issuedAt !== undefined && token.issuedAt === received.token.issuedAt) return 'long-enough';
  const end = received.token.sessionExpiresAt;
  if (end !== undefined && expiresAt >= end) return 'at-session-end';
  const message = `the service did not extend the token: it still expires at ${formatInstant(expiresAt)}`;
  throw new OracleComputeError('NOT_EXTENDED', message, { expiresAt, cloud: 'oci' });
}
