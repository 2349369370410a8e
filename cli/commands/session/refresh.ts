import { OracleComputeError } from '../../../lib/errors.js';
import type { RefreshedSession } from '../../../lib/oci/refresh-session.js';
import { formatInstant, parseDuration } from '../../../lib/session/duration.js';
import { outlives } from '../../../lib/session/lifetimes.js';
import type { Change } from '../../../lib/session/renew.js';
import { defineCommand } from '../../line/command.js';
import { noteTo } from '../../options/general.js';
import { OCI_ENVIRONMENT, type OciOptions, withOciOptions } from '../../options/oci.js';
import { refreshChosenSession } from '../../options/session/refresh.js';
import { STORE_ENVIRONMENT, type StoreOptions, withStoreOption } from '../../options/store/settings.js';
import { describeTimes, timesForJson } from '../../output/session-times.js';
import type { World } from '../../world/world.js';

export interface RefreshOptions extends OciOptions, StoreOptions {
  readonly minValid?: string;
}

/** What is said of each outcome; the first is Oracle's own line. */
const OUTCOMES: Record<Change, string> = {
  refreshed: 'Successfully refreshed token',
  'logged-in': 'A new session has begun',
  'renewed-elsewhere': 'Another process has just refreshed the token',
  'long-enough': 'The token lives long enough; nothing was done',
  'at-session-end': 'The token already lasts as long as its session; nothing was done',
};

/** Makes the token of a session live longer, and says until when. */
export async function runRefresh(options: RefreshOptions, world: World): Promise<number> {
  const minValid = options.minValid === undefined ? undefined : parseDuration(options.minValid);
  const { clock } = world;
  const { session, refreshed } = await refreshChosenSession(options, minValid, world);
  requireLongEnough(refreshed, minValid, session.securityTokenFile, world);
  const { change, times } = refreshed;
  const now = clock.now();
  if (options.format === 'json') {
    world.stdout.write(`${JSON.stringify({ profile: session.name, change, ...timesForJson(times, now) })}\n`);
  } else if (!options.quiet) {
    world.stderr.write(`${OUTCOMES[change]}\n`);
    noteTo(options, world)(describeTimes(times, now));
  }
  return 0;
}

/** Near the session's end a token may be as long as it gets, and still too short. */
function requireLongEnough(
  { times }: RefreshedSession,
  minValid: number | undefined,
  source: string,
  world: World,
): void {
  if (minValid === undefined || outlives(times, world.clock.now(), minValid)) return;
  const expiresAt = times.tokenExpiresAt;
  const message = `the token ends with its session at ${formatInstant(expiresAt)}, sooner than --min-valid asks for`;
  throw new OracleComputeError('TOKEN_ENDS_SOON', message, { expiresAt, source, cloud: 'oci' });
}

export const sessionRefreshCommand = defineCommand<RefreshOptions>({
  builder: (parser) =>
    withStoreOption(withOciOptions(parser)).option('min-valid', {
      type: 'string',
      describe: 'Do nothing while the token lives longer than this: 10m',
    }),
  run: runRefresh,
  help: {
    description:
      'Swaps the token of a session for one that lives an hour from now, never beyond the end of the session, 24 hours after the login, and says until when. A refresh that does not move the expiry is a failure. Processes that run at the same time share one refresh.',
    environment: [...OCI_ENVIRONMENT, ...STORE_ENVIRONMENT],
    examples: [
      ['$0 --profile TokenDemo', 'an hour from now'],
      ['$0 -q --min-valid 30m --profile TokenDemo', 'keep a session alive, from cron'],
    ],
    statuses: [
      [0, 'the token lives longer now, or long enough'],
      [3, 'the service cannot be reached, or is in trouble'],
      [4, 'there is no such session, or its files are damaged'],
      [5, 'the service did not extend the token'],
      [10, 'token expired, session over, or it ends sooner than --min-valid asks for: log in'],
      [75, 'another process kept the session for too long'],
    ],
  },
});
