import { promises as fs } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Environment, type EnvironmentOptions, environmentFrom } from '../../environment.js';
import { isOracleComputeError, OracleComputeError } from '../../errors.js';
import { ownUserId } from '../../files/owner.js';
import { followLinks, unwritable } from '../../files/paths.js';
import { isLoopback } from '../../http/client.js';
import { secretFilePath } from '../../secrets/password-file.js';
import { expiresAfter, OCI_LIFETIMES, type SessionTimes } from '../../session/lifetimes.js';
import type { Change } from '../../session/renew.js';
import { findKnownRegion, knownRegions, type Region, serviceOrigin } from '../client/regions.js';
import { chooseProfile, chooseSession, ownConfigFile, type ProfileChoice, pathOf } from '../config/choose-profile.js';
import { type ConfigChanges, refuseUnsafePath, unsafeValue } from '../config/config-edit.js';
import { type ConfigProfile, readConfigText } from '../config/config-file.js';
import { checkConfigText, listSections } from '../config/config-text.js';
import { readRcDefaults } from '../config/rc-defaults.js';
import { checkProfileName, sessionEndEntry } from '../config/session-profile.js';
import { type PrivateKey, privateKeyFile } from '../credentials/key-pair.js';
import { type SecurityToken, tokenTimes } from '../credentials/security-token.js';
import type { ExchangeSettings } from '../pipeline/exchange-settings.js';
import { noteOpenFiles, noteProtected, type OciNote, OciSession } from '../session.js';
import { readSession } from '../token-file-store.js';
import type { LoginTrial } from './login-wait.js';
import { existingProfile, type NewSession, type SaveParts, saveSession } from './save-session.js';
import { ownerOf, tryLogin } from './try-login.js';

/** A login that has succeeded: a token, and the key that it is bound to. */
interface NewLogin extends Pick<NewSession, 'key' | 'publicKeyPem' | 'fingerprint'> {
  readonly token: SecurityToken;
  /** For a token without a session end. Milliseconds; undefined if unknown. */
  readonly sessionLife: number | undefined;
  /** What the profile notes of how the session is renewed. */
  readonly entries: ConfigChanges;
}

/** The profile, the config file and the folder for a new session. */
interface NewSessionPlace extends Pick<NewSession, 'profile' | 'configFile' | 'sessionsFolder' | 'region'> {
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
  /** What was done: without a login, the session there lasted for `minValid`, or its token was refreshed. */
  readonly change: Change;
}

/** @throws OracleComputeError LOGIN_TOKEN_UNUSABLE, and as `saveSession` */
async function storeLogin(
  login: NewLogin,
  place: NewSessionPlace,
  deps: Omit<SaveParts, 'replace'>,
): Promise<AuthenticatedSession> {
  const { token, sessionLife, entries, key, publicKeyPem, fingerprint } = login;
  const { subject, tenancy } = token;
  if (subject === undefined || tenancy === undefined) {
    const reason = 'it names no user or tenancy';
    throw new OracleComputeError('LOGIN_TOKEN_UNUSABLE', `the token cannot be used: ${reason}`, { reason });
  }
  const now = deps.clock.now();
  const isUnsaid = token.sessionExpiresAt === undefined && sessionLife !== undefined;
  const notedEnd = isUnsaid ? now + sessionLife : undefined;
  const { replace, ...rest } = place;
  const further = [sessionEndEntry(notedEnd), ...entries];
  const session = { ...rest, key, publicKeyPem, fingerprint, tenancy, token: token.value, further };
  await saveSession(session, { ...deps, replace });
  const { profile, configFile, region } = place;
  return { profile, configFile, region, token, times: tokenTimes(token, now, notedEnd), change: 'logged-in' };
}

/** The parts of a login that its new key gives. @param passphrase encrypts the key's file */
function keyOfLogin(
  key: PrivateKey,
  passphrase: string | undefined,
): Pick<NewLogin, 'key' | 'publicKeyPem' | 'fingerprint'> {
  const { fingerprint, publicKeyPem } = key;
  return { key: { content: privateKeyFile(key, passphrase) }, publicKeyPem, fingerprint };
}

