import { join } from 'node:path';
import { OracleComputeError } from '../../lib/errors.js';
import {
  type ComputeProfile,
  type ComputeSession,
  type KeychainAccount,
  openSession,
  parseAccountName,
  parseEndpoint,
  profileFile,
  readComputeProfile,
} from '../../lib/index.js';
import type { ValueWithOrigin } from '../../lib/text.js';
import type { Context } from '../context/context.js';
import { askUntil, availablePassword, canPrompt, infoLogger } from '../context/conversation.js';
import { httpClient, timeoutOf } from '../context/http.js';
import { describeError } from '../errors/error-text.js';
import type { ComputeOptions, ProfileOptions } from '../flags/compute.js';
import { expandHome, readStoreOptions, variable } from './general.js';

/** The values of a line, each with its source: flag or argument, then the environment, then the profile file. */
interface ComputeSettings {
  readonly endpoint: ValueWithOrigin<string> | undefined;
  readonly user: ValueWithOrigin<string> | undefined;
  readonly passwordFile: ValueWithOrigin<string> | undefined;
  readonly cookieFile: ValueWithOrigin<string> | undefined;
  /** The token in `OPC_COOKIE`, which overrides what is stored, unless it belongs to it. */
  readonly cookie: ValueWithOrigin<string> | undefined;
}

/**
 * Finds each value without checking it.
 *
 * @param readProfile reads the profile file; called only if flags and environment lack a value, or if a profile is named
 */
export async function findSettings(
  options: ComputeOptions,
  context: Context,
  argument: string | undefined,
  readProfile: (path: string, mustExist: boolean) => Promise<ComputeProfile> = (path, mustExist) =>
    readComputeProfile(path, { mustExist, signal: context.interruption }),
): Promise<ComputeSettings> {
  const onLine = (value: string | undefined) =>
    value === undefined ? undefined : { value, source: 'the command line' };
  const { path, isNamed } = await chosenProfile(options, context);
  let loaded: Promise<ComputeProfile> | undefined;
  const profile = () => {
    loaded ??= readProfile(path, isNamed);
    return loaded;
  };
  if (isNamed) await profile();
  const find = async (flag: string | undefined, name: string, key: keyof ComputeProfile) => {
    const found = onLine(flag) ?? variable(context, name);
    if (found) return found;
    const value = (await profile())[key];
    return value === undefined ? undefined : { value, source: path };
  };
  return {
    endpoint: await find(options.address, 'API', 'endpoint'),
    user: await find(argument ?? options.user, 'USER', 'user'),
    passwordFile: await find(options.pass, 'PASSWORD_FILE', 'passwordFile'),
    cookieFile: onLine(options.cookieFile) ?? variable(context, 'COOKIE_FILE'),
    cookie: variable(context, 'COOKIE'),
  };
}

/**
 * The session that a line means, for the functions of the library, and the source of its password.
 *
 * @param argument the user name given as an argument rather than a flag
 * @throws OracleComputeError ADDRESS_MALFORMED, ACCOUNT_MALFORMED, PROFILE_FILE_MALFORMED, and as `readStoreOptions`
 */
export async function readSelection(options: ComputeOptions, context: Context, argument?: string) {
  const { passwordFile, ...settings } = await findSettings(options, context, argument);
  const { endpoint, user, cookieFile, cookie } = settings;
  const { env, cwd, clock, interruption: signal } = context;
  return {
    selection: {
      endpoint: endpoint && parseEndpoint(endpoint.value),
      user: user && parseAccountName(user.value),
      cookiesFile: cookieFile && expandHome(cookieFile.value, context),
      token: cookie,
      chooseSession: canPrompt(context)
        ? (sessions: readonly KeychainAccount[]) => askForSession(sessions, context)
        : undefined,
      store: await readStoreOptions(options, context),
      ...{ env, cwd, clock, signal, http: httpClient(options, context) },
      get home() {
        return context.home;
      },
      lockTimeout: lockTimeoutOf(options),
      onEarlierToken: (source: string) => {
        const text = `${source} has an earlier token of this session: the newer, stored one is used`;
        if (context.stderr.isTTY) infoLogger(options, context)(text);
      },
    },
    passwordFile,
  };
}

/** A holder has more to do than its request, so that a short --timeout does not make a slow disk an error. */
const SHORTEST_WAIT = 15_000;

