import { join } from 'node:path';
import type { Clock } from '../../clock.js';
import { type Environment, type EnvironmentOptions, environmentFrom } from '../../environment.js';
import { OracleComputeError } from '../../errors.js';
import { ownUserId } from '../../files/owner.js';
import { OCI_LIFETIMES, type SessionTimes } from '../../session/lifetimes.js';
import { findKnownRegion, type Region } from '../client/regions.js';
import { chooseProfile, ownConfigFile, pathOf } from '../config/choose-profile.js';
import { type ConfigChanges, refuseUnsafePath } from '../config/config-edit.js';
import { checkProfileName, required, sessionEndEntry, sessionProfile } from '../config/session-profile.js';
import { type PrivateKey, privateKeyFile } from '../credentials/key-pair.js';
import { type SecurityToken, tokenTimes } from '../credentials/security-token.js';
import type { ExchangeSettings } from '../pipeline/exchange-settings.js';
import type { Exchanged } from './exchange-credentials.js';
import type { LoggedIn } from './login-wait.js';
import { existingProfile, type NewSession, type SaveParts, saveSession } from './save-session.js';
import { ownerOf, tryLogin } from './try-login.js';

/** A login that has succeeded: a token, and the key that it is bound to. */
export interface NewLogin extends Pick<NewSession, 'key' | 'publicKeyPem' | 'fingerprint'> {
  readonly token: SecurityToken;
  /** For a token without a session end. Milliseconds; undefined if unknown. */
  readonly sessionLife: number | undefined;
  /** What the profile notes of how the session is renewed. */
  readonly entries: ConfigChanges;
}

/** The profile, the config file and the folder for a new session. */
export interface NewSessionPlace extends Pick<NewSession, 'profile' | 'configFile' | 'sessionsFolder' | 'region'> {
  /** Written to the config file, if given. */
  readonly passphrase: string | undefined;
  readonly replace: SaveParts['replace'];
}

export interface AuthenticatedSession {
  readonly profile: string;
  readonly configFile: string;
  readonly region: string;
  readonly token: SecurityToken;
  readonly times: SessionTimes;
}

/**
 * Stores a login as a session.
 *
 * @throws OracleComputeError LOGIN_TOKEN_UNUSABLE, and as `saveSession`
 */
export async function storeLogin(
  login: NewLogin,
  place: NewSessionPlace,
  deps: Omit<SaveParts, 'replace'>,
): Promise<AuthenticatedSession> {
  const { token, sessionLife, entries, ...key } = login;
  const { subject, tenancy } = token;
  if (subject === undefined || tenancy === undefined) {
    const reason = 'it names no user or tenancy';
    throw new OracleComputeError('LOGIN_TOKEN_UNUSABLE', `the token cannot be used: ${reason}`, { reason });
  }
  const now = deps.clock.now();
  const isUnsaid = token.sessionExpiresAt === undefined && sessionLife !== undefined;
  const notedEnd = isUnsaid ? now + sessionLife : undefined;
  const { replace, ...rest } = place;
  const { key: keyFile, publicKeyPem, fingerprint } = key;
  const further = [sessionEndEntry(notedEnd), ...entries];
  const session = { ...rest, key: keyFile, publicKeyPem, fingerprint, tenancy, token: token.value, further };
  await saveSession(session, { ...deps, replace });
  const { profile, configFile, region } = place;
  return { profile, configFile, region, token, times: tokenTimes(token, now, notedEnd) };
}

/** The parts of a login that its new key gives. @param passphrase encrypts the key's file */
function keyOfLogin(
  key: PrivateKey,
  passphrase: string | undefined,
): Pick<NewLogin, 'key' | 'publicKeyPem' | 'fingerprint'> {
  const { fingerprint, publicKeyPem } = key;
  return { key: { content: privateKeyFile(key, passphrase) }, publicKeyPem, fingerprint };
}

/** The login that a browser gave. @param passphrase encrypts the key's file */
export function loginFromBrowser({ token, key }: LoggedIn, passphrase: string | undefined): NewLogin {
  return { ...keyOfLogin(key, passphrase), token, sessionLife: OCI_LIFETIMES.session, entries: [] };
}

/** The login that credentials gave. */
export function loginFromExchange(exchanged: Exchanged): NewLogin {
  return { ...exchanged, sessionLife: exchanged.minutes * MINUTE, entries: [] };
}

interface CommonOptions extends EnvironmentOptions {
  /** The profile to write. */
  readonly profile: string;
  /** Default: `OCI_CLI_CONFIG_FILE`, else `~/.oci/config`. */
  readonly configFile?: string;
  /** Name or short key of the region. */
  readonly region: string;
  /** Encrypts the private key. It is written nowhere. */
  readonly passphrase?: string;
  /** What may be replaced: a session of the same user (default), nothing, or any profile. */
  readonly replace?: 'sessions' | 'none' | 'any';
  /** The origin of the service, instead of the region's own. */
  readonly endpoint?: string;
}

export interface BrowserOptions extends CommonOptions {
  readonly method: 'browser';
  /** Starts a browser; false if no browser was found. If missing, the user opens the login page by hand. */
  readonly openBrowser?: (url: string) => Promise<boolean>;
  /** Gets the address of the login page, once the answer can be received. */
  readonly onLoginPage: (url: string, opened: boolean) => void;
  /** How long to wait for the person at the browser, in milliseconds; five minutes if not given. */
  readonly loginTimeout?: number;
  readonly tenancyName?: string;
  readonly identityProvider?: string;
  /** The port for the answer; 8181, the only one that Oracle's login page knows. */
  readonly port?: number;
}

