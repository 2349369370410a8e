import { nameBelow, type ObjectKind, type UserName, wholeName } from '../../lib/compute/resources/object-kind.js';
import { OracleComputeError } from '../../lib/errors.js';
import { type ComputeOptions, SESSION_ENVIRONMENT, withComputeOptions } from '../flags/compute.js';
import { withStoreOptions } from '../flags/store.js';
import type { CommandHelp } from '../parser/command.js';
import type { OptionList } from '../parser/known-options.js';
import type { Parameters } from '../parser/parameters.js';

/** The options of the commands on objects. */
export interface ObjectOptions extends ComputeOptions {
  readonly object: string;
  /** Parameters of the object. */
  readonly parameters?: Parameters;
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

/** The parameters of a call that changes something. This program does not prompt here, so `--confirm` is dropped. */
export function sentParameters({ parameters = {} }: ObjectOptions): Parameters {
  const { confirm: _, ...sent } = parameters;
  return sent;
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
      describe: 'Version, for an entry of an image list',
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
  statuses: [
    [0, 'done'],
    [2, 'wrong options or fields, or a file that cannot be read'],
    [3, 'the service cannot be reached, or failed (HTTP 429, 5xx)'],
    [4, 'malformed kind, name or JSON; nothing was sent'],
    [7, 'an answer that cannot be read'],
    [9, 'the service refused (any other HTTP 4xx)'],
    [10, 'HTTP 401: token or session expired, or no session: log in'],
    [11, 'HTTP 403; 12: no such object (404); 13: 405; 14: 406; 15: it already exists, or its state forbids it (409)'],
    [75, 'another process or host held the session for too long'],
  ],
};

/** About names, for every description. */
export const NAMES =
  'A name is /Compute-acme/jack.jones@example.com/web-1; without its beginning, it is a name of the user. The kind of object is the word of the original (ipreservation), of its successor (ip-reservations) or a REST path (ip/reservation).';
