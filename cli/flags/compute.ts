import type { CommandHelp } from '../parser/command.js';
import type { OptionList } from '../parser/known-options.js';
import { STORE_ENVIRONMENT, type StoreOptions, withGeneralOptions } from './general.js';

export interface ProfileOptions {
  readonly profile?: string;
  readonly profileDirectory?: string;
}

/** The options of the commands that talk to Oracle Compute. */
export interface ComputeOptions extends StoreOptions, ProfileOptions {
  readonly address?: string;
  readonly user?: string;
  readonly pass?: string;
  readonly cookieFile?: string;
}

export function withComputeOptions(list: OptionList): OptionList {
  return withGeneralOptions(
    list
      .option('address', { alias: 'a', type: 'string', describe: 'Address of the service (OPC_API)' })
      .option('user', { alias: 'u', type: 'string', describe: 'User, /customer/name (OPC_USER)' })
      .option('pass', { alias: 'p', type: 'string', describe: 'Password file, or - for a prompt (OPC_PASSWORD_FILE)' })
      .option('cookie-file', {
        type: 'string',
        describe: 'Cookies file (OPC_COOKIE_FILE)',
      })
      .options(PROFILE_FLAGS),
  );
}

/** The options that choose a profile. */
export const PROFILE_FLAGS = {
  profile: { type: 'string', describe: 'Profile with address, user and password file (OPC_PROFILE)' },
  'profile-directory': { type: 'string', describe: 'Folder of the profiles (OPC_PROFILE_DIRECTORY)' },
} as const;

/** For the help: the variables of a command that uses a session and logs in if it must. */
export const SESSION_ENVIRONMENT: CommandHelp['environment'] = [
  ['OPC_COOKIE', 'token that overrides the stored session, unless it belongs to it'],
  ['OPC_API', 'endpoint'],
  ['OPC_USER', 'user, /customer/name'],
  ['OPC_PASSWORD_FILE', 'password file for a new login'],
  ['OPC_COOKIE_FILE', 'cookies file'],
  ...STORE_ENVIRONMENT,
];
