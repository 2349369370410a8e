import { resolve } from 'node:path';
import { checkProfileName } from '../../lib/oci/config/profile-name.js';
import { describeDuration } from '../../lib/session/duration.js';
import { OCI_LIFETIMES } from '../../lib/session/lifetimes.js';
import { checksum } from '../../lib/text.js';
import type { Context } from '../context/context.js';
import { expandHome, variable } from '../options/general.js';
import { readStoreSettings, type StoreOptions } from '../options/store/settings.js';
import type { ScheduledCommand } from './entry.js';
import { renewalOptions, type SchedulePeriod } from './period.js';
import { storeEnvironment, storeFlags } from './store-settings.js';

/**
 * The command that keeps a session of OCI alive, up to the end of its 24 hours: nothing but a browser begins it anew.
 *
 * @throws OracleComputeError PROFILE_NAME_MALFORMED, and as `readStoreSettings`
 */
export async function ociCommand(
  options: StoreOptions & { readonly ociProfile: string; readonly configFile?: string },
  period: SchedulePeriod,
  context: Context,
): Promise<ScheduledCommand> {
  const profile = checkProfileName(options.ociProfile);
  const given = options.configFile ?? (context.env.OCI_CLI_CONFIG_FILE || undefined);
  const path = (text: string) => resolve(context.cwd, expandHome(text, context));
  const configFile = given === undefined ? undefined : path(given);
  const store = await readStoreSettings(options, context);
  // As a flag it would stand before OCI's own variable, and the store's authority need not be that of OCI.
  const caBundle = variable(context, 'CA_BUNDLE')?.value;
  const sum = checksum(`${configFile ?? ''} ${profile}`);
  return {
    name: `oci-session-${sum}`,
    purpose: `Keeps the OCI session of the profile ${profile} alive.`,
    remarks: [`It ends ${describeDuration(OCI_LIFETIMES.session)} after the login in the browser.`],
    words: [
      ...context.self,
      ...['session', 'refresh', '-q', ...renewalOptions(period, OCI_LIFETIMES), '--profile', profile],
      ...(configFile === undefined ? [] : ['--config-file', configFile]),
      ...storeFlags(store),
      ...(options.caBundle === undefined ? [] : ['--ca-bundle', path(options.caBundle)]),
    ],
    environment: [
      ...storeEnvironment(store, path),
      ...(caBundle === undefined ? [] : [['OPC_CA_BUNDLE', path(caBundle)] as const]),
    ],
    everyMinutes: period.everyMinutes,
    spread: Number.parseInt(sum, 16),
  };
}
