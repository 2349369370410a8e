import { resolve } from 'node:path';
import {
  PROFILE_KEYS,
  type ProfileKey,
  parseAccountName,
  parseEndpoint,
  secretFilePath,
  setInProfile,
} from '../../../lib/index.js';
import type { Context } from '../../context/context.js';
import { infoLogger } from '../../context/conversation.js';
import { PROFILE_FLAGS } from '../../flags/compute.js';
import { withGeneralOptions } from '../../flags/general.js';
import type { CommandModule } from '../../parser/command.js';
import { chosenProfile } from '../../settings/compute.js';
import { expandHome } from '../../settings/general.js';
import type { ConfigOptions } from './list.js';

export interface ConfigSetOptions extends ConfigOptions {
  readonly key?: ProfileKey;
  readonly value?: string;
}

/** Sets one value in a profile of Oracle Compute, or removes it. */
export async function runConfigSet(options: ConfigSetOptions, context: Context): Promise<number> {
  const { key = 'endpoint', value = '' } = options;
  const { path } = await chosenProfile(options, context);
  const text = value === '' ? '' : checkedValue(key, value, context);
  await setInProfile(path, key, text, { clock: context.clock, signal: context.interruption });
  if (context.stderr.isTTY) infoLogger(options, context)(`${key} is ${text === '' ? 'removed' : 'set'} in ${path}`);
  return 0;
}

/** The value as it is stored. A relative path would mean another file in each folder. */
function checkedValue(key: ProfileKey, value: string, context: Context): string {
  switch (key) {
    case 'endpoint':
      parseEndpoint(value);
      return value.trim();
    case 'user':
      return parseAccountName(value);
    case 'password-file': {
      if (value === '-') return value;
      const expanded = expandHome(value, context);
      const path = resolve(context.cwd, expanded);
      secretFilePath(value, path);
      return expanded === value ? path : value;
    }
  }
}

export const configSetCommand: CommandModule<ConfigSetOptions> = {
  builder: (list) =>
    withGeneralOptions(list)
      .options(PROFILE_FLAGS)
      .positional('key', { type: 'string', choices: PROFILE_KEYS, describe: 'What to set' })
      .positional('value', { type: 'string', describe: "Its value; '' removes it" }),
  run: runConfigSet,
  help: {
    description:
      'Sets the address, the user or the password file in a profile, the default one or the one that --profile names, and makes the profile if it does not exist. The file is private (mode 0600) and replaced as a whole; everything else in it stays. A password never goes into a profile: only the path of its file.',
    environment: [
      ['OPC_PROFILE', 'profile to use'],
      ['OPC_PROFILE_DIRECTORY', 'folder of the profiles'],
      ['OPC_PROFILE_FILE', 'file to use instead'],
    ],
    examples: [
      ['$0 endpoint https://api-z99.compute.example.com --profile prod', 'make a profile'],
      ['$0 user /Compute-acme/jack.jones@example.com --profile prod', 'and say whose sessions it is for'],
      ['$0 password-file ~/.opc/password --profile prod', 'and where the password is'],
      ["$0 user '' --profile prod", 'remove a value'],
    ],
    statuses: [0, 2, 4],
  },
};
