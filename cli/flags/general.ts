import type { Options } from 'yargs';
import type { OptionList } from '../parser/known-options.js';

/** The options that every command takes. */
export interface GeneralOptions {
  readonly format?: string;
  readonly fields?: string;
  readonly noHeader?: boolean;
  readonly noColor?: boolean;
  readonly debug?: boolean;
  readonly quiet?: boolean;
  readonly caBundle?: string;
  readonly allowHttp?: boolean;
  readonly timeout?: string;
}

/** These options, for yargs. */
export const GENERAL_FLAGS: Readonly<Record<string, Options>> = {
  format: {
    alias: 'f',
    type: 'string',
    choices: ['table', 'wide', 'tabbed', 'csv', 'json'],
    describe: 'Output format; wide: a table with all columns',
  },
  fields: { alias: 'F', type: 'string', describe: 'Columns to show, separated by commas' },
  'no-header': { alias: 'H', type: 'boolean', describe: 'Omit the header line' },
  'no-color': { type: 'boolean', describe: 'No colors on the terminal (NO_COLOR)' },
  debug: { alias: 'd', type: 'boolean', describe: 'Show requests and answers on stderr, without secrets' },
  quiet: { alias: 'q', type: 'boolean', describe: 'Errors only' },
  'ca-bundle': { type: 'string', describe: 'PEM file with additional CA certificates (OPC_CA_BUNDLE)' },
  'allow-http': { type: 'boolean', describe: 'Allow unencrypted http to other machines' },
  timeout: { type: 'string', describe: 'Timeout per request: 90s, 5m (default 30s)' },
};

export function withGeneralOptions(list: OptionList): OptionList {
  return list.options(GENERAL_FLAGS);
}

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
