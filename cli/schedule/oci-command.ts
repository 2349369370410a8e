import { resolve } from 'node:path';
import { checksum } from '../../lib/compute/checksum.js';
import { checkProfileName } from '../../lib/oci/config/profile-name.js';
import { describeDuration } from '../../lib/session/duration.js';
import { OCI_LIFETIMES } from '../../lib/session/lifetimes.js';
import { expandHome } from '../options/places.js';
import type { World } from '../world/world.js';
import type { ScheduledCommand } from './entry.js';
import { renewalOptions, type SchedulePeriod } from './period.js';

/**
 * The command that keeps a session of OCI alive, up to the end of its 24 hours: nothing but a browser begins it anew.
 *
 * @throws OracleComputeError PROFILE_NAME_MALFORMED
 */
export function ociCommand(
  options: { readonly ociProfile: string; readonly configFile?: string },
  period: SchedulePeriod,
  world: World,
): ScheduledCommand {
  const profile = checkProfileName(options.ociProfile);
  const given = options.configFile ?? (world.env.OCI_CLI_CONFIG_FILE || undefined);
  const configFile = given === undefined ? undefined : resolve(world.cwd, expandHome(given, world));
  const sum = checksum(`${configFile ?? ''} ${profile}`);
  return {
    name: `oci-session-${sum}`,
    purpose: `Keeps the OCI session of the profile ${profile} alive.`,
    remarks: [`It ends ${describeDuration(OCI_LIFETIMES.session)} after the login in the browser.`],
    words: [
      ...world.self,
      ...['session', 'refresh', '-q', ...renewalOptions(period, OCI_LIFETIMES), '--profile', profile],
      ...(configFile === undefined ? [] : ['--config-file', configFile]),
    ],
    environment: [],
    everyMinutes: period.everyMinutes,
    spread: Number.parseInt(sum, 16),
  };
}
