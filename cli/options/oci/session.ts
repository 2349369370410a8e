import { isOracleComputeError, OracleComputeError } from '../../../lib/errors.js';
import { statOf } from '../../../lib/files/paths.js';
import { chooseProfile, pathOf } from '../../../lib/oci/config/choose-profile.js';
import { type ConfigProfile, withoutVariables } from '../../../lib/oci/config/config-file.js';
import { type SessionProfile, sessionProfile } from '../../../lib/oci/config/session-profile.js';
import type { Context } from '../../context/context.js';
import { infoLogger } from '../general.js';
import { canPrompt } from '../password.js';
import type { OciOptions } from './options.js';

/** The profile that the line means, see `chooseProfile`. Warns if others may read its config file, token or key. */
export async function readChosenProfile(options: OciOptions, context: Context): Promise<ConfigProfile> {
  const profile = await chooseProfile(options, context);
  const files = [profile.values.get('security_token_file'), profile.values.get('key_file')].filter(Boolean);
  warnOfModes([profile.path, ...files.map((file) => pathOf(file ?? '', context))], options, context);
  return profile;
}

/** The profile that the line means, as it is written: the single values of variables are no part of it. */
export async function readWrittenProfile(options: OciOptions, context: Context): Promise<ConfigProfile> {
  return readChosenProfile(options, { ...context, env: withoutVariables(context.env) });
}

/** The session that the line means. @throws OracleComputeError PROFILE_NOT_A_SESSION, PROFILE_INCOMPLETE too */
export async function readChosenSession(options: OciOptions, context: Context): Promise<SessionProfile> {
  return sessionProfile(await readChosenProfile(options, context), context.home);
}

/** Where the region is taken from: the line, `OCI_CLI_REGION`, Oracle's defaults, the profile, `OCI_REGION`. */
export function regionOf(options: OciOptions, session: SessionProfile, context: Context): string | undefined {
  const { OCI_CLI_REGION, OCI_REGION } = context.env;
  return options.region ?? (OCI_CLI_REGION || options.defaults?.region || session.region || OCI_REGION || undefined);
}

/** As `regionOf`. @throws OracleComputeError PROFILE_INCOMPLETE where nothing names one */
export function requiredRegion(options: OciOptions, session: SessionProfile, context: Context): string {
  const region = regionOf(options, session, context);
  if (region !== undefined) return region;
  const { name: profile, configFile: path } = session;
  const message = `the profile [${profile}] has no region`;
  throw new OracleComputeError('PROFILE_INCOMPLETE', message, { profile, path, key: 'region' });
}

/** Runs `action`; where the key turns out to need a passphrase and someone can answer, asks for it and tries again. */
export async function withPassphrase<T>(
  session: { readonly passphrase: string | undefined },
  context: Context,
  action: (passphrase: string | undefined) => Promise<T>,
): Promise<T> {
  try {
    return await action(session.passphrase);
  } catch (error) {
    if (!isOracleComputeError(error, 'KEY_PASSPHRASE_MISSING') || !canPrompt(context)) throw error;
    return action(await context.promptSecret(`Passphrase of ${error.fields.path}: `));
  }
}

/** Oracle's clients warn, and go on, where others may read these files. So do we, in one line for each. */
export function warnOfModes(paths: readonly string[], options: OciOptions, context: Context): void {
  if (context.platform === 'win32' || context.env.OCI_CLI_SUPPRESS_FILE_PERMISSIONS_WARNING === 'True') return;
  for (const path of paths) {
    const stat = statOf(path);
    if (!stat || (stat.mode & 0o177) === 0) continue;
    const mode = (stat.mode & 0o777).toString(8);
    infoLogger(options, context)(`${path} has mode ${mode}; make it yours alone: chmod 600 ${path}`);
  }
}

/** A file is replaced, not written to, so its own protection against writing stops nothing: that is said before. */
export async function noteProtected(configFile: string, options: OciOptions, context: Context): Promise<void> {
  const stat = statOf(configFile);
  if (!stat || (stat.mode & 0o200) !== 0) return;
  const mode = (stat.mode & 0o777).toString(8);
  infoLogger(
    options,
    context,
  )(`${configFile} is write-protected (mode ${mode}); a change replaces it all the same, with mode 600`);
}
