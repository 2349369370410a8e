import { envTokenSource, storedTokenSource, type TokenSource } from '../../lib/compute/token/token-source.js';
import type { ComputeOptions, ComputeSettings } from '../options/compute.js';
import { envSession } from '../options/env-session.js';
import { noteTo } from '../options/general.js';
import { passwordAtHand } from '../options/password.js';
import { keptSession, sessionKeeper } from '../options/stored-session.js';
import type { World } from '../world/world.js';

/** Who makes calls to which service, and where the token for them comes from. */
export interface Caller {
  readonly endpoint: string;
  /** Empty where a token in a variable does not say whose it is. */
  readonly user: string;
  readonly tokens: TokenSource;
}

/**
 * The caller that the settings mean: a token in `OPC_COOKIE` as it is, or the stored session, kept fresh.
 *
 * @throws OracleComputeError MISSING_VALUE, and what reading the session throws
 */
export async function findCaller(settings: ComputeSettings, options: ComputeOptions, world: World): Promise<Caller> {
  const { cookie } = settings;
  if (cookie) {
    const session = await envSession(cookie, settings, world);
    const { endpoint, user } = session;
    return {
      endpoint,
      user: user || (settings.user?.value ?? ''),
      tokens: envTokenSource(session, world.clock, cookie.source),
    };
  }
  const { store, account } = await keptSession(settings, world);
  const keeper = await sessionKeeper(account, store, options, world);
  const reauthenticate = passwordAtHand(settings.passwordFile, account, world, noteTo(options, world));
  return { ...account, tokens: storedTokenSource(keeper, store.location, reauthenticate) };
}
