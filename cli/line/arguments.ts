import { OracleComputeError } from '../../lib/errors.js';

/**
 * What yargs cannot read of our grammar is made readable before it sees the line: a lone `-`, short options glued to
 * their values (`-fcsv`), long names with one dash as Oracle's documentation prints them (`-config-file`), and words
 * after `--`.
 */

/** Stands before a word that yargs must not take for an option. The system cannot pass one, so it cannot be forged. */
const SHIELD = '\0';

const VALUE_LETTERS = new Set('afFpu');
const SWITCH_LETTERS = new Set('dhqH');

/** Options that take the next word as their value: needed to tell the command's name from a value. */
const VALUE_FLAGS = new Set(
  `address user pass format fields cookie-file ca-bundle timeout shell min-valid data header every oci-profile
   config-file profile region auth endpoint cert-bundle proxy cli-rc-file defaults-file max-retries connection-timeout
   read-timeout output query opc-request-id tenancy-name identity-provider-name profile-name config-location
   token-location public-key-file-path private-key-file-path callback-port session-expiration-in-minutes output-file session-archive`.split(
    /\s+/,
  ),
);

const ONE_DASH_NAMES = new Set([
  'config-file',
  'profile',
  'region',
  'auth',
  'endpoint',
  'ca-bundle',
  'cert-bundle',
  'output',
]);

export interface CommandLine {
  /** The words that are neither options nor their values, with their places in `words`. */
  readonly positionals: ReadonlyArray<{ readonly text: string; readonly index: number }>;
  /** Everything before `--`, made readable. */
  readonly words: readonly string[];
  /** Everything after `--`, as it came. */
  readonly rest: readonly string[];
}

export function readCommandLine(argv: readonly string[]): CommandLine {
  const end = argv.indexOf('--');
  const rest = end === -1 ? [] : argv.slice(end + 1);
  const words = (end === -1 ? argv : argv.slice(0, end)).flatMap(makeReadable);
  const positionals: { text: string; index: number }[] = [];
  for (let index = 0; index < words.length; index++) {
    const text = words[index] ?? '';
    if (!text.startsWith('-')) positionals.push({ text, index });
    else if (takesNextWord(text)) index++;
  }
  return { positionals, words, rest };
}

/** Keeps yargs from reading a word as an option. Undone by `unshield`. */
export function shield(word: string): string {
  return word.startsWith('-') ? SHIELD + word : word;
}

/** Takes the shields off again, wherever yargs has put the words. */
export function unshield<T>(value: T): T {
  if (typeof value === 'string') return (value.startsWith(SHIELD) ? value.slice(1) : value) as T;
  if (Array.isArray(value)) return value.map(unshield) as T;
  return value;
}

function makeReadable(word: string): string[] {
  if (word === '-') return [shield(word)];
  const oneDash = /^-([a-z-]{3,})(=.*)?$/s.exec(word);
  if (oneDash && ONE_DASH_NAMES.has(oneDash[1] ?? '')) return [`-${word}`];
  if (!/^-[A-Za-z]/.test(word)) return [word];
  return unglue(word);
}

/** `-fcsv` to `-f csv`, `-Hfcsv` to `-H -f csv`, `-p=x` to `-p x`. Other words stay as they are. */
function unglue(word: string): string[] {
  const switches: string[] = [];
  for (let index = 1; index < word.length; index++) {
    const letter = word[index] ?? '';
    if (VALUE_LETTERS.has(letter)) {
      const value = word.slice(index + 1).replace(/^=/, '');
      return [...switches, `-${letter}`, ...(index + 1 < word.length ? [shield(value)] : [])];
    }
    if (!SWITCH_LETTERS.has(letter)) return [word];
    switches.push(`-${letter}`);
  }
  return switches;
}

/**
 * Refuses options that take a value and have none: left to yargs, their value would be empty.
 *
 * @throws OracleComputeError USAGE
 */
export function refuseMissingValues(line: CommandLine, usage: string): void {
  line.words.forEach((word, index) => {
    if (!word.startsWith('-') || !takesNextWord(word)) return;
    const next = line.words[index + 1];
    if (next !== undefined && !next.startsWith('-')) return;
    const hint = next === undefined ? '' : `; one that begins with a dash is written ${word}=…`;
    throw new OracleComputeError('USAGE', `${word} needs a value${hint}`, { usage });
  });
}

function takesNextWord(option: string): boolean {
  if (option.includes('=')) return false;
  return option.startsWith('--') ? VALUE_FLAGS.has(option.slice(2)) : VALUE_LETTERS.has(option.slice(1));
}

/** The value that an option has on the line, as far as it can be seen without knowing the command. */
export function valueOnLine(words: readonly string[], ...names: string[]): string | undefined {
  for (let index = words.length - 1; index >= 0; index--) {
    const word = words[index] ?? '';
    for (const name of names) {
      if (word === name) return unshield(words[index + 1]);
      if (name.startsWith('--') && word.startsWith(`${name}=`)) return word.slice(name.length + 1);
    }
  }
  return undefined;
}

/** Does a switch stand on the line? */
export function isOnLine(words: readonly string[], ...names: string[]): boolean {
  return words.some((word) => names.includes(word));
}
