import { promises as fs } from 'node:fs';
import { isOracleComputeError, OracleComputeError } from '../../lib/errors.js';
import { AuthClient, type ReceivedToken } from '../../lib/oci/client/auth-client.js';
import { type Region, regionHosts } from '../../lib/oci/client/regions.js';
import { required } from '../../lib/oci/config/session-profile.js';
import { loadPrivateKey } from '../../lib/oci/credentials/credential-files.js';
import { generatePrivateKey, parsePublicKey, privateKeyFile } from '../../lib/oci/credentials/key-pair.js';
import { ApiKeySigner, type RequestSigner, SecurityTokenSigner } from '../../lib/oci/credentials/signer.js';
import type { NewSession } from '../../lib/oci/login/save-session.js';
import { assertNotExpired } from '../../lib/oci/refresh-session.js';
import { readSession } from '../../lib/oci/token-file-store.js';
import type { World } from '../world/world.js';
import { endpointOf, type OciOptions, ociHttpClient } from './oci.js';
import { authOf, checkAuth, pathOf } from './oci-places.js';
import { readChosenProfile, readChosenSession, withPassphrase } from './oci-session.js';
import { canAsk } from './password.js';

export interface ExchangeOptions extends OciOptions {
  readonly publicKeyFilePath?: string;
  readonly privateKeyFilePath?: string;
  readonly sessionExpirationInMinutes?: string;
}

export interface Exchanged extends ReceivedToken, Pick<NewSession, 'key' | 'publicKeyPem' | 'fingerprint'> {
  readonly minutes: number;
}

const [SHORTEST, LONGEST] = [5, 60];

/**
 * Exchanges credentials that work, an API key or a living session, for a session of its own (`--no-browser`).
 *
 * @param passphrase encrypts the new key
 * @throws OracleComputeError USAGE, DURATION_MALFORMED, KEY_MISMATCH, TOKEN_REFUSED, and what reading profile and key
 *   and asking the service throw
 */
export async function exchangeCredentials(
  options: ExchangeOptions,
  region: Region,
  passphrase: string | undefined,
  world: World,
): Promise<Exchanged> {
  const minutes = readMinutes(options.sessionExpirationInMinutes);
  const { signer, source } = await readCredentials(options, world);
  const key = options.publicKeyFilePath === undefined ? await newKey(passphrase) : await givenKey(options, world);
  const origin = endpointOf(options) ?? regionHosts(region).auth;
  const client = new AuthClient(origin, { http: await ociHttpClient(options, world), clock: world.clock });
  return { ...(await client.generate(key, minutes, signer, source)), ...key, minutes };
}

/** @throws OracleComputeError DURATION_MALFORMED, in the words of Oracle's CLI */
export function readMinutes(given: string | undefined): number {
  if (given === undefined) return LONGEST;
  const minutes = /^\d{1,6}$/.test(given) ? Number(given) : Number.NaN;
  if (minutes >= SHORTEST && minutes <= LONGEST) return minutes;
  const wrong = minutes > LONGEST ? `longer than ${LONGEST}` : `shorter than ${SHORTEST}`;
  const shown = given.slice(0, 40);
  const message = Number.isNaN(minutes)
    ? `${JSON.stringify(shown)} is not a number of minutes`
    : `a session cannot be ${wrong} minutes`;
  throw new OracleComputeError('DURATION_MALFORMED', message, { given: shown });
}

async function readCredentials(
  options: ExchangeOptions,
  world: World,
): Promise<{ readonly signer: RequestSigner; readonly source: string }> {
  const auth = await authOf(options, world);
  const mode = auth ? checkAuth(auth) : 'api_key';
  if (mode === 'security_token') {
    const session = await readChosenSession(options, world);
    const { token, times } = await readSession(session, world.clock);
    assertNotExpired(times, world.clock.now(), session.securityTokenFile);
    const key = await withPassphrase(session, world, (phrase) => loadPrivateKey(session.keyFile, phrase));
    return { signer: new SecurityTokenSigner(token.value, key), source: session.securityTokenFile };
  }
  if (mode !== 'api_key') {
    const message = `--no-browser exchanges an API key or a session, not ${mode}`;
    throw new OracleComputeError('USAGE', message, { usage: 'session authenticate' });
  }
  const profile = await readChosenProfile(options, world);
  const keyFile = pathOf(required(profile, 'key_file'), world);
  const identity = {
    tenancy: required(profile, 'tenancy'),
    user: required(profile, 'user'),
    fingerprint: required(profile, 'fingerprint'),
  };
  const stored = { passphrase: profile.values.get('pass_phrase') || undefined };
  const key = await withPassphrase(stored, world, (phrase) => loadPrivateKey(keyFile, phrase));
  return { signer: new ApiKeySigner(identity, key), source: `the profile [${profile.name}]` };
}

async function newKey(passphrase: string | undefined) {
  const key = await generatePrivateKey();
  const { publicKeyPem, modulus, fingerprint } = key;
  return { publicKeyPem, modulus, fingerprint, key: { content: privateKeyFile(key, passphrase) } };
}

/** A key that stays where it is. Oracle's CLI writes a placeholder where the path of the private half belongs. */
async function givenKey(options: ExchangeOptions, world: World) {
  const publicPath = pathOf(options.publicKeyFilePath ?? '', world);
  const pem = await fs.readFile(publicPath, 'utf8').catch((cause: unknown) => {
    throw new OracleComputeError('FILE_UNREADABLE', `${publicPath} cannot be read`, { path: publicPath }, { cause });
  });
  const publicKey = parsePublicKey(pem, publicPath);
  const path = pathOf(options.privateKeyFilePath ?? (await askForPrivateKey(publicPath, world)), world);
  await checkPair(path, publicKey.modulus, publicPath, world);
  return { ...publicKey, key: { path } };
}

async function askForPrivateKey(publicPath: string, world: World): Promise<string> {
  if (canAsk(world)) return (await world.ask(`File with the private half of ${publicPath}: `)).trim();
  const answeredBy = '--private-key-file-path FILE';
  throw new OracleComputeError('NO_TERMINAL', 'the file with the private key is not given', { answeredBy });
}

async function checkPair(path: string, modulus: string, publicPath: string, world: World): Promise<void> {
  try {
    const key = await loadPrivateKey(path, world.env.OCI_CLI_PASSPHRASE || undefined);
    if (key.modulus === modulus) return;
  } catch (error) {
    // Only its owner can tell; the first signature will show it.
    if (isOracleComputeError(error, 'KEY_PASSPHRASE_MISSING', 'KEY_PASSPHRASE_WRONG')) return;
    throw error;
  }
  throw new OracleComputeError('KEY_MISMATCH', `the keys in ${path} and ${publicPath} are not a pair`, { path });
}