/** What a login may have to ask. A question that is not given is an error in its place. */
export interface LoginQuestions {
  /**
   * The name of the profile to write.
   *
   * @param usual the name to take for an empty answer
   * @param read throws if the name cannot be used
   */
  profileName?<T>(usual: string, read: (name: string) => Promise<T>): Promise<T>;
  /** Ask for the name of the first profile, too. Otherwise it is `DEFAULT`. */
  readonly asksFirstProfile?: boolean;
  /** Whether to replace a profile that is no session. */
  replaceProfile?(profile: string): Promise<boolean>;
  /**
   * @param find throws for a region that is not known
   * @param usual the name to take for an empty answer: the region of the profile DEFAULT
   */
  region?(regions: readonly Region[], find: (answer: string) => Promise<Region>, usual?: string): Promise<Region>;
  /** A passphrase to encrypt the new key with, and whether to write it to the config file. */
  newPassphrase?(): Promise<{ readonly passphrase?: string; readonly isStored?: boolean }>;
  /** The passphrase of a key that exists. */
  passphrase?(keyFile: string): Promise<string>;
  /** The file with the private half of a public key. */
  privateKeyFile?(publicKeyFile: string): Promise<string>;
}

/**
 * `first-profile`: the profile is DEFAULT, because it is the first one and no name is given. `callback-open`: other
 * machines may reach the address at which the login is awaited.
 */
export type LoginNote =
  | OciNote
  | { readonly code: 'first-profile'; readonly profile: string }
  | { readonly code: 'callback-open'; readonly address: string };

interface CommonOptions extends EnvironmentOptions {
  /** The profile to write. If not given, `questions.profileName` gives it; the first profile is `DEFAULT`. */
  readonly profile?: string;
  /** Default: `OCI_CLI_CONFIG_FILE`, else `~/.oci/config`. */
  readonly configFile?: string;
  /** Holds one folder per session; default: `~/.oci/sessions`. */
  readonly sessionsFolder?: string;
  /** Name or short key of the region. Default: as for a session, that of the profile, or `questions.region`. */
  readonly region?: string;
  /** The region if neither `region` nor a variable names one; default: that of `oci_cli_rc`. */
  readonly defaultRegion?: string;
  /** Encrypts the private key. It is written nowhere. */
  readonly passphrase?: string;
  /** What may be replaced: a session of the same user (default), nothing, or any profile. */
  readonly replace?: 'sessions' | 'none' | 'any';
  /** Do without a login if the session there lasts for so many milliseconds; refresh its token if need be. */
  readonly minValid?: number;
  /** The origin of the login service, instead of the region's own. */
  readonly endpoint?: string;
  /** The origin of the identity service, instead of the region's own. */
  readonly identityEndpoint?: string;
  readonly questions?: LoginQuestions;
  readonly onNote?: (note: LoginNote) => void;
}

interface BrowserOptions extends CommonOptions {
  readonly method: 'browser';
  /** Starts a browser; false if no browser was found. If missing, the user opens the login page by hand. */
  readonly openBrowser?: (url: string) => Promise<boolean>;
  /** Gets the address of the login page, once the answer can be received. */
  readonly onLoginPage: (url: string, opened: boolean) => void;
  /** Addresses that the user pastes, because the browser is on another machine. Ends when the signal aborts. */
  readonly pasted?: (signal: AbortSignal) => AsyncIterable<string>;
  /** Gets the reason why something that came did not count, and the code of its error. */
  readonly onRejected?: LoginTrial['onRejected'];
  /** How long to wait for the person at the browser, in milliseconds; five minutes if not given. */
  readonly loginTimeout?: number;
  readonly tenancyName?: string;
  readonly identityProvider?: string;
  /** The port for the answer; 8181, the only one that Oracle's login page knows. */
  readonly port?: number;
  /** The address to listen on instead of loopback, for a container whose port is published. */
  readonly address?: string;
}

interface CredentialOptions extends CommonOptions {
  /** The API key of a profile, or an unexpired session. */
  readonly method: 'api-key' | 'session';
  /** The profile that has these credentials; default: as the commands choose it. */
  readonly from?: string | ProfileChoice;
  /** How long the session lasts, 5 to 60; 60 if not given. */
  readonly minutes?: number;
  /** A key that exists, in place of a new one. */
  readonly publicKeyFile?: string;
  readonly privateKeyFile?: string;
}

