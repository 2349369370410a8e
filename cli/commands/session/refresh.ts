import { formatInstant, parseDuration } from '../../../lib/clock.js';
import { type Change, OciSession } from '../../../lib/oci/index.js';
import type { Context } from '../../context/context.js';
import { infoLogger } from '../../context/conversation.js';
import { shellQuote } from '../../errors/error-text.js';
import { STORE_ENVIRONMENT, type StoreOptions, withStoreOption } from '../../flags/general.js';
import { OCI_ENVIRONMENT, type OciOptions, withOciOptions } from '../../flags/oci.js';
import { describeTimes, timesForJson } from '../../output/session-times.js';
import { printableJson } from '../../output/text.js';
import { readStoreOptions } from '../../settings/general.js';
import { defineOciCommand, sessionOptions } from '../../settings/oci.js';

export interface RefreshOptions extends OciOptions, StoreOptions {
  readonly minValid?: string;
  readonly warnBefore?: string;
}

/** The message for each outcome; the first is Oracle's own line. */
const OUTCOMES: Record<Change, string> = {
  refreshed: 'Successfully refreshed token',
  'logged-in': 'A new session has begun',
  'renewed-elsewhere': 'Another process has just refreshed the token',
  'long-enough': 'The token lives long enough; nothing was done',
  'at-session-end': 'The token already lasts as long as its session; nothing was done',
};

/** Makes the token of a session live longer, and says until when. */
export async function runRefresh(options: RefreshOptions, context: Context): Promise<number> {
  const minValid = options.minValid === undefined ? undefined : parseDuration(options.minValid);
  const { clock } = context;
  const store = () => readStoreOptions(options, context);
  const opened = new OciSession({ ...sessionOptions(options, context), store });
  const refreshed = await opened.refresh({ minValid });
  const { profile: session, change, times } = refreshed;
  const { warnBefore } = options;
  if (warnBefore !== undefined && (await opened.takeEndNotice(refreshed, parseDuration(warnBefore)))) {
    warnOfEnd(session.name, times.sessionExpiresAt, context);
  }
  const now = clock.now();
  if (options.format === 'json') {
    context.stdout.write(`${printableJson({ profile: session.name, change, ...timesForJson(times, now) })}\n`);
  } else if (!options.quiet) {
    context.stderr.write(`${OUTCOMES[change]}\n`);
    infoLogger(options, context)(describeTimes(times, now));
  }
  return 0;
}

/** Said under --quiet too: it is for the mail of cron, once for each session. */
function warnOfEnd(profile: string, end: number, { program, stderr }: Context): void {
  const login = `${program} session authenticate --profile-name ${shellQuote(profile)}`;
  stderr.write(`${program}: the session [${profile}] ends at ${formatInstant(end)}; log in again before: ${login}\n`);
}

export const sessionRefreshCommand = defineOciCommand<RefreshOptions>({
  builder: (list) =>
    withStoreOption(withOciOptions(list))
      .option('min-valid', { type: 'string', describe: 'Do nothing if the token is valid this long: 10m' })
      .option('warn-before', { type: 'string', describe: 'Warn once, this long before the session ends: 1h' }),
  run: runRefresh,
  help: {
    description:
      'Refreshes the token of a session for an hour from now, but not beyond the end of the session, 24 hours after the login. Shows the new expiry; if it has not changed, the refresh has failed. Processes that run at the same time share one refresh.',
    environment: [...OCI_ENVIRONMENT, ...STORE_ENVIRONMENT],
    examples: [
      ['$0 --profile TokenDemo', 'an hour from now'],
      ['$0 -q --min-valid 30m --profile TokenDemo', 'keep a session alive, from cron'],
      ['$0 -q --min-valid 30m --warn-before 1h', 'and hear an hour before that a login is due'],
    ],
    statuses: [0, 3, 4, 5, 10, 75],
  },
});
