import type { Clock } from '../../clock.js';
import { isOracleComputeError } from '../../errors.js';
import { COMPUTE_LIFETIMES, canReach, hasRoom, outlives, timesAtLogin } from '../../session/lifetimes.js';
import type { ComputeClient } from '../client/client.js';
import { type LoginNeed, marginOf, type RefreshOptions, type RefreshResult } from '../session-keeper.js';
import { ceilingError, verifiedExtension } from '../session-rules.js';
import { type StoredSession, serviceTime, sessionFromLogin } from '../stored-session.js';
import { readTokenClaims } from './token.js';

/** A session of which only the token is at hand, as in `OPC_COOKIE`. */
export interface BareSession extends StoredSession {
  /** False where the token says nothing of its times: they are then the latest that the documents allow. */
  readonly timesKnown: boolean;
}

/**
 * What a token alone tells of its session. A stored session of the same user and endpoint lends its knowledge of the
 * service's clock; one with the same token lends everything.
 */
export function sessionFromToken(
  place: { readonly endpoint: string; readonly user?: string },
  token: string,
  clock: Clock,
  related?: StoredSession,
): BareSession {
  if (related?.token === token) return { ...related, timesKnown: true };
  const claims = readTokenClaims(token);
  const clockOffset = related?.clockOffset ?? 0;
  const now = clock.now() + clockOffset;
  return {
    endpoint: place.endpoint,
    user: claims.user ?? place.user ?? '',
    token,
    issuedAt: now,
    startedAt: now,
    ...timesAtLogin(COMPUTE_LIFETIMES, now, claims),
    expirySource: claims.tokenExpiresAt === undefined ? 'documented lifetime' : 'token',
    clockOffset,
    timesKnown: claims.tokenExpiresAt !== undefined,
  };
}

/**
 * Extends a token that is stored nowhere, by the same rules as a stored session's; nothing is written.
 *
 * @param source where the token came from, for messages
 * @throws OracleComputeError as `SessionKeeper.refresh`
 */
export async function refreshToken(
  session: BareSession,
  client: ComputeClient,
  clock: Clock,
  source: string,
  options: RefreshOptions & { readonly user?: string } = {},
): Promise<RefreshResult> {
  const beginAnew = async (need: LoginNeed): Promise<RefreshResult | undefined> => {
    const password = await options.reauthenticate?.(need);
    if (password === undefined) return undefined;
    const user = options.user ?? session.user;
    const issued = await client.authenticate(user, password);
    return { session: sessionFromLogin(client.endpoint, user, issued), action: 'logged in' };
  };
  const now = serviceTime(session, clock);
  const minValid = marginOf(session, options.minValid);
  if (session.timesKnown) {
    if (minValid !== undefined && outlives(session, now, minValid)) return { session, action: 'kept' };
    const over = ceilingError(session, now, source);
    const endsSoon = minValid !== undefined && !canReach(session, now, minValid);
    const begun = over || endsSoon ? await beginAnew(over ? 'now' : 'soon') : undefined;
    if (begun) return begun;
    if (over) throw over;
    if (!hasRoom(session)) return { session, action: 'at the end' };
  }
  try {
    const issued = await client.refresh(session.token, source);
    return { session: verifiedExtension(session, issued), action: 'extended' };
  } catch (error) {
    const begun = isOracleComputeError(error, 'TOKEN_REFUSED') ? await beginAnew('now') : undefined;
    if (begun) return begun;
    throw error;
  }
}
