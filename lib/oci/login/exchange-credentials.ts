import { OracleComputeError } from '../../errors.js';
import { AuthClient, type ReceivedToken } from '../client/auth-client.js';
import type { ServiceParts } from '../client/call-service.js';
import { type Region, regionHosts } from '../client/regions.js';
import type { ConfigProfile } from '../config/config-file.js';
import { required, type SessionProfile } from '../config/session-profile.js';
import { loadPrivateKey } from '../credentials/credential-files.js';
import { generatePrivateKey, privateKeyFile } from '../credentials/key-pair.js';
import type { TokenOwner } from '../credentials/security-token.js';
import { ApiKeySigner, type RequestSigner, SecurityTokenSigner } from '../credentials/signer.js';
import { assertWorthAsking } from '../refresh-session.js';
import { readSession } from '../token-file-store.js';
import type { NewSession } from './save-session.js';

/** What signs the exchange, and what it is called in messages: a path, a profile. */
export interface Credentials {
  readonly signer: RequestSigner;
  readonly source: string;
  /** Whom they speak for, as far as that is known. */
  readonly owner?: TokenOwner;
}

/** The key of the new session: its public half, and the path of its private half or the content for its file. */
export interface SessionKey extends Pick<NewSession, 'key' | 'fingerprint'> {
  readonly publicKeyPem: string;
  readonly modulus: string;
}

export interface CredentialExchange {
  readonly credentials: Credentials;
  readonly key: SessionKey;
  readonly region: Region;
  /** The origin to ask instead of the region's own. */
  readonly endpoint?: string;
  /** How long the session lasts, 5 to 60. */
  readonly minutes: number;
}

export interface Exchanged extends ReceivedToken, Omit<SessionKey, 'modulus'> {
  readonly minutes: number;
}

/** A session made of credentials lasts this many minutes (OCI, Token-based Authentication for the CLI). */
export const [SHORTEST_EXCHANGE, LONGEST_EXCHANGE] = [5, 60];

/**
 * Exchanges valid credentials, an API key or an unexpired session, for a session of its own.
 *
 * @throws OracleComputeError DURATION_MALFORMED, TOKEN_REFUSED, and what asking the service throws
 */
export async function exchangeCredentials(exchange: CredentialExchange, deps: ServiceParts): Promise<Exchanged> {
  const { credentials, key, region, endpoint, minutes } = exchange;
  checkMinutes(minutes);
  const client = new AuthClient(endpoint ?? regionHosts(region).auth, deps);
  const received = await client.generate(key, minutes, credentials.signer, credentials.source, credentials.owner);
  const { modulus: _, ...kept } = key;
  return { ...received, ...kept, minutes };
}

/** A session as credentials. @throws OracleComputeError SESSION_OVER, TOKEN_EXPIRED, and what the key throws */
export async function sessionCredentials(
  session: SessionProfile,
  clock: ServiceParts['clock'],
  passphrase: string | undefined = session.passphrase,
): Promise<Credentials> {
  const source = session.securityTokenFile;
  const stored = await readSession(session, clock);
  assertWorthAsking(stored, clock.now(), source);
  const key = await loadPrivateKey(session.keyFile, passphrase);
  const { value, subject, tenancy } = stored.token;
  return { signer: new SecurityTokenSigner(value, key), source, owner: { subject, tenancy } };
}

/**
 * The API key of a profile as credentials.
 *
 * @param keyFile the profile's `key_file`, absolute
 * @throws OracleComputeError PROFILE_INCOMPLETE, and what reading the key throws
 */
export async function apiKeyCredentials(
  profile: ConfigProfile,
  keyFile: string,
  passphrase: string | undefined,
): Promise<Credentials> {
  const identity = {
    tenancy: required(profile, 'tenancy'),
    user: required(profile, 'user'),
    fingerprint: required(profile, 'fingerprint'),
  };
  const key = await loadPrivateKey(keyFile, passphrase);
  const owner = { subject: identity.user, tenancy: identity.tenancy };
  return { signer: new ApiKeySigner(identity, key), source: `the profile [${profile.name}]`, owner };
}

/** A key of the session's own. @param passphrase encrypts its file */
export async function newSessionKey(passphrase: string | undefined): Promise<SessionKey> {
  const key = await generatePrivateKey();
  const { publicKeyPem, modulus, fingerprint } = key;
  return { publicKeyPem, modulus, fingerprint, key: { content: privateKeyFile(key, passphrase) } };
}

/** How long a session may last. @throws OracleComputeError DURATION_MALFORMED */
export function checkMinutes(minutes: number): number {
  if (minutes >= SHORTEST_EXCHANGE && minutes <= LONGEST_EXCHANGE) return minutes;
  const wrong = minutes > LONGEST_EXCHANGE ? `longer than ${LONGEST_EXCHANGE}` : `shorter than ${SHORTEST_EXCHANGE}`;
  throw new OracleComputeError('DURATION_MALFORMED', `a session cannot be ${wrong} minutes`, {
    given: String(minutes),
  });
}
