import type { Options } from 'yargs';
import { OracleComputeError } from '../../lib/errors.js';
import type { HttpClient } from '../../lib/http/client.js';
import { originOf } from '../../lib/oci/client/regions.js';
import { AUTH_MODES, type AuthMode } from '../../lib/oci/config/choose-profile.js';
import { type RcDefaults, readRcDefaults } from '../../lib/oci/config/rc-defaults.js';
import type { Context } from '../context/context.js';
import type { CommandModule } from '../parser/command.js';
import type { OptionList } from '../parser/known-options.js';
import { type GeneralOptions, httpClient, withGeneralOptions } from './general.js';

/** The options of Oracle's CLI that are allowed anywhere on an `oci` line, and our general ones. */
export interface OciOptions extends GeneralOptions {
  readonly configFile?: string;
  readonly profile?: string;
  readonly region?: string;
  readonly auth?: AuthMode;
  readonly endpoint?: string;
  readonly certBundle?: string;
  readonly proxy?: string;
  readonly cliRcFile?: string;
  readonly noRetry?: boolean;
  readonly maxRetries?: string;
  readonly readTimeout?: string;
  readonly opcRequestId?: string;
  readonly opcClientRequestId?: string;
  readonly requestId?: string;
  readonly output?: 'json' | 'table';
  readonly query?: string;
  /** No option: what Oracle's file with defaults says besides. */
  readonly defaults?: RcDefaults;
}

/** The options of Oracle's CLI among them, for yargs. */
export const OCI_FLAGS: Readonly<Record<string, Options>> = {
  'config-file': { type: 'string', describe: 'Config file (OCI_CLI_CONFIG_FILE; default ~/.oci/config)' },
  profile: { type: 'string', describe: 'Profile in the config file (OCI_CLI_PROFILE; default DEFAULT)' },
  region: { type: 'string', describe: 'Region, us-ashburn-1 or iad (OCI_CLI_REGION)' },
  auth: { type: 'string', choices: AUTH_MODES, describe: 'Way to authenticate (OCI_CLI_AUTH)' },
  endpoint: { type: 'string', describe: 'Address to ask instead of the region’s own' },
  'cert-bundle': { type: 'string', describe: 'The same as --ca-bundle (OCI_CLI_CERT_BUNDLE)' },
  proxy: { type: 'string', describe: 'Proxy to use (HTTPS_PROXY)' },
  'cli-rc-file': {
    alias: 'defaults-file',
    type: 'string',
    describe: 'File with defaults (OCI_CLI_RC_FILE; default ~/.oci/oci_cli_rc)',
  },
  'no-retry': { type: 'boolean', describe: 'Send every request once' },
  'max-retries': { type: 'string', describe: '0 to send every request once; more than 2 are never made' },
  'connection-timeout': { type: 'string', hidden: true },
  'read-timeout': { type: 'string', describe: 'The same as --timeout' },
  'opc-request-id': { type: 'string', describe: 'Id by which Oracle can find the request' },
  // Its other names.
  'opc-client-request-id': { type: 'string', hidden: true },
  'request-id': { type: 'string', hidden: true },
  output: { type: 'string', choices: ['json', 'table'], describe: 'Format of a result, as Oracle’s CLI has it' },
  // Oracle's own take them everywhere; here they change nothing.
  'auth-purpose': { type: 'string', hidden: true },
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
  ['OCI_CLI_CERT_BUNDLE', 'certificate authorities to trust as well'],
  ['OCI_CLI_PASSPHRASE', 'passphrase of the private key'],
];

/** The HTTP client as Oracle's options and variables have it. */
export async function ociHttpClient(options: OciOptions, context: Context): Promise<HttpClient> {
  const { env } = context;
  const { defaults } = options;
  const fromEnvironment =
    env.OCI_CLI_CERT_BUNDLE || env.OPC_CA_BUNDLE || defaults?.certBundle || env.REQUESTS_CA_BUNDLE;
  const caBundle = options.caBundle ?? options.certBundle ?? fromEnvironment;
  const timeout = options.timeout ?? options.readTimeout;
  const debug = options.debug ?? defaults?.debug ?? false;
  const client = await httpClient(
    { ...options, debug, ...(caBundle && { caBundle }), ...(timeout !== undefined && { timeout }) },
    options.proxy === undefined ? context : { ...context, env: withProxy(env, options.proxy) },
  );
  return shaped(client, options);
}

function withProxy(env: Context['env'], proxy: string): Context['env'] {
  return { ...env, https_proxy: proxy, http_proxy: proxy };
}

/** What the line asks of every request. */
function shaped(client: HttpClient, options: OciOptions): HttpClient {
  const { noRetry, maxRetries, defaults } = options;
  const opcRequestId = options.opcRequestId ?? options.opcClientRequestId ?? options.requestId;
  const once = noRetry || maxRetries === '0' || (maxRetries === undefined && defaults?.noRetry);
  if (!once && opcRequestId === undefined) return client;
  if (opcRequestId !== undefined && !/^[\x21-\x7e]{1,200}$/.test(opcRequestId)) {
    throw new OracleComputeError('USAGE', '--opc-request-id takes letters, digits and signs without blanks', {});
  }
  const shape = (request: Parameters<HttpClient['send']>[0]) => ({
    ...request,
    ...(once && { retry: 'never' as const }),
    ...(opcRequestId !== undefined && { headers: { ...request.headers, 'opc-request-id': opcRequestId } }),
  });
  return {
    send: (request) => client.send(shape(request)),
    stream: (request) => client.stream(shape(request)),
  };
}

/**
 * The address to ask instead of the region's own.
 *
 * @param context if given, variable and defaults count too: they name the address of one service, not the login's
 * @throws OracleComputeError ADDRESS_MALFORMED
 */
export function endpointOf(options: OciOptions, context?: Context): string | undefined {
  const given = options.endpoint ?? (context && (context.env.OCI_CLI_ENDPOINT || options.defaults?.endpoint));
  return given === undefined ? undefined : originOf(given, 'a service', '--endpoint https://HOST');
}

/** A command of OCI: what its line does not say is taken from the file with defaults of Oracle's CLI. */
export function defineOciCommand<O extends OciOptions>(command: CommandModule<O>): CommandModule<O> {
  return {
    ...command,
    run: async (options, context, path) => {
      const defaults = await readRcDefaults(options, path, context);
      return command.run({ ...options, ...(defaults && { defaults }) }, context, path);
    },
  };
}
