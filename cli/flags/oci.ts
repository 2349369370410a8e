import type { Options } from 'yargs';
import { AUTH_MODES, type AuthMode } from '../../lib/oci/index.js';
import type { OciRequestOptions } from '../context/http.js';
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
