import { OracleComputeError } from '../../lib/errors.js';

/** Options of a line that a command hands on instead of knowing them: `--status ready`, `--machineimage NAME`. */
export type Parameters = Readonly<Record<string, string>>;

/**
 * All on a line that is no option of the command, as the original takes it: `--param arg`.
 *
 * @param own the names of the command's own options, as yargs has them
 * @throws OracleComputeError USAGE for letters, which are options of this program only
 */
export function parametersAmong(
  options: Readonly<Record<string, unknown>>,
  own: readonly string[],
  usage: string,
): Parameters {
  const known = new Set(['_', '$0', '--', ...own, ...own.map(camelCase)]);
  const others = Object.keys(options).filter((name) => !known.has(name) && options[name] !== undefined);
  const letter = others.find((name) => name.length === 1);
  if (letter !== undefined) throw new OracleComputeError('USAGE', `there is no option -${letter}`, { usage });
  // yargs gives `some-name` as `someName` too.
  const twins = new Set(others.filter((name) => name.includes('-')).map(camelCase));
  const names = others.filter((name) => !twins.has(name));
  return Object.fromEntries(names.map((name) => [name, String(options[name])]));
}

function camelCase(name: string): string {
  return name.replace(/-+(.)/g, (_, letter: string) => letter.toUpperCase());
}
