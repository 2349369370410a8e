import { promises as fs } from 'node:fs';
import { dirname, join } from 'node:path';
import { isOracleComputeError, OracleComputeError } from '../../../lib/errors.js';
import { followLinks, unwritable } from '../../../lib/files/paths.js';
import { findKnownRegion, knownRegions, type Region } from '../../../lib/oci/client/regions.js';
import { chooseProfile, ownConfigFile, pathOf } from '../../../lib/oci/config/choose-profile.js';
import { refuseUnsafePath, unsafeValue } from '../../../lib/oci/config/config-edit.js';
import { type ConfigProfile, readConfigText } from '../../../lib/oci/config/config-file.js';
import { checkConfigText, listSections } from '../../../lib/oci/config/config-text.js';
import { checkProfileName } from '../../../lib/oci/config/session-profile.js';
import type { TokenOwner } from '../../../lib/oci/credentials/security-token.js';
import { existingProfile, type SaveParts } from '../../../lib/oci/login/save-session.js';
import { ownerOf } from '../../../lib/oci/login/try-login.js';
import type { Context } from '../../context/context.js';
import { infoLogger } from '../general.js';
import type { OciOptions } from '../oci.js';
import { askUntil, canPrompt, confirm } from '../password.js';

export interface LoginOptions extends OciOptions {
  readonly profileName?: string;
  readonly configLocation?: string;
  readonly tokenLocation?: string;
  readonly usePassphrase?: boolean;
  readonly noBrowser?: boolean;
  readonly force?: boolean;
}

/** Everything that is to be known before the login begins, so that nothing is asked, or found wrong, after it. */
export interface LoginPlan extends ChosenPassphrase {
  readonly profile: string;
  readonly configFile: string;
  readonly sessionsFolder: string;
  readonly region: Region;
  readonly replace: SaveParts['replace'];
  /** Whose session is replaced. */
  readonly replaced: TokenOwner | undefined;
}

/**
 * Decides which profile to write, to which file and for which region. Asks if the user can answer.
 *
 * @throws OracleComputeError NO_TERMINAL, MISSING_VALUE, PROFILE_NAME_MALFORMED, PROFILE_EXISTS, REGION_UNKNOWN,
 *   CONFIG_FILE_CORRUPT, CONFIG_VALUE_UNSAFE, FILE_UNWRITABLE
 */
export async function planLogin(options: LoginOptions, context: Context): Promise<LoginPlan> {
  const { configLocation, tokenLocation } = options;
  const configFile = configLocation === undefined ? ownConfigFile(options, context) : pathOf(configLocation, context);
  const sessionsFolder = pathOf(tokenLocation ?? '~/.oci/sessions', context);
  const profile = await chooseProfileName(configFile, options, context);
  const { existing, replace } = await mayReplace(configFile, profile, options, context);
  const region = await chooseRegion(existing, options, context);
  refuseUnsafePath(join(sessionsFolder, profile));
  for (const folder of [dirname(followLinks(configFile)), followLinks(sessionsFolder)]) await checkWritable(folder);
  const replaced = await ownerOf(existing, context.home);
  return {
    profile,
    configFile,
    sessionsFolder,
    region,
    replace,
    replaced,
    ...(await choosePassphrase(options, context)),
  };
}

async function chooseProfileName(configFile: string, options: LoginOptions, context: Context): Promise<string> {
  // With --no-browser these name the profile whose credentials are exchanged.
  const named = options.noBrowser ? undefined : (options.profile ?? (context.env.OCI_CLI_PROFILE || undefined));
  const given = options.profileName ?? named;
  if (given !== undefined) return checkProfileName(given);
  const config = await readConfigText(configFile);
  if (config) checkConfigText(config);
  if (!config || listSections(config).length === 0) {
    infoLogger(options, context)('the profile is DEFAULT, because it is the first; --profile-name chooses another');
    return 'DEFAULT';
  }
  if (!canPrompt(context)) {
    const answeredBy = '--profile-name NAME or OCI_CLI_PROFILE';
    throw new OracleComputeError('NO_TERMINAL', 'the name of the profile to write is not given', { answeredBy });
  }
  return askUntil('Name of the profile to write: ', context, async (answer) => checkProfileName(answer));
}

