import type { Options } from 'yargs';
import type { ValueWithOrigin } from '../../lib/text.js';
import { expandHome as expand, PREFIXES } from '../../lib/variables.js';
import type { Context } from '../context/context.js';
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

/** The variable `OPC_<name>`, or, if it is unset or empty, the first older name that is set; without a line end. */
export function variable(context: Context, name: string): ValueWithOrigin<string> | undefined {
  for (const prefix of PREFIXES) {
    const value = context.env[prefix + name]?.replace(/[\r\n]+$/, '');
    if (value !== undefined && value !== '') return { value, source: prefix + name };
  }
  return undefined;
}

/** A path with `~` for the home folder, as files and variables have it that no shell has read. */
export function expandHome(path: string, context: Context): string {
  return path.startsWith('~') ? expand(path, context.home) : path;
}

/** The environment of the library's functions that send nothing. */
export function libraryEnvironment({ env, home, cwd, clock, interruption: signal }: Context) {
  return { env, home, cwd, clock, signal };
}
