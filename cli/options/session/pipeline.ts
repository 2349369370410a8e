import type { Argv } from 'yargs';
import { OracleComputeError } from '../../../lib/errors.js';
import type { ReceivedToken } from '../../../lib/oci/client/auth-client.js';
import { pathOf } from '../../../lib/oci/config/choose-profile.js';
import type { ConfigChanges } from '../../../lib/oci/config/config-edit.js';
import { generatePrivateKey, type PrivateKey } from '../../../lib/oci/credentials/key-pair.js';
import { exchangeToken } from '../../../lib/oci/pipeline/domain-client.js';
import {
  type ExchangeSettings,
  exchangeEntries,
  readExchange,
  withExchangeVariables,
} from '../../../lib/oci/pipeline/exchange-settings.js';
import { secretFilePath } from '../../../lib/secrets/password-file.js';
import type { Context } from '../../context/context.js';
import { readerOf } from '../general.js';
import { type OciOptions, ociHttpClient } from '../oci/options.js';

export interface PipelineOptions extends OciOptions {
  readonly tokenExchange?: boolean;
  readonly domainUrl?: string;
  readonly clientId?: string;
  readonly clientSecretFile?: string;
  readonly subjectTokenFile?: string;
  readonly subjectTokenAudience?: string;
}

export interface PipelineSession extends ReceivedToken {
  readonly key: PrivateKey;
  /** What the profile notes so that the session can be renewed. */
  readonly entries: ConfigChanges;
}

export function withPipelineOptions<T>(parser: Argv<T>): Argv<T & PipelineOptions> {
  return parser
    .option('token-exchange', { type: 'boolean', describe: 'Exchange the token of a pipeline instead' })
    .option('domain-url', { type: 'string', describe: 'Identity domain for that (OCI_TOKEN_EXCHANGE_DOMAIN_URL)' })
    .option('client-id', { type: 'string', describe: 'Its client (OCI_TOKEN_EXCHANGE_CLIENT_ID)' })
    .option('client-secret-file', {
      type: 'string',
      describe: 'File with the client’s secret (OCI_TOKEN_EXCHANGE_CLIENT_SECRET is the secret itself)',
    })
    .option('subject-token-file', {
      type: 'string',
      describe: 'File with the pipeline’s token, - for standard input (OCI_WORKLOAD_IDENTITY_TOKEN_PATH)',
    })
    .option('subject-token-audience', {
      type: 'string',
      describe: 'Whom GitHub’s token is for (default: the domain)',
    }) as Argv<T & PipelineOptions>;
}

/**
 * Makes a session from the token of a pipeline (`--token-exchange`).
 *
 * @throws OracleComputeError as `readExchange` and `exchangeToken`
 */
export async function exchangePipelineToken(options: PipelineOptions, context: Context): Promise<PipelineSession> {
  const settings = withExchangeVariables(givenSettings(options, context), {}, context.env);
  const { env, home, clock, stdin } = context;
  const parts = {
    ...readerOf(context),
    env,
    home,
    clock,
    http: await ociHttpClient(options, context),
    stdin: () => stdin.read(),
  };
  const exchange = await readExchange(settings, parts);
  const key = await generatePrivateKey();
  const received = await exchangeToken(exchange, key, parts);
  return { ...received, key, entries: exchangeEntries({ ...settings, domainUrl: exchange.domain }) };
}

function givenSettings(options: PipelineOptions, context: Context): ExchangeSettings {
  const { domainUrl, clientId, clientSecretFile, subjectTokenFile, subjectTokenAudience } = options;
  if (subjectTokenFile === '-' && context.stdin.isTTY) {
    throw new OracleComputeError('USAGE', 'standard input is a terminal; a token is not to be typed', {
      usage: 'session authenticate',
    });
  }
  const file = (given: string) => secretFilePath(given, pathOf(given, context));
  return {
    ...(domainUrl !== undefined && { domainUrl }),
    ...(clientId !== undefined && { clientId }),
    ...(clientSecretFile !== undefined && { clientSecretFile: file(clientSecretFile) }),
    ...(subjectTokenFile !== undefined && {
      subjectTokenFile: subjectTokenFile === '-' ? '-' : file(subjectTokenFile),
    }),
    ...(subjectTokenAudience !== undefined && { subjectTokenAudience }),
  };
}
