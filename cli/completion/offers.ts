import type { Context } from '../context/context.js';
import type { KnownOption } from '../line/known-options.js';
import { valueOnLine } from '../line/words.js';

/** What may follow: words with their meanings, or a file. */
export type Offer = 'files' | ReadonlyArray<readonly [word: string, meaning: string]>;

/** Options whose value is the name of a file, by how such options are called. */
const NAMES_A_FILE = /^(?:pass|passwordfile|file|values|.*-(?:file|bundle|archive|path|location|dir))$/;
const NAMES_A_PROFILE = /^(?:oci-)?profile(?:-name)?$/;
const NAMES_A_USER = /^user(?:name)?$/;

/** More stored sessions than this are not read while somebody waits. */
const MOST_SESSIONS = 100;

/** What may stand as the value of an option or argument. */
export async function offerFor(
  { name, choices }: KnownOption,
  words: readonly string[],
  context: Context,
): Promise<Offer> {
  if (choices.length > 0) return plain(choices);
  if (NAMES_A_FILE.test(name)) return 'files';
  if (NAMES_A_PROFILE.test(name)) return plain(await profiles(words, context).catch(() => []));
  if (NAMES_A_USER.test(name)) return plain(await storedUsers(context).catch(() => []));
  if (name === 'object') return plain((await import('../../lib/compute/resources/object-kind.js')).OBJECT_WORDS);
  if (name === 'region')
    return plain((await import('../../lib/oci/client/regions.js')).knownRegions().map(({ id }) => id));
  return [];
}

function plain(words: readonly string[]): Offer {
  return words.map((word) => [word, '']);
}

/** The profiles of the config file that the line means. */
async function profiles(words: readonly string[], context: Context): Promise<string[]> {
  const { configFileOf } = await import('../../lib/oci/config/choose-profile.js');
  const { readConfigText } = await import('../../lib/oci/config/config-file.js');
  const { listSections } = await import('../../lib/oci/config/config-text.js');
  const configFile = valueOnLine(words, '--config-file');
  const { value } = await configFileOf({ ...(configFile && { configFile }) }, context);
  const text = await readConfigText(value);
  return text ? listSections(text).map(({ name }) => name) : [];
}

/** The users whose sessions are stored. */
async function storedUsers(context: Context): Promise<string[]> {
  const { listCookiesFiles } = await import('../../lib/compute/cookies/cookies-file-store.js');
  const { storeAt } = await import('../options/stored-session.js');
  const users = new Set<string>();
  for (const path of (await listCookiesFiles(context.home)).slice(0, MOST_SESSIONS)) {
    const session = await storeAt(path, context)
      .read()
      .catch(() => undefined);
    if (session) users.add(session.user);
  }
  return [...users];
}
