import { type ComputeStore, type StoredSession, serviceTime } from '../../lib/compute/stored-session.js';
import { refreshEnvSession } from '../../lib/compute/token/refresh-env-session.js';
import { OracleComputeError } from '../../lib/errors.js';
import { formatInstant } from '../../lib/session/duration.js';
import { expiresAfter, renewalMargin } from '../../lib/session/lifetimes.js';
import type { ValueWithOrigin } from '../../lib/value-with-origin.js';
import type { Context } from '../context/context.js';
import type { ComputeOptions, ComputeSettings } from '../options/compute.js';
import { envSession } from '../options/env-session.js';
import { infoLogger } from '../options/general.js';
import { passwordAtHand } from '../options/password.js';
import { computeClient, keptSession, sessionKeeper } from '../options/stored-session.js';

/** What another program begins with at least, unless its token lives for less than twice as long. Milliseconds. */
const DEFAULT_MIN_VALID = 10 * 60_000;

/**
 * The session for a program that is to use it for a while: renewed first where its token would end too soon.
 *
 * @param minValid milliseconds, a condition; the default is only what is aimed at
 * @throws OracleComputeError TOKEN_ENDS_SOON, and what finding and renewing the session throws
 */
export async function lastingSession(
  settings: ComputeSettings,
  minValid: number | undefined,
  options: ComputeOptions,
  context: Context,
): Promise<{ readonly session: StoredSession; readonly store?: ComputeStore }> {
  const { cookie } = settings;
  if (cookie) return { session: await fromVariable(cookie, settings, minValid, options, context) };
  const { store, account } = await keptSession(settings, context);
  const keeper = await sessionKeeper(account, store, options, context);
  const { session } = await keeper.refresh({
    minValid: minValid ?? ((current) => renewalMargin(current, DEFAULT_MIN_VALID)),
    reauthenticate: passwordAtHand(settings.passwordFile, account, context, infoLogger(options, context)),
  });
  requireLife(session, minValid, store.location, context);
  return { session, store };
}

/** The token in OPC_COOKIE stands before everything stored, and there is nowhere to keep a newer one. */
async function fromVariable(
  cookie: ValueWithOrigin<string>,
  settings: ComputeSettings,
  minValid: number | undefined,
  options: ComputeOptions,
  context: Context,
): Promise<StoredSession> {
  const given = await envSession(cookie, settings, context);
  const client = await computeClient(given.endpoint, options, context);
  const deps = { client, clock: context.clock, user: given.user };
  const { session } = await refreshEnvSession(given, deps, cookie.source, { minValid: minValid ?? DEFAULT_MIN_VALID });
  requireLife(session, minValid, cookie.source, context);
  return session;
}

function requireLife(session: StoredSession, minValid: number | undefined, source: string, context: Context): void {
  if (minValid === undefined || expiresAfter(session, serviceTime(session, context.clock), minValid)) return;
  const expiresAt = session.tokenExpiresAt;
  throw new OracleComputeError(
    'TOKEN_ENDS_SOON',
    `the token ends at ${formatInstant(expiresAt)}, sooner than --min-valid asks for`,
    { expiresAt, source },
  );
}
