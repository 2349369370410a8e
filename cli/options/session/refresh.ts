import { OracleComputeError } from '../../../lib/errors.js';
import type { SessionProfile } from '../../../lib/oci/config/session-profile.js';
import { readAgain } from '../../../lib/oci/read-again.js';
import { type RefreshedSession, type RefreshOptions, refreshSession } from '../../../lib/oci/refresh-session.js';
import { formatInstant } from '../../../lib/session/duration.js';
import { expiresAfter } from '../../../lib/session/lifetimes.js';
import type { Context } from '../../context/context.js';
import { sharingOfProfile } from '../../session/share-oci.js';
import { endpointOf, type OciOptions, ociHttpClient } from '../oci/options.js';
import { chosenRegion, readChosenSession, withPassphrase } from '../oci/session.js';
import type { StoreOptions } from '../store/settings.js';

/**
 * Makes the token of the session that the line means live longer.
 *
 * @param minValid nothing is done while the token lives longer than this; milliseconds
 * @throws OracleComputeError as `refreshSession`, and what reading the profile throws
 */
export async function refreshChosenSession(
  options: OciOptions & StoreOptions,
  minValid: RefreshOptions['minValid'],
  context: Context,
): Promise<{ readonly session: SessionProfile; readonly refreshed: RefreshedSession }> {
  const { home, env, clock, interruption: signal } = context;
  const deps = { home, env, clock, signal, http: await ociHttpClient(options, context) };
  const endpoint = endpointOf(options);
  return readAgain({ clock, signal }, async () => {
    const session = await readChosenSession(options, context);
    const region = chosenRegion(options, session, context);
    const sharing = await sharingOfProfile(session, options, context);
    const refreshed = await withPassphrase(session, context, (passphrase) =>
      refreshSession(
        session,
        { ...deps, ...sharing },
        {
          ...(minValid !== undefined && { minValid }),
          ...(endpoint !== undefined && { endpoint }),
          ...(region !== undefined && { region }),
          ...(passphrase !== undefined && { passphrase }),
        },
      ),
    );
    return { session, refreshed };
  });
}

/** Near the session's end a token may be as long as it gets, and still too short. */
export function requireLongEnough(
  { times }: RefreshedSession,
  minValid: number | undefined,
  source: string,
  context: Context,
): void {
  if (minValid === undefined || expiresAfter(times, context.clock.now(), minValid)) return;
  const expiresAt = times.tokenExpiresAt;
  const message = `the token ends with its session at ${formatInstant(expiresAt)}, sooner than --min-valid asks for`;
  throw new OracleComputeError('TOKEN_ENDS_SOON', message, { expiresAt, source, cloud: 'oci' });
}
