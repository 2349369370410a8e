import type { Environment } from '../../environment.js';
import { isOracleComputeError, OracleComputeError } from '../../errors.js';
import { unreadable } from '../../files/paths.js';
import { readTextFile } from '../../files/text-file.js';
import { AuthClient, type ReceivedToken } from '../client/auth-client.js';
import type { ServiceParts } from '../client/call-service.js';
import { type Region, regionHosts } from '../client/regions.js';
import { pathOf } from '../config/choose-profile.js';
import type { ConfigProfile } from '../config/config-file.js';
import { required, type SessionProfile, sessionProfile } from '../config/session-profile.js';
import { loadPrivateKey, withPassphrase } from '../credentials/credential-files.js';
import { generatePrivateKey, parsePublicKey, privateKeyFile } from '../credentials/key-pair.js';
import type { TokenOwner } from '../credentials/security-token.js';
import { ApiKeySigner, type RequestSigner, SecurityTokenSigner } from '../credentials/signer.js';
import { assertWorthAsking } from '../refresh-session.js';
import { readSession } from '../token-file-store.js';
import type { NewSession } from './save-session.js';

const KEY_LIMIT_BYTES = 64 * 1024;

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

/** The credentials of a profile: its API key or its session. @param ask gives the passphrase of a key that needs one */
export async function readCredentials(
  kind: 'api-key' | 'session',
  profile: ConfigProfile,
  environment: Environment,
  ask?: (keyFile: string) => Promise<string>,
): Promise<Credentials> {
  if (kind === 'session') {
    const session = sessionProfile(profile, environment.home);
    return withPassphrase(session.passphrase, ask, (passphrase) =>
      sessionCredentials(session, environment.clock, passphrase),
    );
  }
  const keyFile = pathOf(required(profile, 'key_file'), environment);
  const stored = profile.values.get('pass_phrase') || undefined;
  return withPassphrase(stored, ask, (passphrase) => apiKeyCredentials(profile, keyFile, passphrase));
}

/**
 * A key that stays in its file. Oracle's CLI writes a placeholder for the path of the private half.
 *
 * @param onFile gets the path of the private half before it is read
 * @throws OracleComputeError KEY_FILE_MALFORMED, KEY_MISMATCH, MISSING_VALUE, and what reading the files throws
 */
export async function givenKey(
  given: {
    readonly publicKeyFile: string;
    readonly privateKeyFile?: string;
    readonly ask?: (publicKeyFile: string) => Promise<string>;
  },
  environment: Environment,
  onFile: (path: string) => void,
): Promise<SessionKey> {
  const publicPath = pathOf(given.publicKeyFile, environment);
  const file = await readTextFile(publicPath, { protection: 'any', limitBytes: KEY_LIMIT_BYTES });
  if (file.problem === 'not-text') {
    const reason = `it is ${file.fault}`;
    const message = `${publicPath} cannot be used: ${reason}`;
    throw new OracleComputeError('KEY_FILE_MALFORMED', message, { path: publicPath, reason });
  }
  if (file.problem !== undefined) throw unreadable(publicPath, file.cause);
  const publicKey = parsePublicKey(file.text, publicPath);
  const privateFile = given.privateKeyFile ?? (await given.ask?.(publicPath));
  if (privateFile === undefined) {
    const message = 'no private key file given';
    throw new OracleComputeError('MISSING_VALUE', message, { name: 'private-key-file' });
  }
  const path = pathOf(privateFile, environment);
  onFile(path);
  await checkPair(path, publicKey.modulus, publicPath, environment);
  return { ...publicKey, key: { path } };
}

async function checkPair(path: string, modulus: string, publicPath: string, { env }: Environment): Promise<void> {
  try {
    const key = await loadPrivateKey(path, env.OCI_CLI_PASSPHRASE || undefined);
    if (key.modulus === modulus) return;
  } catch (error) {
    // Only its owner can tell; the first signature will show it.
    if (isOracleComputeError(error, 'KEY_PASSPHRASE_MISSING', 'KEY_PASSPHRASE_WRONG')) return;
    throw error;
  }
  throw new OracleComputeError('KEY_MISMATCH', `the keys in ${path} and ${publicPath} are not a pair`, { path });
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
