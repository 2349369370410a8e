import { constants, promises as fs } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { isOracleComputeError, OracleComputeError } from '../../lib/errors.js';
import { chooseAuth, type ProfileChoice, readRcDefaults } from '../../lib/oci/index.js';
import { withoutSecrets } from '../../lib/variables.js';
import { commandsOf } from '../commands/index.js';
import type { Context } from '../context/context.js';
import { windowsCandidates } from '../context/find-command.js';
import type { CommandEntry } from './command.js';
import { knownOptions } from './known-options.js';
import { nearest } from './suggest.js';
import type { LooseLine } from './tree.js';
import { argsBeforeDashes } from './words.js';

/** Where to look for another `oci`, and what is not another. */
type Environment = Pick<Context, 'env' | 'platform' | 'self'>;

/** The programs that this line, or one around it, has been delegated to: their paths. */
const DELEGATED_TO = 'ORACLE_COMPUTE_OCI_DELEGATED_TO';

/**
 * Passes a line that this program does not handle, unchanged, to the next `oci` on `PATH` (usually Oracle's own), and
 * returns its exit status. Undefined for a line of this program, and for help and version if there is no other `oci`.
 *
 * @throws OracleComputeError USAGE if there is no other `oci` for a line that names a command
 */
export async function delegate(argv: readonly string[], context: Context): Promise<number | undefined> {
  const words = argsBeforeDashes(argv);
  const { readLoosely } = await import('./tree.js');
  const line = readLoosely(argv, context);
  const command = line.positionals;
  const owner = await ownerOf(line, words, commandsOf(context.program), context);
  if (owner === 'us') return undefined;
  const earlier = (context.env[DELEGATED_TO] ?? '').split(delimiter);
  const next = await findNextOci(earlier, context);
  if (next !== undefined) {
    if (needsSession(command, words)) await (await import('./renew-before.js')).renewBefore(line, context);
    const env = { ...withoutSecrets(context.env, 'oci'), [DELEGATED_TO]: [...earlier, next].join(delimiter) };
    return (await context.runChild(next, argv, { env })).status;
  }
  if (owner === 'us if need be' || command.length === 0 || command[0] === 'help') return undefined;
  const shown = JSON.stringify(command.join(' ').slice(0, 60));
  const near = nearest(command[0] ?? '', ['session']);
  const what = near === undefined ? ', and there is no other oci on PATH to run it' : `; did you mean "${near}"?`;
  throw new OracleComputeError('USAGE', `unknown command ${shown}${what}`, {});
}

/** Oracle's CLI answers some lines without a request: help, versions, its own setup, and examples of input. */
function needsSession([first]: readonly string[], words: readonly string[]): boolean {
  const answered = /^(?:--help|-h|-\?|--version|-v|--release-info|--latest-version|--generate-.*)$/;
  return first !== undefined && first !== 'help' && first !== 'setup' && !words.some((word) => answered.test(word));
}

/** Who handles a line. 'us if need be' goes to the next `oci` if there is one. */
type Owner = 'us' | 'us if need be' | 'another';

const REGION_LIST = 'iam region list';
/** This program handles these with a session only; Oracle's handles the rest. */
const WITH_SESSION = [REGION_LIST, 'ce cluster generate-token'];
/** Options that this program accepts, but that do more in Oracle's. */
const BETTER_ELSEWHERE = ['--query', '--all'];

/** `session …`, and with a session a few others. */
async function ownerOf(
  line: LooseLine,
  words: readonly string[],
  commands: readonly CommandEntry[],
  context: Context,
): Promise<Owner> {
  const command = line.positionals;
  if (command[0] === 'session') return 'us';
  const begun = commands.find((entry) => command.length > 0 && command.every((word, at) => entry.path[at] === word));
  // The name of a group, such as `iam`, is answered with its help.
  if (begun && (command.length < begun.path.length || line.has('help', 'h'))) return 'us if need be';
  const path = command.slice(0, 3);
  const name = path.join(' ');
  if (!WITH_SESSION.includes(name)) return 'another';
  const choice = { profile: line.value('profile'), cliRcFile: line.value('cli-rc-file', 'defaults-file') };
  const auth = line.value('auth') ?? (context.env.OCI_CLI_AUTH || undefined);
  if ((auth ?? (await ownAuth(choice, path, context))) !== 'security_token') return 'another';
  // A language for queries, pages, input as a file: Oracle's own has more options.
  const { describeLine } = await import('./tree.js');
  const { options } = knownOptions((await describeLine(words, commands, context)).list);
  const known = options.flatMap((option) => [option.name, ...option.aliases]).map((each) => `--${each}`);
  const given = words.filter((word) => word.startsWith('--')).map((word) => word.replace(/=.*/s, ''));
  if (given.some((each) => BETTER_ELSEWHERE.includes(each) || !known.includes(each))) return 'us if need be';
  const isQueried = name === REGION_LIST && (await readRcDefaults(choice, path, context))?.query !== undefined;
  return isQueried ? 'us if need be' : 'us';
}

/** The way to authenticate; undefined for one that only Oracle's own may know. */
async function ownAuth(
  choice: ProfileChoice,
  command: readonly string[],
  context: Context,
): Promise<string | undefined> {
  try {
    return (await chooseAuth(choice, command, context))?.value;
  } catch (error) {
    if (isOracleComputeError(error, 'USAGE')) return undefined;
    throw error;
  }
}

/**
 * The first `oci` on `PATH` that is not this program, through any link or from any installation. Skips one that leads
 * back to this program, such as a wrapper that adds a flag. If there is no other, that one is called once more,
 * because it may have started a line of its own.
 *
 * @param earlier the programs that are around this one already
 */
export async function findNextOci(earlier: readonly string[], context: Environment): Promise<string | undefined> {
  const others: string[] = [];
  const folders = (context.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const paths =
    context.platform === 'win32' ? windowsCandidates('oci', context.env) : folders.map((folder) => join(folder, 'oci'));
  for (const path of paths) if ((await isProgram(path)) && !(await isThisProgram(path, context))) others.push(path);
  const calls = (path: string) => earlier.filter((other) => other === path).length;
  return others.find((path) => calls(path) === 0) ?? others.find((path) => calls(path) === 1);
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await fs.access(path, constants.X_OK);
    return (await fs.stat(path)).isFile();
  } catch {
    return false;
  }
}

/** From npm, the two programs are side by side; with a Node of its own, a launcher starts each of them. */
async function isThisProgram(path: string, context: Environment): Promise<boolean> {
  const target = await fs.realpath(path);
  if (target === (await fs.realpath(context.self.at(-1) ?? '').catch(() => undefined))) return true;
  if (basename(target) !== 'oci.js') return isLauncher(target);
  const sibling = await fs.stat(join(dirname(target), 'oracle-compute.js')).catch(() => undefined);
  return sibling !== undefined;
}

/** Bytes. */
const LARGEST_LAUNCHER = 16_384;

/**
 * A launcher names itself to the program in this variable (tools/dist/launcher.sh). The one that npm makes on Windows
 * names the file that it starts.
 */
async function isLauncher(path: string): Promise<boolean> {
  const { size } = await fs.stat(path);
  const text = size > LARGEST_LAUNCHER ? '' : await fs.readFile(path, 'latin1').catch(() => '');
  return /ORACLE_COMPUTE_LAUNCHER=|oracle-compute[\\/]dist[\\/]bin[\\/]oci\.js/.test(text);
}
