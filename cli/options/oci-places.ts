import { join } from 'node:path';
import { OracleComputeError } from '../../lib/errors.js';
import { absolutePath, locateConfigFile, readConfigText, readProfile } from '../../lib/oci/config/config-file.js';
import { type ConfigText, findSection } from '../../lib/oci/config/config-text.js';
import type { World } from '../world/world.js';
import { AUTH_MODES, type OciOptions } from './oci.js';
import type { Sourced } from './places.js';

type Asked = Pick<OciOptions, 'configFile' | 'profile' | 'auth' | 'cliRcFile'>;

/** The path of a file as it was typed: `~` is the home folder, and what is relative begins where the person is. */
export function pathOf(given: string, world: World): string {
  return absolutePath(given, world.home, world.cwd);
}

/** The config file that a session is read from. */
export async function configFileOf({ configFile }: Asked, world: World): Promise<Sourced<string>> {
  return locateConfigFile(configFile, world.env, world.home, world.cwd);
}

/** The config file that a session is written to: never one of the older places that Oracle's clients still read. */
export function ownConfigFile({ configFile }: Asked, world: World): string {
  return pathOf(configFile ?? (world.env.OCI_CLI_CONFIG_FILE || '~/.oci/config'), world);
}

/** The profile, in Oracle's order: flag, `OCI_CLI_PROFILE`, `default_profile` of the rc file, `DEFAULT`. */
export async function profileNameOf(options: Asked, world: World): Promise<Sourced<string>> {
  if (options.profile !== undefined) return { value: options.profile, source: '--profile' };
  if (world.env.OCI_CLI_PROFILE) return { value: world.env.OCI_CLI_PROFILE, source: 'OCI_CLI_PROFILE' };
  const rc = await readRcFile(options, world);
  const value = rc && valueIn(rc, 'OCI_CLI_SETTINGS', 'default_profile');
  return value ? { value, source: rc.path } : { value: 'DEFAULT', source: 'default' };
}

/**
 * The way to authenticate, in Oracle's order: flag, `OCI_CLI_AUTH`, the active profile's section of the rc file.
 * Undefined where none of them says anything; for Oracle's CLI that is `api_key`.
 */
export async function authOf(options: Asked, world: World): Promise<Sourced<string> | undefined> {
  if (options.auth !== undefined) return { value: options.auth, source: '--auth' };
  if (world.env.OCI_CLI_AUTH) return { value: world.env.OCI_CLI_AUTH, source: 'OCI_CLI_AUTH' };
  const rc = await readRcFile(options, world);
  const value = rc && valueIn(rc, (await profileNameOf(options, world)).value, 'auth');
  return value ? { value, source: rc.path } : undefined;
}

/** @throws OracleComputeError USAGE for a way that Oracle's CLI does not know */
export function checkAuth({ value, source }: Sourced<string>): string {
  if ((AUTH_MODES as readonly string[]).includes(value)) return value;
  throw new OracleComputeError(
    'USAGE',
    `${source} is ${JSON.stringify(value.slice(0, 40))}; it must be one of ${AUTH_MODES.join(', ')}`,
    {},
  );
}

/** The file with defaults of Oracle's CLI, or undefined where there is none. */
async function readRcFile({ cliRcFile }: Asked, world: World): Promise<ConfigText | undefined> {
  const named = cliRcFile ?? (world.env.OCI_CLI_RC_FILE || undefined);
  if (named !== undefined) return readConfigText(pathOf(named, world));
  const folder = join(world.home, '.oci');
  return (await readConfigText(join(folder, 'oci_cli_rc'))) ?? readConfigText(join(folder, 'cli-defaults'));
}

/** Its defaults count only where it has a section of that name; `[DEFAULT]` is added to that, and does not replace it. */
function valueIn(rc: ConfigText, section: string, key: string): string | undefined {
  return findSection(rc, section) ? readProfile(rc, section).values.get(key) : undefined;
}
