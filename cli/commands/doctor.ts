import { type ComputeProfile, parseAccountName, parseEndpoint, readProfileFile } from '../../lib/compute/account.js';
import type { StoredSession } from '../../lib/compute/stored-session.js';
import type { ValueWithOrigin } from '../../lib/value-with-origin.js';
import type { Context } from '../context/context.js';
import { type Check, look, note, pass, showChecks } from '../doctor/check.js';
import { checkCookie, checkKeychain, checkNetwork, checkNode, checkVariables } from '../doctor/environment.js';
import {
  checkCookiesFiles,
  checkFolders,
  checkOciSessions,
  checkPasswordFile,
  checkProfileFile,
  checkTrust,
} from '../doctor/files.js';
import { checkLeftovers } from '../doctor/leftovers.js';
import { checkSchedule } from '../doctor/schedule.js';
import { checkStore } from '../doctor/store.js';
import { type ComputeOptions, chosenProfile, findSettings, withComputeOptions } from '../flags/compute.js';
import { expandHome, readerOf } from '../flags/general.js';
import { readStoreSettings, STORE_ENVIRONMENT, withStoreOption } from '../flags/store.js';
import type { CommandModule } from '../parser/command.js';

/** Looks at everything that this program depends on, and says of each thing whether it is in order. */
export async function runDoctor(options: ComputeOptions, context: Context): Promise<number> {
  const checks = await examine(options, context);
  return showChecks(checks, options, context);
}

async function examine(options: ComputeOptions, context: Context): Promise<readonly Check[]> {
  const checkedProfile = await look('profile', async () =>
    checkProfileFile(await chosenProfile(options, context), context),
  );
  // Without the profile file, if that is what is wrong.
  const readable = (path: string) => readProfileFile(path, readerOf(context)).catch((): ComputeProfile => ({}));
  const given = await findSettings(options, context, undefined, readable);
  const cookieFile = given.cookieFile && expandHome(given.cookieFile.value, context);
  const cookies = await checkCookiesFiles(cookieFile, context);

  const endpoint = await readValue('endpoint', given.endpoint, parseEndpoint);
  const user = await readValue('user', given.user, parseAccountName);
  const stored = storedSession(cookies.sessions, endpoint.value, user.value);
  const place = { endpoint: endpoint.value ?? stored?.endpoint, user: user.value ?? stored?.user };
  const account =
    place.endpoint === undefined || place.user === undefined
      ? undefined
      : { endpoint: place.endpoint, user: place.user };
  const [network, keychain] = await Promise.all([
    checkNetwork(place.endpoint, options, context),
    look('keychain', () => checkKeychain(account, given.passwordFile !== undefined, context)),
  ]);
  return [
    checkNode(context),
    ...checkVariables(context),
    ...checkedProfile,
    ...endpoint.checks,
    ...user.checks,
    ...(await look('cookie', () => checkCookie(given.cookie, place, cookieFile, stored, context))),
    ...(await checkFolders(context)),
    ...(await checkTrust(context)),
    ...cookies.checks,
    ...(await checkLeftovers(cookieFile, context)),
    ...(await look('password', () => checkPasswordFile(given.passwordFile, context))),
    ...(await look('oci', () => checkOciSessions(context))),
    ...(await look('schedule', () => checkSchedule(context))),
    ...keychain,
    ...network,
    ...(await look('store', async () => checkStore(await readStoreSettings(options, context), account, context))),
  ];
}

/** The session that the other commands would use; undefined if none or several fit. */
function storedSession(
  sessions: readonly StoredSession[],
  endpoint?: string,
  user?: string,
): StoredSession | undefined {
  const fitting = sessions.filter(
    (session) => (endpoint ?? session.endpoint) === session.endpoint && (user ?? session.user) === session.user,
  );
  return fitting.length === 1 ? fitting[0] : undefined;
}

async function readValue(
  name: string,
  given: ValueWithOrigin<string> | undefined,
  parse: (text: string) => string,
): Promise<{ value?: string; checks: readonly Check[] }> {
  if (!given) return { checks: [note(name, 'none is given')] };
  let value: string | undefined;
  const checks = await look(name, async () => {
    value = parse(given.value);
    return pass(name, `${value}, from ${given.source}`);
  });
  return { value, checks };
}

export const doctorCommand: CommandModule<ComputeOptions> = {
  builder: (list) => withStoreOption(withComputeOptions(list)),
  run: runDoctor,
  help: {
    description:
      'Looks at everything that this program depends on, and says in one line each whether it is in order, or how to mend it: Node, variables that hide each other, files and their modes, what killed processes have left, the password file, the OCI sessions, entries of schedule, the keychain, the way to the service, its certificate, the clock, and the store that hosts share sessions in. A note is neither good nor bad. Shows no secret, changes nothing, and sends the service one request without a token.',
    environment: [
      ['OPC_API', 'address of the service'],
      ['OPC_USER', 'user, /customer/name'],
      ['OPC_PASSWORD_FILE', 'password file'],
      ['OPC_COOKIE', 'token that overrides the stored session, unless it belongs to it'],
      ['OPC_COOKIE_FILE', 'cookies file'],
      ...STORE_ENVIRONMENT,
      ['HTTPS_PROXY', 'proxy; NO_PROXY for hosts to reach without it'],
    ],
    examples: [
      ['$0', 'look at everything'],
      ['$0 -q', 'show only what is wrong'],
      ['$0 -a https://api-z99.compute.example.com', 'look at the way to one service'],
    ],
    statuses: [
      [0, 'all is in order'],
      [2, 'the first thing that is wrong is on this machine: a file, a variable, the keychain, the clock'],
      [3, 'it is the way to the service'],
      [4, 'it is a malformed value or a damaged file'],
      [10, 'it is the token in OPC_COOKIE, which has expired'],
    ],
  },
};
