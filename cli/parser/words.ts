/**
 * Makes readable for yargs what it cannot read of our grammar: short options glued to their values (`-fcsv`), long
 * names with one dash as Oracle's documentation prints them (`-config-file`), and words after `--`, which yargs does
 * not take for a command's arguments.
 */

/** Prefixes a word that yargs must not take for an option. The system cannot pass this byte, so it cannot be forged. */
const SHIELD = '\0';

/** The letters of the original's grammar: switches, then one that takes a value, then the value. */
const GLUED = /^-([dhqH]*)([afFpu])(=?)(.*)$/s;
const GLUED_SWITCHES = /^-[dhqH]{2,}$/;

const ONE_DASH_NAME = /^-(?:config-file|profile|region|auth|endpoint|ca-bundle|cert-bundle|output)(?:=|$)/;

/** The words before `--`, readable for yargs. */
export function argsBeforeDashes(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).flatMap((word, index, words) =>
    word === '--wait' && !DURATION.test(words[index + 1] ?? '') ? [`${word}=${USUAL_WAIT}`] : readable(word),
  );
}

/** The value of `--wait` may be missing: what follows is a length of time, or an argument. */
const DURATION = /^(?:\d+(?:\.\d+)?[smh]?)+$/;
const USUAL_WAIT = '10m';

/** The words after `--`, readable for yargs as arguments of a command. */
export function escapedArgsAfterDashes(argv: readonly string[]): string[] {
  return argsAfterDashes(argv).map(escapeDash);
}

/** The words after `--`, with each parameter, `--name value`, as a value of the option that passes it. */
export function parametersAfterDashes(argv: readonly string[], passing: string): string[] {
  const words = [...argsAfterDashes(argv)];
  const line: string[] = [];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    const hasValue = value !== undefined || (words[0] !== undefined && !words[0].startsWith('--'));
    if (name === undefined) line.push(escapeDash(word));
    else line.push(`--${passing}`, `${name}=${value ?? (hasValue ? words.shift() : 'true')}`);
  }
  return line;
}

/** The words after `--`, unchanged. */
export function argsAfterDashes(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return end === -1 ? [] : argv.slice(end + 1);
}

/** `-fcsv` to `-f csv`, `-Hfcsv` to `-H -f csv`, `-p=x` to `-p x`. */
function readable(word: string): string[] {
  if (word === '-?') return ['--help'];
  // yargs drops it from an argument that may be repeated.
  if (word === '-') return [escapeDash(word)];
  if (ONE_DASH_NAME.test(word)) return [`-${word}`];
  if (GLUED_SWITCHES.test(word)) return dashed(word.slice(1));
  const [, switches, letter, sign, value = ''] = GLUED.exec(word) ?? [];
  if (letter === undefined) return [word];
  return [...dashed(switches + letter), ...(sign || value ? [escapeDash(value)] : [])];
}

function dashed(letters: string): string[] {
  return Array.from(letters, (letter) => `-${letter}`);
}

function escapeDash(word: string): string {
  return word.startsWith('-') ? SHIELD + word : word;
}

/** Removes the shields from what yargs returns: a word, or lists of words. */
export function unshield<T>(value: T): T {
  if (typeof value === 'string') return (value.startsWith(SHIELD) ? value.slice(1) : value) as T;
  return Array.isArray(value) ? (value.map(unshield) as T) : value;
}