/** The holder may use up its own time limit before our turn comes. */
function lockTimeoutOf(options: ComputeOptions): number {
  return Math.max(2 * timeoutOf(options), SHORTEST_WAIT);
}

async function askForSession(sessions: readonly KeychainAccount[], context: Context): Promise<KeychainAccount> {
  const lines = sessions.map(
    ({ user, endpoint }, index) => `${String(index + 1).padStart(3)}: ${user} at ${endpoint}\n`,
  );
  context.stderr.write(`${sessions.length} sessions are stored:\n${lines.join('')}`);
  return askUntil(`Session [1-${sessions.length}]: `, context, async (answer) => {
    const chosen = /^\d+$/.test(answer) ? sessions[Number(answer) - 1] : undefined;
    if (chosen) return chosen;
    throw new OracleComputeError('USAGE', `enter a number from 1 to ${sessions.length}`, {});
  });
}

/** What the library says while a session is in use. */
export function sessionNotes(options: ComputeOptions, context: Context) {
  const note = infoLogger(options, context);
  return {
    onWait: () => note('waiting for another process that uses this session'),
    onLostToken: (error: OracleComputeError) => note(`a newer token was not kept: ${describeError(error)}`),
  };
}

export interface UsedSession {
  readonly session: ComputeSession;
  readonly passwordFile: ValueWithOrigin<string> | undefined;
  /** The cookies file that the line names. */
  readonly cookieFile: string | undefined;
}

/** The session of a line, for commands that use a stored one and log in again if they must. */
export async function openUsedSession(options: ComputeOptions, context: Context): Promise<UsedSession> {
  const { selection, passwordFile } = await readSelection(options, context);
  const note = infoLogger(options, context);
  const password = availablePassword(passwordFile, context, note);
  const session = await openSession({ ...selection, ...sessionNotes(options, context), password });
  // A new token could not be stored in a variable.
  const isStored = session.cookiesFile !== undefined;
  return {
    session: isStored ? session : session.with({ password: undefined }),
    passwordFile,
    cookieFile: selection.cookiesFile,
  };
}

/**
 * The user and endpoint of a password: as given, else those of the only stored session that fits.
 *
 * @throws OracleComputeError MISSING_VALUE, and as `readSelection` and `findSession`
 */
export async function keychainAccount(
  options: ComputeOptions,
  context: Context,
  argument: string | undefined,
): Promise<KeychainAccount> {
  const { selection } = await readSelection(options, context, argument);
  const { endpoint, user } = selection;
  if (endpoint !== undefined && user !== undefined) return { endpoint, user };
  const found = await openSession({ ...selection, token: undefined });
  return { endpoint: found.endpoint, user: found.user };
}

/** The profile file that counts, and whether it was named: a named one must exist. */
interface ChosenProfile {
  readonly path: string;
  readonly isNamed: boolean;
}

/**
 * The profile of `--profile` and `--profile-directory`, else the file of OPC_PROFILE_FILE, else OPC_PROFILE and
 * OPC_PROFILE_DIRECTORY, else ~/.opc/profiles/default.
 *
 * @throws OracleComputeError PROFILE_NAME_MALFORMED
 */
export async function chosenProfile(options: ProfileOptions, context: Context): Promise<ChosenProfile> {
  const { OPC_PROFILE_FILE: file, OPC_PROFILE } = context.env;
  const isOnLine = options.profile !== undefined || options.profileDirectory !== undefined;
  if (file && !isOnLine) return { path: expandHome(file, context), isNamed: false };
  const name = options.profile ?? (OPC_PROFILE || undefined);
  const folder = profileFolder(options, context);
  if (name === undefined) return { path: join(folder, 'default'), isNamed: false };
  return { path: profileFile(folder, name), isNamed: true };
}

/** The folder of the named profiles. */
export function profileFolder({ profileDirectory }: ProfileOptions, context: Context): string {
  const given = profileDirectory ?? context.env.OPC_PROFILE_DIRECTORY;
  return given ? expandHome(given, context) : join(context.home, '.opc', 'profiles');
}

/** The error for a value that was found nowhere. */
export function missing(name: 'endpoint' | 'user'): OracleComputeError<'MISSING_VALUE'> {
  const what = name === 'endpoint' ? 'endpoint' : 'user';
  return new OracleComputeError('MISSING_VALUE', `no ${what} given`, { name });
}
