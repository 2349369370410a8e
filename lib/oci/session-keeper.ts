import type { Clock } from '../clock.js';
import { OracleComputeError } from '../errors.js';
import { type HeldLock, withLock } from '../files/lock.js';
import { replacePrivateFile } from '../files/private-file.js';
import type { HttpClient } from '../http/client.js';
import { formatInstant } from '../session/instant.js';
import { hasRoom, outlives, type SessionTimes, stateOf } from '../session/lifetimes.js';
import type { ReceivedToken } from './client/auth-client.js';
import { findRegion, type RegionSurroundings } from './client/find-region.js';
import { regionHosts } from './client/regions.js';
import type { SessionProfile } from './config/session-profile.js';
import { checkKeyFits, loadPrivateKey, readSecurityToken } from './credentials/credential-files.js';
import type { PrivateKey } from './credentials/key-pair.js';
import { type SecurityToken, tokenTimes } from './credentials/security-token.js';

/** Longer than a request may take, so that a waiting process outlasts a slow one. Milliseconds. */
const LOCK_WAIT = 45_000;

export interface KeeperParts extends RegionSurroundings {
  readonly clock: Clock;
  readonly http: HttpClient;
  readonly signal?: AbortSignal;
  /** Runs once, when another process turns out to be at work on the session. */
  readonly onWait?: () => void;
}

export interface RefreshWish {
  /** Nothing is done while the token lives longer than this. Milliseconds. */
  readonly minValid?: number;
  /** Stands before the profile's region. */
  readonly region?: string;
  /** The origin to ask instead of the region's own. */
  readonly endpoint?: string;
  /** Stands before the profile's passphrase. */
  readonly passphrase?: string;
}

/**
 * What came of it. `refreshed`: a new token with a later expiry. `renewed-elsewhere`: another process has just done it.
 * `long-enough`: it lives longer than asked for, or was issued this very moment. `at-session-end`: the token already
 * lasts as long as its session.
 */
export type RefreshChange = 'refreshed' | 'renewed-elsewhere' | 'long-enough' | 'at-session-end';

export interface RefreshedSession {
  readonly change: RefreshChange;
  readonly token: SecurityToken;
  readonly times: SessionTimes;
}

/** The token of a session as it stands on disk, and its times. @throws OracleComputeError as `readSecurityToken` */
export async function readSession(session: SessionProfile, clock: Clock): Promise<Omit<RefreshedSession, 'change'>> {
  const token = await readSecurityToken(session.securityTokenFile);
  return { token, times: tokenTimes(token, clock.now(), session.notedSessionEnd) };
}

/**
 * Makes the token of a session live longer: an hour from now, never beyond the session's end. One request for any
 * number of processes that ask at the same time; the file is replaced whole, and only by a token that lives longer.
 *
 * @throws OracleComputeError TOKEN_EXPIRED and SESSION_OVER before any request, NOT_EXTENDED, KEY_MISMATCH,
 *   SESSION_LOCKED, PROFILE_INCOMPLETE, and what reading the files and asking the service throw
 */
export async function refreshSession(
  session: SessionProfile,
  parts: KeeperParts,
  wish: RefreshWish = {},
): Promise<RefreshedSession> {
  const { clock } = parts;
  const path = session.securityTokenFile;
  const before = await readSession(session, clock);
  const settled = needsNothing(before, session, clock, wish);
  if (settled) return settled;
  // Read before the lock is taken: a passphrase may have to be asked for after this fails.
  const key = await loadPrivateKey(session.keyFile, wish.passphrase ?? session.passphrase);
  const lookAgain = async (): Promise<RefreshedSession | undefined> => {
    const now = await readSession(session, clock);
    if (now.token.value === before.token.value || stateOf(now.times, clock.now()) !== 'valid') return undefined;
    if (wish.minValid !== undefined && !outlives(now.times, clock.now(), wish.minValid) && hasRoom(now.times)) {
      return undefined;
    }
    return { ...now, change: 'renewed-elsewhere' };
  };
  const { signal, onWait } = parts;
  const options = { clock, wait: LOCK_WAIT, settled: lookAgain, ...(signal && { signal }), ...(onWait && { onWait }) };
  return withLock<RefreshedSession>(path, options, async (lock) => {
    const renewed = await lookAgain();
    if (renewed) return renewed;
    const current = await readSession(session, clock);
    return needsNothing(current, session, clock, wish) ?? exchange(current, session, key, parts, wish, lock);
  });
}

