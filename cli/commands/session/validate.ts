import { checkSession } from '../../../lib/oci/check-session.js';
import type { IdentityClient } from '../../../lib/oci/client/identity-client.js';
import type { SessionProfile } from '../../../lib/oci/config/session-profile.js';
import { readAgain } from '../../../lib/oci/read-again.js';
import { assertNotExpired, assertWorthAsking } from '../../../lib/oci/refresh-session.js';
import { readSession, type StoredToken } from '../../../lib/oci/token-file-store.js';
import type { Context } from '../../context/context.js';
import { infoLogger } from '../../options/general.js';
import { defineOciCommand } from '../../options/oci/command.js';
import { OCI_ENVIRONMENT, type OciOptions, withOciOptions } from '../../options/oci/options.js';
import { readChosenSession } from '../../options/oci/session.js';
import { describeTimes, timesForJson, validUntil } from '../../output/session-times.js';
import { printableJson } from '../../output/text.js';

export interface ValidateOptions extends OciOptions {
  readonly local?: boolean;
}

interface Found extends StoredToken {
  readonly session: SessionProfile;
  readonly client?: IdentityClient;
}

/** Says whether a session is good: by its token, and, unless --local was given, by asking the service. */
export async function runValidate(options: ValidateOptions, context: Context): Promise<number> {
  const { clock, interruption: signal } = context;
  const { session, token, times, client } = await readAgain<Found>({ clock, signal }, async () => {
    const found = await readChosenSession(options, context);
    const stored = await readSession(found, clock);
    if (options.local) assertNotExpired(stored.times, clock.now(), found.securityTokenFile);
    else assertWorthAsking(stored, clock.now(), found.securityTokenFile);
    await checkSession(found, stored.token);
    if (options.local) return { session: found, ...stored };
    const { identityClient } = await import('../../options/oci/identity.js');
    return { session: found, ...stored, client: await identityClient(found, stored.token, options, context) };
  });
  // Any call would do: this one is answered to everybody whose session is good.
  await client?.listRegions();
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
  builder: (parser) =>
    withOciOptions(parser).option('local', {
      type: 'boolean',
      describe: 'Look at the token only; do not ask the service',
    }),
  run: runValidate,
  help: {
    description:
      'Says until when a session is valid, on standard error, in the words of Oracle’s CLI; a second line has the zone, what is left, and the end of the session. Asks the identity service of the region, unless --local is given. A session that is over is not asked about.',
    environment: OCI_ENVIRONMENT,
    examples: [
      ['$0 --profile TokenDemo', 'ask the service'],
      ['$0 --profile TokenDemo --local', 'look at the token only'],
      ['$0 --profile TokenDemo -f json', 'for a program'],
    ],
    statuses: [
      [0, 'the session is valid'],
      [3, 'the service cannot be reached, or is in trouble: nobody knows'],
      [4, 'there is no such session, or its files are damaged'],
      [10, 'it is not valid: log in'],
    ],
  },
});
