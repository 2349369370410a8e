import { OciSession } from '../../../lib/oci/index.js';
import type { Context } from '../../context/context.js';
import { infoLogger } from '../../context/conversation.js';
import { OCI_ENVIRONMENT, type OciOptions, withOciOptions } from '../../flags/oci.js';
import { describeTimes, timesForJson, validUntil } from '../../output/session-times.js';
import { printableJson } from '../../output/text.js';
import { defineOciCommand, sessionOptions } from '../../settings/oci.js';

export interface ValidateOptions extends OciOptions {
  readonly local?: boolean;
}

/** Says whether a session is good: by its token, and, unless --local was given, by asking the service. */
export async function runValidate(options: ValidateOptions, context: Context): Promise<number> {
  const opened = new OciSession(sessionOptions(options, context));
  const { profile: session, token, times } = await opened.validate({ local: options.local });
  const { clock } = context;
  const now = clock.now();
  if (options.format === 'json') {
    const { name: profile, configFile, region, tenancy } = session;
    const facts = { profile, configFile, region, tenancy, user: token.subject, state: 'valid' };
    context.stdout.write(`${printableJson({ ...facts, ...timesForJson(times, now) })}\n`);
  } else if (!options.quiet) {
    // Oracle's own line, so without the program's name before it.
    context.stderr.write(`${validUntil(times)}\n`);
    infoLogger(options, context)(describeTimes(times, now));
  }
  return 0;
}

export const sessionValidateCommand = defineOciCommand<ValidateOptions>({
  builder: (list) =>
    withOciOptions(list).option('local', {
      type: 'boolean',
      describe: 'Check the token only; do not call the service',
    }),
  run: runValidate,
  help: {
    description:
      'Checks a session and shows when it expires, on standard error, as Oracle’s CLI does; a second line has the time zone, the time left, and the end of the session. Asks the identity service of the region unless --local is given.',
    environment: OCI_ENVIRONMENT,
    examples: [
      ['$0 --profile TokenDemo', 'ask the service'],
      ['$0 --profile TokenDemo --local', 'look at the token only'],
      ['$0 --profile TokenDemo -f json', 'for a program'],
    ],
    statuses: [0, [3, 'the service cannot be asked: unknown'], 4, 10],
  },
});
