import { OracleComputeError } from '../../../lib/errors.js';
import { pathOf } from '../../../lib/oci/config/choose-profile.js';
import { type NewLogin, pipelineLogin } from '../../../lib/oci/login/authenticate.js';
import type { ExchangeSettings } from '../../../lib/oci/pipeline/exchange-settings.js';
import { secretFilePath } from '../../../lib/secrets/password-file.js';
import type { Context } from '../../context/context.js';
import type { OptionList } from '../../parser/known-options.js';
import { readerOf } from '../general.js';
import { type OciOptions, ociHttpClient } from '../oci.js';

export interface PipelineOptions extends OciOptions {
  readonly tokenExchange?: boolean;
  readonly domainUrl?: string;
  readonly clientId?: string;
  readonly clientSecretFile?: string;
  readonly subjectTokenFile?: string;
  readonly subjectTokenAudience?: string;
}

export function withPipelineOptions(list: OptionList): OptionList {
  return list
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
    });
}

/**
 * Makes a session from the token of a pipeline (`--token-exchange`).
 *
 * @throws OracleComputeError as `pipelineLogin`
 */
export async function exchangePipelineToken(
  options: PipelineOptions,
  passphrase: string | undefined,
  context: Context,
): Promise<NewLogin> {
  const { env, home, clock, stdin } = context;
  const http = await ociHttpClient(options, context);
  const parts = { ...readerOf(context), env, home, clock, http, stdin: () => stdin.read() };
  return pipelineLogin(givenSettings(options, context), parts, passphrase);
}

function givenSettings(options: PipelineOptions, context: Context): ExchangeSettings {
  const { domainUrl, clientId, clientSecretFile, subjectTokenFile, subjectTokenAudience } = options;
  if (subjectTokenFile === '-' && context.stdin.isTTY) {
    throw new OracleComputeError('USAGE', 'standard input is a terminal; a token is not to be typed', {
      usage: 'session authenticate',
    });
  }
  const file = (given: string | undefined) => given && secretFilePath(given, pathOf(given, context));
  return {
    domainUrl,
    clientId,
    clientSecretFile: file(clientSecretFile),
    subjectTokenFile: subjectTokenFile === '-' ? '-' : file(subjectTokenFile),
    subjectTokenAudience,
  };
}
