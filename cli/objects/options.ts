import { nameBelow, type ObjectKind, type UserName, usualFields, wholeName } from '../../lib/compute/objects.js';
import { OracleComputeError } from '../../lib/errors.js';
import { type ComputeOptions, SESSION_ENVIRONMENT, withComputeOptions } from '../flags/compute.js';
import { withStoreOptions } from '../flags/store.js';
import type { CommandHelp } from '../parser/command.js';
import type { OptionList } from '../parser/known-options.js';
import { type Parameters, typo } from '../parser/parameters.js';
import { nearest } from '../parser/suggest.js';

/** The options of the commands on objects. */
export interface ObjectOptions extends ComputeOptions {
  readonly object: string;
}

/** The options of commands whose other options are for the service. */
export interface ParameterOptions extends ObjectOptions {
  readonly parameters?: Parameters;
  /** Those given as NAME=VALUE. */
  readonly field?: readonly string[];
  readonly filter?: readonly string[];
}

/** The options of every command on objects. Only the service knows which parameters an object has. */
export function withObject(list: OptionList): OptionList {
  return withStoreOptions(withComputeOptions(list)).positional('object', {
    type: 'string',
    demandOption: true,
    describe: 'Kind of object: instance, ip-reservation, storage/volume, …',
  });
}

/** Parameters of objects without a value: the next word is an argument. */
export const SWITCHES: readonly string[] = ['force', 'confirm', 'permanent', 'no_upload'];

export function withFilter(list: OptionList): OptionList {
  return list.option('filter', {
    ...ASSIGNMENTS,
    describe: 'Only objects that match (any field name)',
  });
}

export function withField(list: OptionList): OptionList {
  return list.option('field', {
    ...ASSIGNMENTS,
    describe: 'Field of the object (any name)',
  });
}

const ASSIGNMENTS = { type: 'array', string: true, nargs: 1 } as const;

/**
 * What the line gives the service, by name.
 *
 * @throws OracleComputeError USAGE for a typo of a field that this kind has
 */
export function givenParameters(
  kind: ObjectKind,
  { parameters = {}, field = [], filter = [] }: ParameterOptions,
  usage: string,
): Parameters {
  const known = usualFields(kind);
  for (const name of Object.keys(parameters)) {
    const near = known.includes(name) ? undefined : nearest(name, known, 1);
    if (near !== undefined) throw typo(name, near, usage === 'list' ? 'filter' : 'field', usage);
  }
  const given = [...field, ...filter].map((text) => {
    const [, name, value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name !== undefined) return [name, value];
    throw new OracleComputeError('USAGE', `${JSON.stringify(text.slice(0, 60))} is not NAME=VALUE`, { usage });
  });
  return { ...parameters, ...Object.fromEntries(given) };
}

/** Switches of the original for commands that change something. */
export interface ChangeOptions extends NamedOptions {
  readonly force?: boolean;
  readonly permanent?: boolean;
  readonly confirm?: boolean;
}

/** `--confirm` of the original is accepted: there is no prompt to skip. */
export function withSwitches(list: OptionList): OptionList {
  return list
    .option('force', { type: 'boolean', describe: 'Force it (the service decides what that means)' })
    .option('permanent', { type: 'boolean', hidden: true })
    .option('confirm', { type: 'boolean', hidden: true });
}

/** The switches that the service gets. */
export function sentSwitches({ force, permanent }: ChangeOptions): Parameters {
  return { ...(force && { force: 'true' }), ...(permanent && { permanent: 'true' }) };
}

/** The options of the commands on one object. */
export interface NamedOptions extends ObjectOptions {
  readonly name: string;
  /** The version of an entry of an image list. */
  readonly entry?: string;
}

export function withName(list: OptionList): OptionList {
  return list
    .positional('name', { type: 'string', demandOption: true, describe: 'Name of the object' })
    .positional('entry', {
      type: 'string',
      describe: 'Version of an image list entry',
    });
}

/** The name of the object. @throws OracleComputeError USAGE, OBJECT_MALFORMED */
export function objectName(kind: ObjectKind, options: NamedOptions, user: UserName, usage: string): string {
  const { name, entry } = options;
  if ((kind.below === undefined) !== (entry === undefined)) {
    const what = kind.below ? `${kind.word} needs the name of the list and a version` : `${kind.word} has one name`;
    throw new OracleComputeError('USAGE', what, { usage });
  }
  if (name.endsWith('/'))
    throw new OracleComputeError('USAGE', 'a container is not an object: its name ends in /', { usage });
  const whole = wholeName(kind, name, user);
  return kind.below === undefined ? whole : nameBelow(kind, whole, entry);
}

/** The common parts of the help of the commands on objects. */
export const OBJECT_HELP: Pick<CommandHelp, 'environment' | 'statuses'> = {
  environment: SESSION_ENVIRONMENT,
  statuses: [0, 2, 3, 4, 7, 9, 10, '11-15', 75],
};

/** About names, for every description. */
export const NAMES =
  'A name is /Compute-acme/jack.jones@example.com/web-1; web-1 alone means an object of the user. Kinds of objects have the names of Oracle’s CLIs (ipreservation, ip-reservations) or are REST paths (ip/reservation).';
