import type { Clock } from '../clock.js';
import { stateOf } from '../session/lifetimes.js';
import type { SharedForm } from '../store/seal/shared-value.js';
import { readExpirySource, type StoredSession, serviceTime } from './stored-session.js';
import { isUsableToken } from './token/token.js';

const INSTANTS = ['startedAt', 'issuedAt', 'tokenExpiresAt', 'sessionExpiresAt'] as const;

/**
 * A session of Oracle Compute as hosts share it. Instants are the service's. How far its clock is ahead is kept against
 * the engine's clock, which every host can compare with its own: so one whose clock is wrong by minutes knows the time.
 */
export function sharedForm(
  place: { readonly endpoint: string; readonly user: string },
  clock: Clock,
): SharedForm<StoredSession> {
  const now = (session: StoredSession) => serviceTime(session, clock);
  return {
    encode: (session, engineAhead) => {
      const { clockOffset: _clockOffset, uptime: _uptime, ...shared } = session;
      return { ...shared, serviceAhead: now(session) - clock.now() - engineAhead };
    },
    decode: (body, engineAhead) => decode(body, engineAhead, place, clock),
    isValid: (session) => stateOf(session, now(session)) === 'valid',
    now,
    tokenOf: ({ token }) => token,
  };
}

function decode(
  body: Readonly<Record<string, unknown>>,
  engineAhead: number,
  { endpoint, user }: { readonly endpoint: string; readonly user: string },
  clock: Clock,
): StoredSession | undefined {
  const { token, serviceAhead } = body;
  if (body.endpoint !== endpoint || body.user !== user || !isInstant(serviceAhead)) return undefined;
  if (typeof token !== 'string' || !isUsableToken(token)) return undefined;
  const [startedAt, issuedAt, tokenExpiresAt, sessionExpiresAt] = INSTANTS.map((name) => body[name]);
  if (!isInstant(startedAt) || !isInstant(issuedAt)) return undefined;
  if (!isInstant(tokenExpiresAt) || !isInstant(sessionExpiresAt)) return undefined;
  const clockOffset = Math.round(serviceAhead + engineAhead);
  const running = clock.sinceBoot?.();
  const sinceIssue = clock.now() + clockOffset - issuedAt;
  return {
    endpoint,
    user,
    token,
    startedAt,
    issuedAt,
    tokenExpiresAt,
    sessionExpiresAt,
    expirySource: readExpirySource(body.expirySource),
    clockOffset,
    // From here on a change of this host's clock does no harm.
    ...(running && { uptime: { ...running, milliseconds: running.milliseconds - sinceIssue } }),
  };
}

function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
