import { type MissingValue, OracleComputeError } from '../../errors.js';
import { readPasswordFile, withoutLineBreak } from '../../secrets/password-file.js';
import { serviceOrigin } from '../client/regions.js';
import type { ConfigChanges } from '../config/config-edit.js';
import type { TokenExchange } from './domain-client.js';
import { findSubjectToken, type SubjectTokenParts } from './subject-token.js';

/** How a session is made of a pipeline's token. What is not given comes from variables, then from the profile. */
export interface ExchangeSettings {
  readonly domainUrl?: string;
  readonly clientId?: string;
  /** Absolute. */
  readonly clientSecretFile?: string;
  /** Absolute; `-` for standard input. */
  readonly subjectTokenFile?: string;
  readonly subjectTokenAudience?: string;
}

export interface ExchangeParts extends SubjectTokenParts {
  readonly home: string;
}

const KEYS = {
  domainUrl: 'token_exchange_domain',
  clientId: 'token_exchange_client',
  // Without the ending `_file`: Oracle's export would pack what it names.
  clientSecretFile: 'token_exchange_secret_path',
  subjectTokenFile: 'token_exchange_subject_path',
  subjectTokenAudience: 'token_exchange_audience',
} as const;

/** The settings noted in a profile, to renew its session; undefined if the session is not a pipeline's. */
export function notedExchange(values: ReadonlyMap<string, string>): ExchangeSettings | undefined {
  if (!values.has(KEYS.domainUrl)) return undefined;
  return Object.fromEntries(
    Object.entries(KEYS).flatMap(([name, key]) => (values.has(key) ? [[name, values.get(key)]] : [])),
  );
}

/** The entries of a profile that note it. No secret is among them. */
export function exchangeEntries(settings: ExchangeSettings): ConfigChanges {
  return Object.entries(KEYS).map(([name, key]) => {
    const value = settings[name as keyof typeof KEYS];
    return [key, value === '-' ? undefined : value];
  });
}

/** The settings with what variables say of domain and client. @throws OracleComputeError USAGE */
export function withExchangeVariables(
  given: ExchangeSettings,
  noted: ExchangeSettings,
  env: Readonly<Record<string, string | undefined>>,
): ExchangeSettings {
  const way = env.OCI_TOKEN_EXCHANGE_AUTH;
  if (way && way !== 'OAuthClientCredentials') {
    throw new OracleComputeError(
      'USAGE',
      'OCI_TOKEN_EXCHANGE_AUTH is not OAuthClientCredentials, the one way there is here',
      {},
    );
  }
  const domainUrl = given.domainUrl ?? (withoutLineBreak(env.OCI_TOKEN_EXCHANGE_DOMAIN_URL) || noted.domainUrl);
  const clientId = given.clientId ?? (withoutLineBreak(env.OCI_TOKEN_EXCHANGE_CLIENT_ID) || noted.clientId);
  return { ...noted, ...given, ...(domainUrl && { domainUrl }), ...(clientId && { clientId }) };
}

/**
 * Everything that an exchange needs, secrets too.
 *
 * @throws OracleComputeError MISSING_VALUE, ADDRESS_MALFORMED, and what reading the secret and finding the token throw
 */
export async function readExchange(settings: ExchangeSettings, parts: ExchangeParts): Promise<TokenExchange> {
  const { env } = parts;
  const address = required(settings.domainUrl, 'URL of the identity domain', 'identity-domain');
  const domain = serviceOrigin(address, 'identity-domain');
  const clientId = required(settings.clientId, 'client ID', 'client-id');
  const { clientSecretFile } = settings;
  const secret = withoutLineBreak(env.OCI_TOKEN_EXCHANGE_CLIENT_SECRET);
  const clientSecret = clientSecretFile
    ? await readPasswordFile(clientSecretFile, parts)
    : required(secret, 'client secret', 'client-secret');
  return { domain, clientId, clientSecret, subjectToken: await findSubjectToken(settings, domain, parts) };
}

function required(value: string | undefined, what: string, name: MissingValue): string {
  if (value) return value;
  throw new OracleComputeError('MISSING_VALUE', `no ${what} given`, { name });
}