/** A new login replaces a session; it replaces anything else only with `--force` or after a question. */
async function mayReplace(
  configFile: string,
  profile: string,
  { force }: LoginOptions,
  context: Context,
): Promise<{ existing: ConfigProfile | undefined; replace: SaveParts['replace'] }> {
  if (force) return { existing: await existingProfile(configFile, profile, 'any'), replace: 'any' };
  try {
    return { existing: await existingProfile(configFile, profile, 'sessions'), replace: 'sessions' };
  } catch (error) {
    if (!isOracleComputeError(error, 'PROFILE_EXISTS') || !canPrompt(context)) throw error;
    if (!(await confirm(`[${profile}] is there already and is not a session. Make it one?`, context))) throw error;
    return { existing: await existingProfile(configFile, profile, 'any'), replace: 'any' };
  }
}

async function chooseRegion(
  existing: ConfigProfile | undefined,
  options: LoginOptions,
  context: Context,
): Promise<Region> {
  const known = existing?.own.has('region') ? existing.values.get('region') : undefined;
  const said = options.region ?? (context.env.OCI_CLI_REGION || options.defaults?.region || known);
  const given = said ?? (await exchangedRegion(options, context));
  if (given) return findKnownRegion(given, context);
  if (!canPrompt(context)) {
    throw new OracleComputeError('MISSING_VALUE', 'the region is not given', { name: 'region' });
  }
  const regions = knownRegions();
  context.stderr.write(regionTable(regions));
  return askUntil('Region (name, key or number): ', context, (answer) =>
    findKnownRegion(/^\d+$/.test(answer) ? (regions[Number(answer) - 1]?.id ?? answer) : answer, context),
  );
}

/** `--no-browser` exchanges the credentials of a profile, which says a region too. */
async function exchangedRegion(options: LoginOptions, context: Context): Promise<string | undefined> {
  if (!options.noBrowser) return undefined;
  try {
    return (await chooseProfile(options, context)).values.get('region');
  } catch (error) {
    // The code that reads the profile's credentials reports what is wrong with it.
    if (isOracleComputeError(error)) return undefined;
    throw error;
  }
}

const REGIONS_PER_LINE = 5;

function regionTable(regions: readonly Region[]): string {
  const cells = regions.map(({ id }, index) => `${String(index + 1).padStart(3)}: ${id}`);
  const width = Math.max(...cells.map((cell) => cell.length)) + 1;
  let text = '';
  for (let index = 0; index < cells.length; index += REGIONS_PER_LINE) {
    const line = cells.slice(index, index + REGIONS_PER_LINE).map((cell) => cell.padEnd(width));
    text += `${line.join('').trimEnd()}\n`;
  }
  return text;
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
  throw new OracleComputeError('FILE_UNWRITABLE', `${folder} is no folder`, { path: folder });
}

/** What encrypts the private key of a session, and whether it is written to the config file. */
export interface ChosenPassphrase {
  readonly passphrase: string | undefined;
  readonly storePassphrase: boolean;
}

/** Oracle's word for "none", at its prompt. */
const NONE = 'N/A';

/**
 * The passphrase for a new key if `--use-passphrase` is given: `OCI_CLI_PASSPHRASE`, else the user types it twice.
 *
 * @throws OracleComputeError NO_TERMINAL, PASSWORDS_DIFFER, PASSWORD_EMPTY, CONFIG_VALUE_UNSAFE
 */
export async function choosePassphrase(
  { usePassphrase }: { readonly usePassphrase?: boolean },
  context: Context,
): Promise<ChosenPassphrase> {
  if (!usePassphrase) return { passphrase: undefined, storePassphrase: false };
  const given = context.env.OCI_CLI_PASSPHRASE;
  if (given) return { passphrase: given, storePassphrase: false };
  if (!canPrompt(context)) {
    const answeredBy = 'OCI_CLI_PASSPHRASE';
    throw new OracleComputeError('NO_TERMINAL', 'the passphrase for the key is not given', { answeredBy });
  }
  const passphrase = await context.promptSecret(`Passphrase for the new key (${NONE} for none): `);
  if (passphrase === NONE) return { passphrase: undefined, storePassphrase: false };
  if (passphrase === '') {
    throw new OracleComputeError('PASSWORD_EMPTY', 'the passphrase is empty', { from: 'the terminal' });
  }
  if ((await context.promptSecret('The same passphrase again: ')) !== passphrase) {
    throw new OracleComputeError('PASSWORDS_DIFFER', 'the two passphrases are not the same', {});
  }
  const answer = (await context.ask('Write the passphrase to the config file? [y/N] ')).trim();
  const storePassphrase = /^y(?:es)?$/i.test(answer);
  const reason = storePassphrase ? unsafeValue(passphrase) : undefined;
  if (reason === undefined) return { passphrase, storePassphrase };
  const message = `the passphrase cannot be written to the config file: ${reason}`;
  throw new OracleComputeError('CONFIG_VALUE_UNSAFE', message, { key: 'pass_phrase', reason });
}
