import type { Options } from 'yargs';
import { OracleComputeError } from '../../lib/errors.js';
import { AUTH_MODES, type AuthMode, chooseAuth, type OciNote, readRcDefaults } from '../../lib/oci/index.js';
import type { Context } from '../context/context.js';
import { canPrompt, infoLogger } from '../context/conversation.js';
import { type OciRequestOptions, ociHttpClient } from '../context/http.js';
import type { CommandModule } from '../parser/command.js';
import type { OptionList } from '../parser/known-options.js';
import { withGeneralOptions } from './general.js';

/** The options of Oracle's CLI that are allowed anywhere on an `oci` line, and our general ones. */
export interface OciOptions extends OciRequestOptions {
  readonly configFile?: string;
  readonly profile?: string;
  readonly region?: string;
  readonly auth?: AuthMode;
  readonly endpoint?: string;
  readonly cliRcFile?: string;
  readonly output?: 'json' | 'table';
  readonly query?: string;
}

/** The options of Oracle's CLI among them, for yargs. */
export const OCI_FLAGS: Readonly<Record<string, Options>> = {
  'config-file': { type: 'string', describe: 'Config file (OCI_CLI_CONFIG_FILE; default ~/.oci/config)' },
  profile: { type: 'string', describe: 'Profile in the config file (OCI_CLI_PROFILE; default DEFAULT)' },
  region: { type: 'string', describe: 'Region, us-ashburn-1 or iad (OCI_CLI_REGION)' },
  auth: { type: 'string', choices: AUTH_MODES, describe: 'Authentication type (OCI_CLI_AUTH)' },
  endpoint: { type: 'string', describe: 'Service URL, instead of the region’s' },
  'cert-bundle': { type: 'string', describe: 'Same as --ca-bundle (OCI_CLI_CERT_BUNDLE)' },
  proxy: { type: 'string', describe: 'Proxy to use (HTTPS_PROXY)' },
  'cli-rc-file': {
    alias: 'defaults-file',
    type: 'string',
    describe: 'Defaults file (OCI_CLI_RC_FILE; default ~/.oci/oci_cli_rc)',
  },
  'no-retry': { type: 'boolean', describe: 'Do not retry requests' },
  'max-retries': { type: 'string', describe: 'Retries per request, 0 to 2' },
  'connection-timeout': { type: 'string', hidden: true },
  'read-timeout': { type: 'string', describe: 'Same as --timeout' },
  'opc-request-id': { type: 'string', describe: 'Request ID for Oracle support' },
  // Its other names.
  'opc-client-request-id': { type: 'string', hidden: true },
  'request-id': { type: 'string', hidden: true },
  output: { type: 'string', choices: ['json', 'table'], describe: 'Output format, as in Oracle’s CLI' },
  // Oracle's own take them everywhere; here they change nothing.
  'auth-purpose': { type: 'string', hidden: true },
  'federation-endpoint': { type: 'string', hidden: true },
  'realm-specific-endpoint': { type: 'boolean', hidden: true },
  'enable-dual-stack': { type: 'boolean', hidden: true },
  'enable-propagation': { type: 'boolean', hidden: true },
  'cli-auto-prompt': { alias: 'i', type: 'boolean', hidden: true },
  query: { type: 'string', hidden: true },
  'raw-output': { type: 'boolean', hidden: true },
};

export function withOciOptions(list: OptionList): OptionList {
  return withGeneralOptions(list).options(OCI_FLAGS);
}

/** The variables that these options read, for the help of a command. */
export const OCI_ENVIRONMENT: ReadonlyArray<readonly [name: string, meaning: string]> = [
  ['OCI_CLI_CONFIG_FILE', 'config file'],
  ['OCI_CLI_PROFILE', 'profile'],
  ['OCI_CLI_REGION', 'region'],
  ['OCI_CLI_CERT_BUNDLE', 'additional CA certificates'],
  ['OCI_CLI_PASSPHRASE', 'passphrase of the private key'],
];

/** What the library's functions take of a line of OCI: the choice of a profile, the environment, what it may ask. */
export function sessionOptions(options: OciOptions, context: Context) {
  const { configFile, profile, auth, cliRcFile, region, defaults, endpoint } = options;
  const { env, home, cwd, clock, interruption: signal } = context;
  const passphrase = (path: string) => context.promptSecret(`Passphrase of ${path}: `);
  const noted = new Set<string>();
  return {
    ...{ configFile, profile, auth, cliRcFile, region, defaultRegion: defaults?.region, endpoint },
    // Variable and defaults name the address of one service, not the login's.
    identityEndpoint: endpoint ?? (env.OCI_CLI_ENDPOINT || defaults?.endpoint),
    ...{ env, home, cwd, clock, signal, http: ociHttpClient(options, context) },
    passphrase: canPrompt(context) ? passphrase : undefined,
    onNote: (note: OciNote) => {
      const text = describeNote(note);
      if (!noted.has(text)) infoLogger(options, context)(text);
      noted.add(text);
    },
  };
}

/** As `sessionOptions`, for what never asks and prints only errors. */
export function unattendedOptions(options: OciOptions, context: Context) {
  return sessionOptions({ ...options, quiet: true }, { ...context, stdin: { ...context.stdin, isTTY: false } });
}

/** @throws OracleComputeError USAGE if the line or its surroundings ask for another way to authenticate than a session */
export async function requireSessionAuth(
  does: string,
  command: string,
  options: OciOptions,
  context: Context,
): Promise<void> {
  const auth = await chooseAuth(options, command.split(' '), context);
  if (!auth || auth.value === 'security_token') return;
  const source = auth.source === 'option' ? '--auth' : auth.source;
  const message = `${source} asks for ${auth.value}; this program ${does} with a session only: --auth security_token`;
  throw new OracleComputeError('USAGE', message, { usage: command });
}

function describeNote({ code, path, mode }: OciNote): string {
  return code === 'file-open-to-others'
    ? `${path} has mode ${mode}; make it yours alone: chmod 600 ${path}`
    : `${path} is write-protected (mode ${mode}); a change replaces it all the same, with mode 600`;
}

/** A command of OCI: what its line does not say is taken from the file with defaults of Oracle's CLI. */
export function defineOciCommand<O extends OciOptions>(command: CommandModule<O>): CommandModule<O> {
  return {
    ...command,
    run: async (options, context, path) => {
      const defaults = await readRcDefaults(options, path, context);
      return command.run({ ...options, defaults }, context, path);
    },
  };
}