interface PipelineLoginOptions extends CommonOptions {
  readonly method: 'token-exchange';
  /** What is not given comes from the variables of the pipeline. */
  readonly exchange?: ExchangeSettings;
  /** Standard input, if the pipeline's token comes from it. */
  readonly stdin?: () => AsyncIterable<Uint8Array>;
}

export type AuthenticateOptions = BrowserOptions | CredentialOptions | PipelineLoginOptions;

const LOGIN_TIMEOUT = 5 * 60_000;
const MINUTE = 60_000;

/** Everything that is to be known before the login begins, so that nothing is asked, or found wrong, after it. */
interface LoginPlan extends Omit<NewSessionPlace, 'region' | 'passphrase'> {
  readonly region: Region;
  /** Whose session is replaced. */
  readonly replaced: Awaited<ReturnType<typeof ownerOf>>;
  readonly passphrase: string | undefined;
  readonly isPassphraseStored: boolean;
}

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
  const plan = await planLogin(options, environment);
  const reused =
    plan.replaced &&
    options.minValid !== undefined &&
    (await reuseSession(plan, options.minValid, options, environment));
  if (reused) return reused;
  noteProtected(plan.configFile, options);
  const login = await logIn(options, plan, environment);
  const { profile, configFile, sessionsFolder, region, replace, isPassphraseStored } = plan;
  const passphrase = isPassphraseStored ? plan.passphrase : undefined;
  const place = { profile, configFile, sessionsFolder, region: region.id, passphrase, replace };
  return storeLogin(login, place, environment);
}

async function planLogin(options: AuthenticateOptions, environment: Environment): Promise<LoginPlan> {
  const configFile = ownConfigFile(options, environment);
  const sessionsFolder = pathOf(options.sessionsFolder ?? '~/.oci/sessions', environment);
  const named = options.profile === undefined ? undefined : await replacedBy(configFile, options.profile, options);
  // Oracle's page asks for the region first.
  const region = await chooseRegion(named?.existing, configFile, options, environment);
  const { profile, existing, replace } = named ?? (await chooseProfileName(configFile, options));
  refuseUnsafePath(join(sessionsFolder, profile));
  for (const folder of [dirname(followLinks(configFile)), followLinks(sessionsFolder)]) await checkWritable(folder);
  const replaced = await ownerOf(existing, environment.home);
  const asked = options.passphrase === undefined ? await options.questions?.newPassphrase?.() : undefined;
  const { passphrase = options.passphrase, isStored: isPassphraseStored = false } = asked ?? {};
  const reason = isPassphraseStored && passphrase !== undefined ? unsafeValue(passphrase) : undefined;
  if (reason !== undefined) {
    const message = `the passphrase cannot be written to the config file: ${reason}`;
    throw new OracleComputeError('CONFIG_VALUE_UNSAFE', message, { key: 'pass_phrase', reason });
  }
  return { profile, configFile, sessionsFolder, region, replace, replaced, passphrase, isPassphraseStored };
}

const USUAL_PROFILE = 'DEFAULT';

async function chooseProfileName(configFile: string, options: AuthenticateOptions): Promise<Replaced> {
  const { questions, onNote } = options;
  const config = await readConfigText(configFile);
  if (config) checkConfigText(config);
  const isFirst = !config || listSections(config).length === 0;
  const read = (name: string) => replacedBy(configFile, name, options);
  if (isFirst && !questions?.asksFirstProfile) {
    onNote?.({ code: 'first-profile', profile: USUAL_PROFILE });
    return read(USUAL_PROFILE);
  }
  if (questions?.profileName) return questions.profileName(USUAL_PROFILE, read);
  throw new OracleComputeError('MISSING_VALUE', 'no profile name given', { name: 'profile' });
}

/** The profile to write, and what it replaces. */
interface Replaced {
  readonly profile: string;
  readonly existing: ConfigProfile | undefined;
  readonly replace: SaveParts['replace'];
}

