import { type ObjectKind, usualFields } from '../../lib/compute/objects.js';
import { OracleComputeError } from '../../lib/errors.js';
import { type ComputeOptions, SESSION_ENVIRONMENT, withComputeOptions } from '../flags/compute.js';
import { withStoreOptions } from '../flags/general.js';
import type { CommandHelp } from '../parser/command.js';
import { ALSO, inGroup, type OptionList } from '../parser/known-options.js';
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

/** Options of the commands that take names: the service would get them unnoticed. */
export const FOREIGN: readonly string[] = ['parallel', 'null', 'fail-fast', 'yes', 'wait', 'for', 'interval'];

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

/** The options of the commands on any number of objects. */
export interface ManyOptions extends ObjectOptions {
  /** `-`: those of standard input. Of kinds below an image list, its name and then versions. */
  readonly names?: readonly string[];
  readonly null?: boolean;
  readonly parallel?: string;
  readonly failFast?: boolean;
}

export function withNames(list: OptionList): OptionList {
  return withObject(list)
    .positional('names', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'Names of objects, or - to read them from stdin, one a line',
    })
    .option('parallel', { type: 'string', describe: 'How many requests at a time (default 8)' })
    .options(
      inGroup(ALSO, {
        null: { alias: '0', type: 'boolean', describe: 'Names on stdin end in a NUL, not a line break' },
      }),
    );
}

/** How the library works on many objects. @throws OracleComputeError USAGE */
export function manyOptions({ parallel = '8', failFast }: ManyOptions, usage: string) {
  if (/^[1-9]\d?$/.test(parallel)) return { parallel: Number(parallel), failFast };
  throw new OracleComputeError('USAGE', '--parallel takes a number from 1 to 99', { usage });
}

export function withFailFast(list: OptionList): OptionList {
  return list.option('fail-fast', { type: 'boolean', describe: 'Begin no more after the first failure' });
}

/** The options of commands that change objects, with the switches of the original. */
export interface ChangeOptions extends ManyOptions {
  readonly force?: boolean;
  readonly permanent?: boolean;
  readonly confirm?: boolean;
  readonly yes?: boolean;
  readonly wait?: string;
}

export function withSwitches(list: OptionList): OptionList {
  return withWait(withFailFast(list))
    .option('force', { type: 'boolean', describe: 'Force it (the service decides what that means)' })
    .option('permanent', { type: 'boolean', hidden: true })
    .option('confirm', { type: 'boolean', hidden: true });
}

/** The switches that the service gets. */
export function sentSwitches({ force, permanent }: ChangeOptions): Parameters {
  return { ...(force && { force: 'true' }), ...(permanent && { permanent: 'true' }) };
}

/** Its value may be missing, see `words.ts`. */
export function withWait(list: OptionList): OptionList {
  return list.option('wait', { type: 'string', describe: 'Wait until it is done: 90s, 5m (default 10m)' });
}

/** The common parts of the help of the commands on objects. */
export const OBJECT_HELP: Pick<CommandHelp, 'environment' | 'statuses'> = {
  environment: SESSION_ENVIRONMENT,
  statuses: [0, 2, 3, 4, 7, 9, 10, '11-15', 75],
};

/** Those of commands that can wait for what they begin. */
export const CHANGE_HELP: typeof OBJECT_HELP = {
  ...OBJECT_HELP,
  statuses: [
    ...([0, 2, 3, 4] as const),
    [5, 'an object that was waited for has failed'],
    ...([7, 9, 10, '11-15'] as const),
    [75, 'the session is locked, or --wait was too short'],
  ],
};

/** For the descriptions of commands that take any number of names. */
export const MANY =
  'Takes any number of names, or - for those on stdin; makes 8 requests at a time; results come in the order of the names, each object once. A failure is one line on stderr, with -f json one JSON object, and the others go on, unless --fail-fast is given; the exit status is that of the gravest: a fault (1, 5, 7), a login that is needed (10), a mistake of the caller (2, 4), a refusal (9, 11–15), what may succeed later (3, 75).';

/** About names, for every description. */
export const NAMES =
  'A name is /Compute-acme/jack.jones@example.com/web-1; web-1 alone means an object of the user. Kinds of objects have the names of Oracle’s CLIs (ipreservation, ip-reservations) or are REST paths (ip/reservation).';
