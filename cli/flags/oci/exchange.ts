import { isOracleComputeError, OracleComputeError } from '../../../lib/errors.js';
import { unreadable } from '../../../lib/files/paths.js';
import { readTextFile } from '../../../lib/files/text-file.js';
import type { Region } from '../../../lib/oci/client/regions.js';
import { authOf, checkAuth, pathOf } from '../../../lib/oci/config/choose-profile.js';
import { required } from '../../../lib/oci/config/session-profile.js';
import { loadPrivateKey } from '../../../lib/oci/credentials/credential-files.js';
import { parsePublicKey } from '../../../lib/oci/credentials/key-pair.js';
import {
  apiKeyCredentials,
  type Credentials,
  checkMinutes,
  type Exchanged,
  exchangeCredentials,
  LONGEST_EXCHANGE,
  newSessionKey,
  type SessionKey,
  sessionCredentials,
} from '../../../lib/oci/login/exchange-credentials.js';
import type { Context } from '../../context/context.js';
import { endpointOf, type OciOptions, ociHttpClient } from '../oci.js';
import { canPrompt } from '../password.js';
import { readChosenProfile, readChosenSession, warnOfModes, withPassphrase } from './session.js';

const KEY_LIMIT_BYTES = 64 * 1024;

export interface ExchangeOptions extends OciOptions {
  readonly publicKeyFilePath?: string;
  readonly privateKeyFilePath?: string;
  readonly sessionExpirationInMinutes?: string;
}

/**
 * Exchanges the credentials that the line names for a session of its own (`--no-browser`).
 *
 * @param passphrase encrypts the new key
 * @throws OracleComputeError USAGE, DURATION_MALFORMED, KEY_MISMATCH, TOKEN_REFUSED, and what reading profile and key
 *   and asking the service throw
 */
export async function exchangeForSession(
  options: ExchangeOptions,
  region: Region,
  passphrase: string | undefined,
  context: Context,
): Promise<Exchanged> {
  const minutes = readMinutes(options.sessionExpirationInMinutes);
  const credentials = await readCredentials(options, context);
  const hasOwnKey = options.publicKeyFilePath === undefined;
  const key = hasOwnKey ? await newSessionKey(passphrase) : await givenKey(options, context);
  const endpoint = endpointOf(options);
  return exchangeCredentials(
    { credentials, key, region, minutes, ...(endpoint !== undefined && { endpoint }) },
    { http: await ociHttpClient(options, context), clock: context.clock },
  );
}

/** @throws OracleComputeError DURATION_MALFORMED, in the words of Oracle's CLI */
export function readMinutes(given: string | undefined): number {
  if (given === undefined) return LONGEST_EXCHANGE;
  const minutes = /^\d{1,6}$/.test(given) ? Number(given) : Number.NaN;
  if (!Number.isNaN(minutes)) return checkMinutes(minutes);
  const shown = given.slice(0, 40);
  const message = `${JSON.stringify(shown)} is not a number of minutes`;
  throw new OracleComputeError('DURATION_MALFORMED', message, { given: shown });
}

async function readCredentials(options: ExchangeOptions, context: Context): Promise<Credentials> {
  const auth = await authOf(options, context);
  const mode = auth ? checkAuth(auth) : 'api_key';
  if (mode === 'security_token') {
    const session = await readChosenSession(options, context);
    return withPassphrase(session, context, (passphrase) => sessionCredentials(session, context.clock, passphrase));
  }
  if (mode !== 'api_key') {
    const message = `--no-browser exchanges an API key or a session, not ${mode}`;
    throw new OracleComputeError('USAGE', message, { usage: 'session authenticate' });
  }
  const profile = await readChosenProfile(options, context);
  const keyFile = pathOf(required(profile, 'key_file'), context);
  const stored = { passphrase: profile.values.get('pass_phrase') || undefined };
  return withPassphrase(stored, context, (passphrase) => apiKeyCredentials(profile, keyFile, passphrase));
}

/** A key that stays in its file. Oracle's CLI writes a placeholder for the path of the private half. */
async function givenKey(options: ExchangeOptions, context: Context): Promise<SessionKey> {
  const publicPath = pathOf(options.publicKeyFilePath ?? '', context);
  const file = await readTextFile(publicPath, { protection: 'any', limitBytes: KEY_LIMIT_BYTES });
  if (file.problem === 'not-text') {
    const reason = `it is ${file.fault}`;
    throw new OracleComputeError('KEY_FILE_MALFORMED', `${publicPath} cannot be used: ${reason}`, {
      path: publicPath,
      reason,
    });
  }
  if (file.problem !== undefined) throw unreadable(publicPath, file.cause);
  const publicKey = parsePublicKey(file.text, publicPath);
  const path = pathOf(options.privateKeyFilePath ?? (await askForPrivateKey(publicPath, context)), context);
  warnOfModes([path], options, context);
  await checkPair(path, publicKey.modulus, publicPath, context);
  return { ...publicKey, key: { path } };
}

async function askForPrivateKey(publicPath: string, context: Context): Promise<string> {
  if (canPrompt(context)) return (await context.ask(`File with the private half of ${publicPath}: `)).trim();
  const answeredBy = '--private-key-file-path FILE';
  throw new OracleComputeError('NO_TERMINAL', 'the file with the private key is not given', { answeredBy });
}

async function checkPair(path: string, modulus: string, publicPath: string, context: Context): Promise<void> {
  try {
    const key = await loadPrivateKey(path, context.env.OCI_CLI_PASSPHRASE || undefined);
    if (key.modulus === modulus) return;
  } catch (error) {
    // Only its owner can tell; the first signature will show it.
    if (isOracleComputeError(error, 'KEY_PASSPHRASE_MISSING', 'KEY_PASSPHRASE_WRONG')) return;
    throw error;
  }
  throw new OracleComputeError('KEY_MISMATCH', `the keys in ${path} and ${publicPath} are not a pair`, { path });
}
