import { isOracleComputeError } from '../../../lib/errors.js';
import { chooseSession } from '../../../lib/oci/config/choose-profile.js';
import type { RefreshedSession } from '../../../lib/oci/refresh-session.js';
import { readSession, type StoredToken } from '../../../lib/oci/token-file-store.js';
import { expiresAfter, OCI_LIFETIMES } from '../../../lib/session/lifetimes.js';
import type { Context } from '../../context/context.js';
import type { LoginPlan } from '../oci/login.js';
import type { OciOptions } from '../oci/options.js';
import { openUnattended } from '../oci/session.js';

/** A token that is to be refreshed again and again anyway must only live until the next time. Milliseconds. */
const ENOUGH_OF_A_TOKEN = 5 * 60_000;

/** A session that is good without a login. */
export type ReusedSession = Pick<RefreshedSession, 'change' | 'token' | 'times'>;

/**
 * Avoids a login if it can: does nothing if the session lasts for `minValid` milliseconds, and silently refreshes a
 * token that does not.
 *
 * @param options `timeout` is for the login; requests have their usual one
 * @returns undefined if only a login helps
 */
export async function reuseSession(
  plan: Pick<LoginPlan, 'profile' | 'configFile'>,
  minValid: number,
  { timeout: _, ...options }: OciOptions,
  context: Context,
): Promise<ReusedSession | undefined> {
  const { clock, home } = context;
  // What variables say of single values is not the session that a login would write.
  const chosen = { ...options, profile: plan.profile, configFile: plan.configFile, quiet: true };
  const tokenValid = minValid <= OCI_LIFETIMES.token ? minValid : ENOUGH_OF_A_TOKEN;
  const lasts = ({ times }: Pick<StoredToken, 'times'>) =>
    expiresAfter(times, clock.now(), tokenValid) && times.sessionExpiresAt - clock.now() > minValid;
  try {
    const session = await chooseSession(chosen, { ...context, env: {}, home });
    const stored = await readSession(session, clock);
    if (stored.times.sessionExpiresAt - clock.now() <= minValid) return undefined;
    if (lasts(stored)) return { ...stored, change: 'long-enough' };
    const refreshed = await openUnattended(chosen, context).refresh({ aim: tokenValid });
    return lasts(refreshed) ? refreshed : undefined;
  } catch (error) {
    if (isOracleComputeError(error) && error.code !== 'INTERRUPTED') return undefined;
    throw error;
  }
}
