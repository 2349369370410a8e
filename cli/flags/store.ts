import type { OptionList } from '../parser/known-options.js';
import type { GeneralOptions } from './general.js';

/** The options of commands whose session may be one that hosts share. */
export interface StoreOptions extends GeneralOptions {
  readonly store?: string;
  readonly waitSession?: string;
}

export const STORE_VARIABLE = 'OPC_SESSION_STORE';
export const STORE_PASSWORD_VARIABLE = 'OPC_SESSION_STORE_PASSWORD_FILE';
export const STORE_KEY_VARIABLE = 'OPC_SESSION_STORE_KEY_FILE';

/** For the help of commands that take `--store`. */
export const STORE_ENVIRONMENT: ReadonlyArray<readonly [string, string]> = [
  [STORE_VARIABLE, 'server for shared sessions'],
  [STORE_PASSWORD_VARIABLE, 'password file of the store'],
  [STORE_KEY_VARIABLE, 'encryption keys of the store'],
];

export const STORE_VARIABLES = STORE_ENVIRONMENT.map(([name]) => name);

export function withStoreOption(list: OptionList): OptionList {
  return list.option('store', {
    type: 'string',
    describe: `Redis or Valkey server to share the session: rediss://… (${STORE_VARIABLE})`,
  });
}

/** For commands that need a session and may wait for a host that can begin one. */
export function withStoreOptions(list: OptionList): OptionList {
  return withStoreOption(list).option('wait-session', {
    type: 'string',
    describe: 'Wait up to this long for another host to log in: 60s',
  });
}
