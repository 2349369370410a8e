import { join } from 'node:path';
import type { SessionProfile } from './config/session-profile.js';

/**
 * The variables by which Oracle's CLI, and what is built on it, uses a session without further flags. None is a secret.
 *
 * @param env the variables that are set already
 */
export function sessionVariables(
  { name, configFile }: SessionProfile,
  { env, home }: { readonly env: Readonly<Record<string, string | undefined>>; readonly home: string },
): ReadonlyArray<{ readonly name: string; readonly value: string }> {
  // Where the variable is set to another file, saying nothing would leave that in force.
  const isDefault = configFile === join(home, '.oci', 'config') && !env.OCI_CLI_CONFIG_FILE;
  return [
    { name: 'OCI_CLI_PROFILE', value: name },
    { name: 'OCI_CLI_AUTH', value: 'security_token' },
    ...(isDefault ? [] : [{ name: 'OCI_CLI_CONFIG_FILE', value: configFile }]),
  ];
}
