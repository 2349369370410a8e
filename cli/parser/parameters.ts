import { OracleComputeError } from '../../lib/errors.js';
import { nearest } from './suggest.js';

/** Options of a line that a command hands on instead of knowing them: `--status ready`, `--machineimage NAME`. */
export type Parameters = Readonly<Record<string, string>>;

interface ParameterRules {
  /** The names of the command's own options, as yargs has them. */
  readonly own: readonly string[];
  /** Parameters that this program knows, too. */
  readonly switches: readonly string[];
  /** Options of similar commands. */
  readonly foreign: readonly string[];
  /** The option that passes a parameter of any name: `filter`. */
  readonly passing: string;
  readonly usage: string;
}

/**
 * Takes out of the options all that the command does not define, as the original does: `--param arg`. yargs looks up
 * the rest in objects that inherit `constructor` and the like.
 *
 * @throws OracleComputeError USAGE for letters, which are options of this program only, for an option of a similar command,
 *   and for a typo of an option
 */
export function takeParameters(
  options: Record<string, unknown>,
  { own, switches, foreign, passing, usage }: ParameterRules,
): Parameters {
  const known = new Set(['_', '$0', '--', ...own, ...own.map(camelCase)]);
  const others = Object.keys(options).filter((name) => !known.has(name) && options[name] !== undefined);
  const letter = others.find((name) => name.length === 1);
  if (letter !== undefined) throw new OracleComputeError('USAGE', `unknown option -${letter}`, { usage });
  // yargs gives `some-name` as `someName` too.
  const twins = new Set(others.filter((name) => name.includes('-')).map(camelCase));
  const names = others.filter((name) => !twins.has(name));
  for (const name of names) {
    if (foreign.includes(name)) {
      const message = `${usage} has no --${name}. To pass it to the service: --${passing} ${name}=VALUE`;
      throw new OracleComputeError('USAGE', message, { usage });
    }
    const near = switches.includes(name) ? undefined : nearest(name, [...own, ...switches]);
    if (near !== undefined) throw typo(name, near, passing, usage);
  }
  // yargs changes that name.
  const parameters = Object.fromEntries(
    names.map((name) => [name.replace(/^___proto___$/, '__proto__'), String(options[name])]),
  );
  for (const name of others) delete options[name];
  return parameters;
}

/** The error for a parameter that is probably a typo, with the way to pass it nevertheless. */
export function typo(name: string, near: string, passing: string, usage: string): OracleComputeError {
  const message = `unknown option --${name}; did you mean --${near}? To pass it to the service: --${passing} ${name}=VALUE`;
  return new OracleComputeError('USAGE', message, { usage });
}

function camelCase(name: string): string {
  return name.replace(/-+(.)/g, (_, letter: string) => letter.toUpperCase());
}
