import type { Argv } from 'yargs';
import type { ObjectKind } from '../../lib/compute/resources/object-kind.js';
import { nameBelow, type UserName, wholeName } from '../../lib/compute/resources/object-name.js';
import { OracleComputeError } from '../../lib/errors.js';
import type { ObjectOptions } from './parameters.js';

/** The options of the commands on one object. */
export interface NamedOptions extends ObjectOptions {
  readonly name: string;
  /** Of an entry of an image list. */
  readonly entry?: string;
}

export function withName<T>(parser: Argv<T>): Argv<T & NamedOptions> {
  return parser
    .positional('name', { type: 'string', demandOption: true, describe: 'Name of the object' })
    .positional('entry', {
      type: 'string',
      describe: 'Version, for an entry of an image list',
    }) as unknown as Argv<T & NamedOptions>;
}

/** The name of the one object that is meant. @throws OracleComputeError USAGE, OBJECT_MALFORMED */
export function objectName(kind: ObjectKind, options: NamedOptions, user: UserName, usage: string): string {
  const { name, entry } = options;
  if ((kind.below === undefined) !== (entry === undefined)) {
    const what = kind.below ? `${kind.word} needs the name of the list and a version` : `${kind.word} has one name`;
    throw new OracleComputeError('USAGE', what, { usage });
  }
  if (name.endsWith('/'))
    throw new OracleComputeError('USAGE', 'a container is no object: its name ends in /', { usage });
  const whole = wholeName(kind, name, user);
  return kind.below === undefined ? whole : nameBelow(kind, whole, entry);
}