/** A new login replaces a session; it replaces anything else only if that is allowed, or after a question. */
async function replacedBy(
  configFile: string,
  name: string,
  { replace = 'sessions', questions }: AuthenticateOptions,
): Promise<Replaced> {
  const profile = checkProfileName(name);
  try {
    return { profile, existing: await existingProfile(configFile, profile, replace), replace };
  } catch (error) {
    if (replace !== 'sessions' || !isOracleComputeError(error, 'PROFILE_EXISTS')) throw error;
    if (!(await questions?.replaceProfile?.(profile))) throw error;
    return { profile, existing: await existingProfile(configFile, profile, 'any'), replace: 'any' };
  }
}

async function chooseRegion(
  existing: ConfigProfile | undefined,
  configFile: string,
  options: AuthenticateOptions,
  environment: Environment,
): Promise<Region> {
  const { region, defaultRegion, questions } = options;
  const known = existing?.own.has('region') ? existing.values.get('region') : undefined;
  const given =
    region ??
    (environment.env.OCI_CLI_REGION ||
      (defaultRegion ?? (await readRcDefaults(options, [], environment))?.region) ||
      known ||
      (await exchangedRegion(options, environment)));
  const find = (name: string) => findKnownRegion(name, environment);
  if (given) return find(given);
  if (questions?.region) {
    const usual = (await existingProfile(configFile, USUAL_PROFILE, 'any'))?.values.get('region');
    return questions.region(knownRegions(), find, usual);
  }
  throw new OracleComputeError('MISSING_VALUE', 'no region given', { name: 'region' });
}

/** The profile whose credentials are exchanged says a region too. */
async function exchangedRegion(options: AuthenticateOptions, environment: Environment): Promise<string | undefined> {
  if (options.method !== 'api-key' && options.method !== 'session') return undefined;
  try {
    return (await chooseProfile(choiceOf(options), environment)).values.get('region');
  } catch (error) {
    // The code that reads the profile's credentials reports what is wrong with it.
    if (isOracleComputeError(error)) return undefined;
    throw error;
  }
}

/** A folder that does not exist yet is made in the nearest one that does. */
async function checkWritable(folder: string): Promise<void> {
  try {
    const stat = await fs.stat(folder).catch(() => undefined);
    if (!stat && dirname(folder) !== folder) return await checkWritable(dirname(folder));
    if (stat?.isDirectory()) return await fs.access(folder, fs.constants.W_OK);
  } catch (cause) {
    if (isOracleComputeError(cause)) throw cause;
    throw unwritable(folder, cause);
  }
  throw new OracleComputeError('FILE_UNWRITABLE', `${folder} is not a folder`, { path: folder });
}

/** A token that is to be refreshed again and again anyway must only live until the next time. Milliseconds. */
const ENOUGH_OF_A_TOKEN = 5 * 60_000;

/**
 * Avoids a login if it can: does nothing if the session lasts for `minValid` milliseconds, and silently refreshes a
 * token that does not.
 *
 * @returns undefined if only a login helps
 */
async function reuseSession(
  { profile, configFile, region }: LoginPlan,
  minValid: number,
  options: AuthenticateOptions,
  { home, cwd, clock }: Environment,
): Promise<AuthenticatedSession | undefined> {
  const aim = minValid <= OCI_LIFETIMES.token ? minValid : ENOUGH_OF_A_TOKEN;
  const { questions: _, onNote: __, passphrase: ___, ...rest } = options;
  const session = new OciSession({ ...rest, profile, configFile });
  const lasts = (times: SessionTimes) =>
    expiresAfter(times, clock.now(), aim) && times.sessionExpiresAt - clock.now() > minValid;
  try {
    // What variables say of single values is not the session that a login would write.
    const stored = await readSession(await chooseSession({ profile, configFile }, { env: {}, home, cwd }), clock);
    if (stored.times.sessionExpiresAt - clock.now() <= minValid) return undefined;
    const { token, times, change } = lasts(stored.times)
      ? { ...stored, change: 'long-enough' as const }
      : await session.refresh({ aim });
    return lasts(times) ? { profile, configFile, region: region.id, token, times, change } : undefined;
  } catch (error) {
    if (isOracleComputeError(error) && error.code !== 'INTERRUPTED') return undefined;
    throw error;
  }
}

function logIn(options: AuthenticateOptions, plan: LoginPlan, environment: Environment): Promise<NewLogin> {
  if (options.method === 'browser') return browse(options, plan, environment);
  if (options.method === 'token-exchange') return exchangePipelineToken(options, plan, environment);
  return exchangeCredentialsOf(options, plan, environment);
}