export interface CredentialOptions extends CommonOptions {
  /** The API key of a profile, or an unexpired session. */
  readonly method: 'api-key' | 'session';
  /** The profile that has these credentials. */
  readonly from: string;
  /** How long the session lasts, 5 to 60; 60 if not given. */
  readonly minutes?: number;
}

export interface PipelineLoginOptions extends CommonOptions {
  readonly method: 'token-exchange';
  /** What is not given comes from the variables of the pipeline. Paths are absolute. */
  readonly exchange?: ExchangeSettings;
}

export type AuthenticateOptions = BrowserOptions | CredentialOptions | PipelineLoginOptions;

const LOGIN_TIMEOUT = 5 * 60_000;
const MINUTE = 60_000;

/**
 * Logs in and stores the session: through the browser, with an API key or another session, or with the token of a
 * pipeline. Follows Oracle's "Token-based Authentication for the CLI".
 *
 * @throws OracleComputeError PROFILE_EXISTS, PROFILE_NAME_MALFORMED, REGION_UNKNOWN, TOKEN_FOREIGN, TOKEN_REFUSED,
 *   LOGIN_TIMED_OUT, PORT_IN_USE, DURATION_MALFORMED, MISSING_VALUE, and what asking the services and writing the files
 *   throw
 */
export async function authenticate(options: AuthenticateOptions): Promise<AuthenticatedSession> {
  const environment = environmentFrom(options);
  const { env, home, clock } = environment;
  const places = { env, home, cwd: '.' };
  const { replace = 'sessions', signal } = options;
  const profile = checkProfileName(options.profile);
  const configFile = ownConfigFile(options, places);
  const sessionsFolder = pathOf('~/.oci/sessions', places);
  refuseUnsafePath(join(sessionsFolder, profile));
  const replaced = await ownerOf(await existingProfile(configFile, profile, replace), home);
  const region = await findKnownRegion(options.region, environment);
  const login = await logIn(options, region, replace === 'any' ? undefined : replaced, environment);
  const place = { profile, configFile, sessionsFolder, region: region.id, passphrase: undefined, replace };
  return storeLogin(login, place, { clock, home, env, signal });
}

function logIn(
  options: AuthenticateOptions,
  region: Region,
  replaced: Awaited<ReturnType<typeof ownerOf>>,
  environment: Environment,
): Promise<NewLogin> {
  if (options.method === 'browser') return browse(options, region, replaced, environment);
  if (options.method === 'token-exchange') return exchangePipelineToken(options, environment);
  return exchangeCredentialsOf(options, region, environment);
}

async function browse(
  options: BrowserOptions,
  region: Region,
  replaced: Awaited<ReturnType<typeof ownerOf>>,
  environment: Environment,
): Promise<NewLogin> {
  const { logInWithBrowser } = await import('./login-flow.js');
  const { openBrowser, onLoginPage, loginTimeout, tenancyName, identityProvider, port, endpoint, signal } = options;
  const wanted = { region, timeout: loginTimeout ?? LOGIN_TIMEOUT, tenancyName, identityProvider, port };
  const login = await logInWithBrowser(wanted, {
    clock: environment.clock,
    signal,
    openBrowser,
    announce: onLoginPage,
    tryToken: (found) => tryLogin(found, { region: region.id, endpoint }, replaced, environment),
  });
  return loginFromBrowser(login, options.passphrase);
}

async function exchangeCredentialsOf(
  options: CredentialOptions,
  region: Region,
  { env, home, clock, http }: Environment,
): Promise<NewLogin> {
  const { apiKeyCredentials, exchangeCredentials, LONGEST_EXCHANGE, newSessionKey, sessionCredentials } = await import(
    './exchange-credentials.js'
  );
  const { method, from, minutes = LONGEST_EXCHANGE, endpoint, configFile } = options;
  const places = { env, home, cwd: '.' };
  const profile = await chooseProfile({ configFile, profile: from }, places);
  const keyFile = () => pathOf(required(profile, 'key_file'), places);
  const credentials =
    method === 'session'
      ? await sessionCredentials(sessionProfile(profile, home), clock)
      : await apiKeyCredentials(profile, keyFile(), profile.values.get('pass_phrase') || undefined);
  const key = await newSessionKey(options.passphrase);
  return loginFromExchange(await exchangeCredentials({ credentials, key, region, endpoint, minutes }, { http, clock }));
}

/** Makes a session from the token of a pipeline, with a new key. */
async function exchangePipelineToken(options: PipelineLoginOptions, environment: Environment): Promise<NewLogin> {
  const { exchange = {}, signal } = options;
  const parts = { ...environment, uid: ownUserId(), signal };
  return pipelineLogin(exchange, parts, options.passphrase);
}

/**
 * The login that the token of a pipeline gives.
 *
 * @throws OracleComputeError as `readExchange` and `exchangeToken`
 */
export async function pipelineLogin(
  given: ExchangeSettings,
  parts: Parameters<typeof import('../pipeline/exchange-settings.js').readExchange>[1] & { readonly clock: Clock },
  passphrase: string | undefined,
): Promise<NewLogin> {
  const { exchangeEntries, readExchange, withExchangeVariables } = await import('../pipeline/exchange-settings.js');
  const { exchangeToken } = await import('../pipeline/domain-client.js');
  const { generatePrivateKey } = await import('../credentials/key-pair.js');
  const settings = withExchangeVariables(given, {}, parts.env);
  const exchange = await readExchange(settings, parts);
  const key = await generatePrivateKey();
  const { token } = await exchangeToken(exchange, key, parts);
  const entries = exchangeEntries({ ...settings, domainUrl: exchange.domain });
  return { ...keyOfLogin(key, passphrase), token, sessionLife: undefined, entries };
}
