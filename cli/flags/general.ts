import { join } from 'node:path';
import type { Options } from 'yargs';
import { OracleComputeError } from '../../lib/errors.js';
import type { FileReader } from '../../lib/files/owner.js';
import { readSettingsFile, writersFault } from '../../lib/files/text-file.js';
import type { HttpClient } from '../../lib/http/client.js';
import { PREFIXES } from '../../lib/secrets/secret-variables.js';
import { parseDuration } from '../../lib/session/duration.js';
import { plainText } from '../../lib/text.js';
import type { ValueWithOrigin } from '../../lib/value-with-origin.js';
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
  fields: { alias: 'F', type: 'string', describe: 'Comma-separated columns to show' },
  'no-header': { alias: 'H', type: 'boolean', describe: 'Leave the heading line out' },
  'no-color': { type: 'boolean', describe: 'No colors on the terminal (NO_COLOR)' },
  debug: { alias: 'd', type: 'boolean', describe: 'Show requests and answers on stderr, without secrets' },
  quiet: { alias: 'q', type: 'boolean', describe: 'Say nothing but errors' },
  'ca-bundle': { type: 'string', describe: 'PEM file of certificate authorities to trust as well (OPC_CA_BUNDLE)' },
  'allow-http': { type: 'boolean', describe: 'Allow plain http to other machines' },
  timeout: { type: 'string', describe: 'Time limit of a request: 90, 90s, 5m (default 30s)' },
};

export function withGeneralOptions(list: OptionList): OptionList {
  return list.options(GENERAL_FLAGS);
}

const DEFAULT_TIMEOUT = 30_000;

/** The time limit of one request in milliseconds. */
export function timeoutOf(options: GeneralOptions): number {
  if (options.timeout === undefined) return DEFAULT_TIMEOUT;
  const milliseconds = parseDuration(options.timeout);
  if (milliseconds >= 100) return milliseconds;
  throw new OracleComputeError('DURATION_MALFORMED', 'a time limit must be at least a tenth of a second', {
    given: options.timeout,
  });
}

/** The HTTP client as the general options and the environment have it. */
export async function httpClient(options: GeneralOptions, context: Context): Promise<HttpClient> {
  const extra = context.env.NODE_EXTRA_CA_CERTS;
  const fault = extra ? await writersFault(extra, context) : undefined;
  if (fault) infoLogger(options, context)(`NODE_EXTRA_CA_CERTS decides whom to trust, and ${fault.message}`);
  return context.http({
    timeout: timeoutOf(options),
    certificateAuthorities: await readCertificateAuthorities(options, context),
    allowHttp: options.allowHttp,
    proxyEnvironment: context.env,
    debug: options.debug ? (line) => context.stderr.write(`${line}\n`) : undefined,
    signal: context.interruption,
    clock: context.clock,
    userAgent: `oracle-compute/${context.version}`,
  });
}

/** As `httpClient`, made for each request: while a process runs for days its CA bundle may be replaced. */
export function lastingHttpClient(options: GeneralOptions, context: Context): HttpClient {
  return {
    send: async (request) => (await httpClient(options, context)).send(request),
    stream: async (request) => (await httpClient(options, context)).stream(request),
  };
}

/** The PEM text of the bundle that is named. @throws OracleComputeError CA_BUNDLE_MALFORMED */
export async function readCertificateAuthorities(
  options: GeneralOptions,
  context: Context,
): Promise<string | undefined> {
  const given = options.caBundle ?? variable(context, 'CA_BUNDLE')?.value;
  if (given === undefined) return undefined;
  const path = expandHome(given, context);
  const malformed = (what: string, cause?: unknown) =>
    new OracleComputeError('CA_BUNDLE_MALFORMED', `the CA bundle ${path} ${what}`, { path }, { cause });
  const pem = await readSettingsFile(path, readerOf(context), malformed);
  if (pem === undefined) throw malformed('does not exist');
  const { checkBundle } = await import('../../lib/http/trust.js');
  checkBundle(pem, path);
  return pem;
}

/** Writes messages to the user at the terminal, unless `--quiet` is given. */
export function infoLogger(options: GeneralOptions, context: Context): (text: string) => void {
  return (text) => {
    if (!options.quiet) context.stderr.write(`${context.program}: ${plainText(text)}\n`);
  };
}

/** The variable `OPC_<name>`, or, if it is unset or empty, the first older name that is set; without a line end. */
export function variable(context: Context, name: string): ValueWithOrigin<string> | undefined {
  for (const prefix of PREFIXES) {
    const value = context.env[prefix + name]?.replace(/[\r\n]+$/, '');
    if (value !== undefined && value !== '') return { value, source: prefix + name };
  }
  return undefined;
}

/** Who reads the files that the line names; a signal ends the waiting for a pipe. */
export function readerOf({ uid, interruption: signal }: Context): FileReader {
  return { uid, signal };
}

/** A path with `~` for the home folder, as files and variables have it that no shell has read. */
export function expandHome(path: string, context: Context): string {
  return path === '~' || path.startsWith('~/') ? join(context.home, path.slice(1)) : path;
}
