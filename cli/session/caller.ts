import { envTokenSource, storedTokenSource, type TokenSource } from '../../lib/compute/token/token-source.js';
import type { Context } from '../context/context.js';
import type { ComputeOptions, ComputeSettings } from '../options/compute.js';
import { envSession } from '../options/env-session.js';
import { infoLogger } from '../options/general.js';
import { passwordAtHand } from '../options/password.js';
import { keptSession, sessionKeeper } from '../options/stored-session.js';

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
export async function findCaller(
  settings: ComputeSettings,
  options: ComputeOptions,
  context: Context,
): Promise<Caller> {
  const { cookie } = settings;
  if (cookie) {
    const session = await envSession(cookie, settings, context);
    const { endpoint, user } = session;
    return {
      endpoint,
      user: user || (settings.user?.value ?? ''),
      tokens: envTokenSource(session, context.clock, cookie.source),
    };
  }
  const { store, account } = await keptSession(settings, context);
  const keeper = await sessionKeeper(account, store, options, context);
  const reauthenticate = passwordAtHand(settings.passwordFile, account, context, infoLogger(options, context));
  return { ...account, tokens: storedTokenSource(keeper, store.location, reauthenticate) };
}
