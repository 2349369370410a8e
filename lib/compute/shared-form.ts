import type { Clock } from '../clock.js';
import { COMPUTE_LIFETIMES, isInstant, limitTimes, MOST_AHEAD, stateOf } from '../session/lifetimes.js';
import type { SharedForm } from '../store/encryption.js';
import { readExpirySource, type StoredSession, serviceTime, serviceTimes } from './stored-session.js';
import { isUsableToken } from './token/token.js';

/** The largest difference between two clocks that agree. Milliseconds. */
const CLOCKS_AGREE = 15 * 60_000;

/**
 * A session of Oracle Compute as hosts share it. Instants are the service's. How far its clock is ahead is kept against
 * the server's clock, which every host can compare with its own: so one whose clock is wrong by minutes knows the time.
 */
export function sharedForm(
  { endpoint, user }: { readonly endpoint: string; readonly user: string },
  clock: Clock,
): SharedForm<StoredSession> {
  const now = (session: StoredSession) => serviceTime(session, clock);
  return {
    latestEnd: () => clock.now() + COMPUTE_LIFETIMES.session + MOST_AHEAD,
    encode: (session, serverAhead) => {
      const { clockOffset: _clockOffset, uptime: _uptime, storeKey: _storeKey, ...shared } = session;
      return { ...shared, serviceAhead: now(session) - clock.now() - serverAhead };
    },
    decode: (body, serverAhead, storeKey, own) => {
      const { token, serviceAhead, startedAt, issuedAt, tokenExpiresAt, sessionExpiresAt } = body;
      if (body.endpoint !== endpoint || body.user !== user) return undefined;
      if (!isInstant(serviceAhead) || Math.abs(serviceAhead) > MOST_AHEAD) return undefined;
      if (typeof token !== 'string' || !isUsableToken(token)) return undefined;
      if (!isInstant(startedAt) || !isInstant(issuedAt)) return undefined;
      if (!isInstant(tokenExpiresAt) || !isInstant(sessionExpiresAt)) return undefined;
      const time = believed(clock.now() + serviceAhead + serverAhead, own, clock);
      const kept = { startedAt, issuedAt, tokenExpiresAt, sessionExpiresAt };
      const times = limitTimes(COMPUTE_LIFETIMES, kept, issuedAt - time > CLOCKS_AGREE ? time : undefined);
      const running = clock.sinceBoot?.();
      return {
        endpoint,
        user,
        token,
        ...times,
        expirySource: readExpirySource(body.expirySource),
        clockOffset: Math.round(time - clock.now()),
        // From here on a change of this host's clock does no harm.
        ...(running && { uptime: { ...running, milliseconds: running.milliseconds - (time - times.issuedAt) } }),
        storeKey,
      };
    },
    isValid: (session) => stateOf(session, now(session)) === 'valid',
    now,
    tokenOf: ({ token }) => token,
    startedAt: ({ startedAt }) => startedAt,
    keyOf: ({ storeKey }) => storeKey,
  };
}

/** The service's time by the store. A copy that is good tells the time, too, and the store must not contradict it. */
function believed(said: number, own: StoredSession | undefined, clock: Clock): number {
  const known = own && stateOf(own, serviceTime(own, clock)) === 'valid' ? serviceTimes(own, clock) : [said];
  return known.some((time) => Math.abs(time - said) <= CLOCKS_AGREE) ? said : (known[0] ?? said);
}
