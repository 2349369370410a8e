import { OracleComputeError } from '../../lib/errors.js';

/** Options of a line that a command hands on instead of knowing them: `--status ready`, `--machineimage NAME`. */
export type Parameters = Readonly<Record<string, string>>;

/**
 * Takes out of the options all that the command does not define, as the original does: `--param arg`. yargs looks up
 * the rest in objects that inherit `constructor` and the like.
 *
 * @param own the names of the command's own options, as yargs has them
 * @throws OracleComputeError USAGE for letters, which are options of this program only
 */
export function takeParameters(options: Record<string, unknown>, own: readonly string[], usage: string): Parameters {
  const known = new Set(['_', '$0', '--', ...own, ...own.map(camelCase)]);
  const others = Object.keys(options).filter((name) => !known.has(name) && options[name] !== undefined);
  const letter = others.find((name) => name.length === 1);
  if (letter !== undefined) throw new OracleComputeError('USAGE', `there is no option -${letter}`, { usage });
  // yargs gives `some-name` as `someName` too.
  const twins = new Set(others.filter((name) => name.includes('-')).map(camelCase));
  const names = others.filter((name) => !twins.has(name));
  // yargs changes that name.
  const parameters = Object.fromEntries(
    names.map((name) => [name.replace(/^___proto___$/, '__proto__'), String(options[name])]),
  );
  for (const name of others) delete options[name];
  return parameters;
}

function camelCase(name: string): string {
  return name.replace(/-+(.)/g, (_, letter: string) => letter.toUpperCase());
}
