import { type ComputeStore, type StoredSession, serviceTime } from '../../lib/compute/stored-session.js';
import { refreshEnvSession } from '../../lib/compute/token/refresh-env-session.js';
import { OracleComputeError } from '../../lib/errors.js';
import { formatInstant } from '../../lib/session/duration.js';
import { outlives, renewalMargin } from '../../lib/session/lifetimes.js';
import type { Sourced } from '../../lib/sourced.js';
import type { ComputeOptions, ComputeSettings } from '../options/compute.js';
import { envSession } from '../options/env-session.js';
import { noteTo } from '../options/general.js';
import { passwordAtHand } from '../options/password.js';
import { computeClient, keptSession, sessionKeeper } from '../options/stored-session.js';
import type { World } from '../world/world.js';

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
  world: World,
): Promise<{ readonly session: StoredSession; readonly store?: ComputeStore }> {
  const { cookie } = settings;
  if (cookie) return { session: await fromVariable(cookie, settings, minValid, options, world) };
  const { store, account } = await keptSession(settings, world);
  const keeper = await sessionKeeper(account, store, options, world);
  const { session } = await keeper.refresh({
    minValid: minValid ?? ((current) => renewalMargin(current, DEFAULT_MIN_VALID)),
    reauthenticate: passwordAtHand(settings.passwordFile, account, world, noteTo(options, world)),
  });
  requireLife(session, minValid, store.location, world);
  return { session, store };
}

/** The token in OPC_COOKIE stands before everything stored, and there is nowhere to keep a newer one. */
async function fromVariable(
  cookie: Sourced<string>,
  settings: ComputeSettings,
  minValid: number | undefined,
  options: ComputeOptions,
  world: World,
): Promise<StoredSession> {
  const given = await envSession(cookie, settings, world);
  const client = await computeClient(given.endpoint, options, world);
  const deps = { client, clock: world.clock, user: given.user };
  const { session } = await refreshEnvSession(given, deps, cookie.source, { minValid: minValid ?? DEFAULT_MIN_VALID });
  requireLife(session, minValid, cookie.source, world);
  return session;
}

function requireLife(session: StoredSession, minValid: number | undefined, source: string, world: World): void {
  if (minValid === undefined || outlives(session, serviceTime(session, world.clock), minValid)) return;
  const expiresAt = session.tokenExpiresAt;
  throw new OracleComputeError(
    'TOKEN_ENDS_SOON',
    `the token ends at ${formatInstant(expiresAt)}, sooner than --min-valid asks for`,
    { expiresAt, source },
  );
}
