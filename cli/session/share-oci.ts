import { OracleComputeError } from '../../lib/errors.js';
import { packSession } from '../../lib/oci/archive/export-session.js';
import { chooseProfile } from '../../lib/oci/config/choose-profile.js';
import { withoutVariables } from '../../lib/oci/config/config-file.js';
import type { SessionProfile } from '../../lib/oci/config/session-profile.js';
import type { RefreshDeps } from '../../lib/oci/refresh-session.js';
import { SHARED_SESSION_KEY, type SharingParts, sharedTokenStore } from '../../lib/oci/shared-session.js';
import type { StoreSettings } from '../../lib/store/open-remote-session.js';
import type { Context } from '../context/context.js';
import type { OciOptions } from '../flags/oci.js';
import { readStoreSettings, type StoreOptions } from '../flags/store.js';

/** The store that a line must name. @throws OracleComputeError MISSING_VALUE, and as `readStoreSettings` */
export async function requireStore(options: StoreOptions, context: Context): Promise<StoreSettings> {
  const settings = await readStoreSettings(options, context);
  if (settings) return settings;
  throw new OracleComputeError('MISSING_VALUE', 'no store is named', { name: 'store' });
}

export function sharingParts(name: string, settings: StoreSettings, context: Context): SharingParts {
  return { name, settings, clock: context.clock, owner: { uid: context.uid }, signal: context.interruption };
}

/** How a pushed or pulled session shares its refresh, if the line or the environment names a store. */
export async function sharingOfProfile(
  session: SessionProfile,
  options: OciOptions & StoreOptions,
  context: Context,
): Promise<Pick<RefreshDeps, 'share'>> {
  const name = session.values.get(SHARED_SESSION_KEY);
  const settings = name === undefined ? undefined : await readStoreSettings(options, context);
  if (name === undefined || !settings) return {};
  const pack = async () => {
    const written = { ...context, env: withoutVariables(context.env) };
    const profile = await chooseProfile({ ...options, profile: session.name }, written);
    return (await packSession(profile, { home: context.home, now: context.clock.now() })).bytes;
  };
  const { fingerprint } = session;
  return {
    share: (copy) => sharedTokenStore(copy, { ...sharingParts(name, settings, context), fingerprint, pack }),
  };
}
