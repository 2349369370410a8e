import type { Clock } from '../clock.js';
import { isOracleComputeError } from '../errors.js';
import { COMPUTE_LIFETIMES, hasRoom, outlives, timesAtLogin } from '../session/lifetimes.js';
import type { ComputeClient } from './client.js';
import { ceilingError, type RefreshOptions, type RefreshResult, verifiedExtension } from './session-keeper.js';
import { type StoredSession, serviceTime, sessionFromLogin } from './stored-session.js';
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
  const loginAgain = async (): Promise<RefreshResult> => {
    const password = (await options.reauthenticate?.()) ?? '';
    const user = options.user ?? session.user;
    const issued = await client.authenticate(user, password);
    return { session: sessionFromLogin(client.endpoint, user, issued), action: 'logged in' };
  };
  const now = serviceTime(session, clock);
  if (session.timesKnown) {
    if (options.minValid !== undefined && outlives(session, now, options.minValid)) return { session, action: 'kept' };
    const over = ceilingError(session, now, source);
    const tooShort = options.minValid !== undefined && session.sessionExpiresAt - now <= options.minValid;
    if (options.reauthenticate && (over || tooShort)) return loginAgain();
    if (over) throw over;
    if (!hasRoom(session)) return { session, action: 'at the end' };
  }
  try {
    const issued = await client.refresh(session.token, source);
    return { session: verifiedExtension(session, issued), action: 'extended' };
  } catch (error) {
    if (options.reauthenticate && isOracleComputeError(error, 'TOKEN_REFUSED')) return loginAgain();
    throw error;
  }
}
