import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { withoutSecrets } from './secret-variables.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where systemd and elogind put the runtime folders of users, each readable by its user alone. */
const RUNTIME_FOLDERS = '/run/user';

/**
 * The environment of the keychain's helper. A cron job or an ssh session knows no D-Bus session, but where its user has
 * one, that is at a fixed place; so it is named there.
 */
export async function keychainEnvironment(
  env: Environment,
  uid: number | undefined,
  runtimeFolders = RUNTIME_FOLDERS,
): Promise<Record<string, string | undefined>> {
  // Node's would change or disturb the helper.
  const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _folder, ...kept } = withoutSecrets(env, 'keychain');
  if (kept.DBUS_SESSION_BUS_ADDRESS || kept.XDG_RUNTIME_DIR || uid === undefined) return kept;
  const path = join(runtimeFolders, String(uid), 'bus');
  const bus = await fs.stat(path).catch(() => undefined);
  if (!bus?.isSocket() || bus.uid !== uid) return kept;
  return { ...kept, DBUS_SESSION_BUS_ADDRESS: `unix:path=${path}` };
}
