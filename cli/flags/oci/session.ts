import { isOracleComputeError } from '../../../lib/errors.js';
import { statOf } from '../../../lib/files/paths.js';
import { chooseProfile, chooseSession, pathOf } from '../../../lib/oci/config/choose-profile.js';
import { type ConfigProfile, withoutVariables } from '../../../lib/oci/config/config-file.js';
import * as regions from '../../../lib/oci/config/open-session.js';
import { type SessionProfile, sessionProfile } from '../../../lib/oci/config/session-profile.js';
import type { RefreshedSession } from '../../../lib/oci/refresh-session.js';
import { OciSession, type OciSessionParts } from '../../../lib/oci/session.js';
import { readSession, type StoredToken } from '../../../lib/oci/token-file-store.js';
import { expiresAfter, OCI_LIFETIMES } from '../../../lib/session/lifetimes.js';
import type { Context } from '../../context/context.js';
import { infoLogger } from '../general.js';
import { endpointOf, type OciOptions, ociHttpClient } from '../oci.js';
import { canPrompt } from '../password.js';
import type { StoreOptions } from '../store.js';
import type { LoginPlan } from './login.js';

/** The profile that the line means, see `chooseProfile`. Warns if others may read its config file, token or key. */
export async function readChosenProfile(options: OciOptions, context: Context): Promise<ConfigProfile> {
  const profile = await chooseProfile(options, context);
  const files = [profile.values.get('security_token_file'), profile.values.get('key_file')].filter(Boolean);
  warnOfModes([profile.path, ...files.map((file) => pathOf(file ?? '', context))], options, context);
  return profile;
}

/** The profile that the line names, from the file only: variables for single values do not count. */
export async function readWrittenProfile(options: OciOptions, context: Context): Promise<ConfigProfile> {
  return readChosenProfile(options, { ...context, env: withoutVariables(context.env) });
}

/** The session that the line means. @throws OracleComputeError PROFILE_NOT_A_SESSION, PROFILE_INCOMPLETE too */
export async function readChosenSession(options: OciOptions, context: Context): Promise<SessionProfile> {
  return sessionProfile(await readChosenProfile(options, context), context.home);
}

/** The region that the line means, see `regionOf` of lib/oci/config/open-session.ts. */
export function chosenRegion(options: OciOptions, session: SessionProfile, context: Context): string | undefined {
  return regions.regionOf(session, context.env, { region: options.region, defaultRegion: options.defaults?.region });
}

/** The session that the line names. Asks for a passphrase if the user can answer. */
export function openOciSession(options: OciOptions & StoreOptions, context: Context): OciSession {
  return new OciSession({
    ...partsOf(options, context),
    passphrase: canPrompt(context) ? (path) => askPassphrase(path, context) : undefined,
  });
}

/** The same for work beside a command that has the terminal: asks nothing, prints only errors. */
export function inBackground(
  session: OciSession,
  options: OciOptions & StoreOptions,
  context: Context,
  signal: AbortSignal,
): OciSession {
  const silent: Context = { ...context, interruption: signal, stdin: { ...context.stdin, isTTY: false } };
  return session.with(partsOf({ ...options, quiet: true }, silent));
}

/** As `openOciSession`, for commands that never ask and print only errors. */
export function openUnattended(options: OciOptions & StoreOptions, context: Context): OciSession {
  return openOciSession({ ...options, quiet: true }, { ...context, stdin: { ...context.stdin, isTTY: false } });
}

function partsOf(options: OciOptions & StoreOptions, context: Context): OciSessionParts {
  const { home, env, clock, interruption: signal } = context;
  return {
    home,
    env,
    clock,
    signal,
    http: () => ociHttpClient(options, context),
    readProfile: () => readChosenSession(options, context),
    region: (profile) => chosenRegion(options, profile, context),
    endpoint: endpointOf(options),
    identityEndpoint: endpointOf(options, context),
    share: async (profile) => {
      const { sharingOfProfile } = await import('../../session/share-oci.js');
      return (await sharingOfProfile(profile, options, context)).share;
    },
  };
}

function askPassphrase(path: string, context: Context): Promise<string> {
  return context.promptSecret(`Passphrase of ${path}: `);
}

/** Runs `action`; if the key needs a passphrase and the user can answer, asks for it and tries again. */
export async function withPassphrase<T>(
  session: { readonly passphrase: string | undefined },
  context: Context,
  action: (passphrase: string | undefined) => Promise<T>,
): Promise<T> {
  try {
    return await action(session.passphrase);
  } catch (error) {
    if (!isOracleComputeError(error, 'KEY_PASSPHRASE_MISSING') || !canPrompt(context)) throw error;
    return action(await askPassphrase(error.fields.path, context));
  }
}

/** Warns, in one line per file, if others can read these files. Like Oracle's clients, does not stop. */
export function warnOfModes(paths: readonly string[], options: OciOptions, context: Context): void {
  if (context.platform === 'win32' || context.env.OCI_CLI_SUPPRESS_FILE_PERMISSIONS_WARNING === 'True') return;
  for (const path of paths) {
    const stat = statOf(path);
    if (!stat || (stat.mode & 0o177) === 0) continue;
    const mode = (stat.mode & 0o777).toString(8);
    infoLogger(options, context)(`${path} has mode ${mode}; make it yours alone: chmod 600 ${path}`);
  }
}

/** Warns before a write-protected file is replaced: its mode prevents writes, not a replacement. */
export async function noteProtected(configFile: string, options: OciOptions, context: Context): Promise<void> {
  const stat = statOf(configFile);
  if (!stat || (stat.mode & 0o200) !== 0) return;
  const mode = (stat.mode & 0o777).toString(8);
  infoLogger(
    options,
    context,
  )(`${configFile} is write-protected (mode ${mode}); a change replaces it all the same, with mode 600`);
}

/** A token that is to be refreshed again and again anyway must only live until the next time. Milliseconds. */
const ENOUGH_OF_A_TOKEN = 5 * 60_000;

/** A session that is good without a login. */
export type ReusedSession = Pick<RefreshedSession, 'change' | 'token' | 'times'>;

/**
 * Avoids a login if it can: does nothing if the session lasts for `minValid` milliseconds, and silently refreshes a
 * token that does not.
 *
 * @param options `timeout` is for the login; requests have their usual one
 * @returns undefined if only a login helps
 */
export async function reuseSession(
  plan: Pick<LoginPlan, 'profile' | 'configFile'>,
  minValid: number,
  { timeout: _, ...options }: OciOptions,
  context: Context,
): Promise<ReusedSession | undefined> {
  const { clock, home } = context;
  // What variables say of single values is not the session that a login would write.
  const chosen = { ...options, profile: plan.profile, configFile: plan.configFile, quiet: true };
  const tokenValid = minValid <= OCI_LIFETIMES.token ? minValid : ENOUGH_OF_A_TOKEN;
  const lasts = ({ times }: Pick<StoredToken, 'times'>) =>
    expiresAfter(times, clock.now(), tokenValid) && times.sessionExpiresAt - clock.now() > minValid;
  try {
    const session = await chooseSession(chosen, { ...context, env: {}, home });
    const stored = await readSession(session, clock);
    if (stored.times.sessionExpiresAt - clock.now() <= minValid) return undefined;
    if (lasts(stored)) return { ...stored, change: 'long-enough' };
    const refreshed = await openUnattended(chosen, context).refresh({ aim: tokenValid });
    return lasts(refreshed) ? refreshed : undefined;
  } catch (error) {
    if (isOracleComputeError(error) && error.code !== 'INTERRUPTED') return undefined;
    throw error;
  }
}