/** The ceilings come first: nothing is sent for a token or a session that is over. */
function needsNothing(
  { token, times }: Omit<RefreshedSession, 'change'>,
  session: SessionProfile,
  clock: Clock,
  { minValid }: RefreshWish,
): RefreshedSession | undefined {
  const now = clock.now();
  refuseOver(times, now, session.securityTokenFile);
  if (minValid !== undefined && outlives(times, now, minValid)) return { change: 'long-enough', token, times };
  if (!hasRoom(times)) return { change: 'at-session-end', token, times };
  return undefined;
}

/** @throws OracleComputeError SESSION_OVER, TOKEN_EXPIRED */
export function refuseOver(times: SessionTimes, now: number, source: string): void {
  const state = stateOf(times, now);
  if (state === 'session-over') {
    const endedAt = times.sessionExpiresAt;
    throw new OracleComputeError('SESSION_OVER', `the 24-hour session ended at ${formatInstant(endedAt)}`, {
      endedAt,
      source,
      cloud: 'oci',
    });
  }
  if (state === 'token-expired') {
    const expiredAt = times.tokenExpiresAt;
    throw new OracleComputeError('TOKEN_EXPIRED', `the token expired at ${formatInstant(expiredAt)}`, {
      expiredAt,
      source,
      cloud: 'oci',
    });
  }
}

async function exchange(
  before: Omit<RefreshedSession, 'change'>,
  session: SessionProfile,
  key: PrivateKey,
  parts: KeeperParts,
  wish: RefreshWish,
  lock: HeldLock,
): Promise<RefreshedSession> {
  const path = session.securityTokenFile;
  checkKeyFits(before.token, key, session.keyFile);
  const { AuthClient } = await import('./client/auth-client.js');
  const client = new AuthClient(await authOrigin(session, parts, wish), parts);
  const received = await client.refresh(before.token, key, path);
  const after = { token: received.token, times: timesAfter(received, before.times) };
  const moved =
    received.token.expiresAt > before.token.expiresAt && after.times.tokenExpiresAt > before.times.tokenExpiresAt;
  if (!moved) return notExtended(before, received);
  await lock.assertHeld();
  const onDisk = await readSecurityToken(path);
  // Oracle's Java SDK writes this file without a lock; what it wrote meanwhile is newer than what we read.
  if (onDisk.value !== before.token.value && onDisk.expiresAt >= received.token.expiresAt) {
    return { change: 'renewed-elsewhere', token: onDisk, times: tokenTimes(onDisk, received.receivedAt) };
  }
  await replacePrivateFile(path, received.token.value);
  return { ...after, change: 'refreshed' };
}

async function authOrigin(session: SessionProfile, parts: KeeperParts, wish: RefreshWish): Promise<string> {
  if (wish.endpoint !== undefined) return wish.endpoint;
  const region = wish.region ?? session.region;
  if (region !== undefined) return regionHosts(await findRegion(region, parts)).auth;
  const { name: profile, configFile: path } = session;
  throw new OracleComputeError('PROFILE_INCOMPLETE', `the profile [${profile}] has no region`, {
    profile,
    path,
    key: 'region',
  });
}

/** A session never becomes longer by a refresh, whatever the new token says. */
function timesAfter({ token, receivedAt }: ReceivedToken, before: SessionTimes): SessionTimes {
  const times = tokenTimes(token, receivedAt, before.sessionExpiresAt);
  const sessionExpiresAt = Math.min(times.sessionExpiresAt, before.sessionExpiresAt);
  return { sessionExpiresAt, tokenExpiresAt: Math.min(times.tokenExpiresAt, sessionExpiresAt) };
}

/** The service said yes and the expiry did not move: never a success, unless there was nothing to gain. */
function notExtended(before: Omit<RefreshedSession, 'change'>, received: ReceivedToken): RefreshedSession {
  const { token, times } = before;
  // Tokens count in whole seconds: one issued in this very second has nothing to gain.
  const sameSecond = token.issuedAt !== undefined && token.issuedAt === received.token.issuedAt;
  if (sameSecond) return { change: 'long-enough', token, times };
  const end = received.token.sessionExpiresAt;
  if (end !== undefined && times.tokenExpiresAt >= end) return { change: 'at-session-end', token, times };
  const expiresAt = times.tokenExpiresAt;
  const still = `the service did not extend the token: it still expires at ${formatInstant(expiresAt)}`;
  throw new OracleComputeError('NOT_EXTENDED', still, { expiresAt, cloud: 'oci' });
}