async function browse(options: BrowserOptions, plan: LoginPlan, environment: Environment): Promise<NewLogin> {
  const { logInWithBrowser } = await import('./login-flow.js');
  const { openBrowser, onLoginPage, pasted, onRejected, identityEndpoint } = options;
  const endpoint = identityEndpoint && serviceOrigin(identityEndpoint);
  const { loginTimeout = LOGIN_TIMEOUT, tenancyName, identityProvider, port, address } = options;
  const { region, replace } = plan;
  const replaced = replace === 'any' ? undefined : plan.replaced;
  const wanted = { region, timeout: loginTimeout, tenancyName, identityProvider, port, address };
  const { token, key } = await logInWithBrowser(wanted, {
    clock: environment.clock,
    signal: environment.signal,
    openBrowser,
    announce: (url, opened) => {
      // There, only what a login must be like keeps out what other machines send.
      const isOwn = address === undefined || address === '::1' || isLoopback(address);
      if (!isOwn) options.onNote?.({ code: 'callback-open', address });
      onLoginPage(url, opened);
    },
    pasted,
    onRejected,
    tryToken: (found) => tryLogin(found, { region: region.id, endpoint }, replaced, environment),
  });
  return { ...keyOfLogin(key, plan.passphrase), token, sessionLife: OCI_LIFETIMES.session, entries: [] };
}

function choiceOf({ from, configFile }: CredentialOptions): ProfileChoice {
  return typeof from === 'object' ? from : { configFile, profile: from };
}

async function exchangeCredentialsOf(
  options: CredentialOptions,
  { region, passphrase }: LoginPlan,
  environment: Environment,
): Promise<NewLogin> {
  const { exchangeCredentials, givenKey, LONGEST_EXCHANGE, newSessionKey, readCredentials } = await import(
    './exchange-credentials.js'
  );
  const { method, minutes = LONGEST_EXCHANGE, publicKeyFile, privateKeyFile, questions } = options;
  const endpoint = options.endpoint && serviceOrigin(options.endpoint);
  const profile = await chooseProfile(choiceOf(options), environment);
  const files = ['security_token_file', 'key_file'].flatMap((name) => profile.values.get(name) ?? []);
  noteOpenFiles([profile.path, ...files.map((path) => pathOf(path, environment))], options, environment);
  const credentials = await readCredentials(method, profile, environment, questions?.passphrase);
  const key =
    publicKeyFile === undefined
      ? await newSessionKey(passphrase)
      : await givenKey({ publicKeyFile, privateKeyFile, ask: questions?.privateKeyFile }, environment, (path) =>
          noteOpenFiles([path], options, environment),
        );
  const exchanged = await exchangeCredentials({ credentials, key, region, endpoint, minutes }, environment);
  return { ...exchanged, sessionLife: exchanged.minutes * MINUTE, entries: [] };
}

/** Makes a session from the token of a pipeline, with a new key. */
async function exchangePipelineToken(
  { exchange: given = {}, stdin }: PipelineLoginOptions,
  { passphrase }: LoginPlan,
  environment: Environment,
): Promise<NewLogin> {
  const { exchangeEntries, readExchange, withExchangeVariables } = await import('../pipeline/exchange-settings.js');
  const { exchangeToken } = await import('../pipeline/domain-client.js');
  const { generatePrivateKey } = await import('../credentials/key-pair.js');
  const parts = { ...environment, uid: ownUserId(), stdin };
  const file = (path: string | undefined) => path && secretFilePath(path, pathOf(path, environment));
  const { clientSecretFile, subjectTokenFile } = given;
  const files = {
    clientSecretFile: file(clientSecretFile),
    subjectTokenFile: subjectTokenFile === '-' ? '-' : file(subjectTokenFile),
  };
  const settings = withExchangeVariables({ ...given, ...files }, {}, environment.env);
  const exchange = await readExchange(settings, parts);
  const key = await generatePrivateKey();
  const { token } = await exchangeToken(exchange, key, parts);
  const entries = exchangeEntries({ ...settings, domainUrl: exchange.domain });
  return { ...keyOfLogin(key, passphrase), token, sessionLife: undefined, entries };
}
