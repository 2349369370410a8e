import { fieldValue, type ObjectBody, type ObjectKind, parseObjectKind } from '../../../lib/compute/objects.js';
import { OracleComputeError } from '../../../lib/errors.js';
import type { Context } from '../../context/context.js';
import { readBody, suggestKind, writeAnswer } from '../../objects/calls.js';
import {
  FOREIGN,
  givenParameters,
  NAMES,
  OBJECT_HELP,
  type ParameterOptions,
  SWITCHES,
  withField,
  withObject,
} from '../../objects/options.js';
import type { CommandModule } from '../../parser/command.js';
import { openUsedSession } from '../../settings/compute.js';

export interface UpdateOptions extends ParameterOptions {
  /** The name; or the file, if that is not given. */
  readonly name: string;
  readonly file?: string;
}

/** Replaces the fields of an object by those of a JSON file, and prints the object. */
export async function runUpdate(options: UpdateOptions, context: Context): Promise<number> {
  const kind = parseObjectKind(options.object);
  const { name, body } = await readChange(kind, options, context);
  const { session } = await openUsedSession(options, context);
  try {
    const updated = await session.objects(options.object).update(name, body.fields, { text: body.text });
    await writeAnswer(updated, kind, options, context);
  } catch (error) {
    throw suggestKind(error, kind);
  }
  return 0;
}

/** A single argument is the file, which then has the name; unless the fields are options. */
async function readChange(
  kind: ObjectKind,
  options: UpdateOptions,
  context: Context,
): Promise<{ name: string; body: ObjectBody }> {
  const { name, file } = options;
  const parameters = givenParameters(kind, options, 'update');
  const given = Object.fromEntries(Object.entries(parameters).map(([field, value]) => [field, fieldValue(value)]));
  const isChanged = Object.keys(given).length > 0;
  if (file === undefined && isChanged) return { name, body: { fields: given } };
  const read = await readBody(file ?? name, context);
  const body = isChanged ? { fields: { ...read.fields, ...given } } : read;
  if (file !== undefined) return { name, body };
  if (typeof read.fields.name === 'string') return { name: read.fields.name, body };
  throw new OracleComputeError('JSON_MALFORMED', `${name} has no "name", and the command line names no object`, {
    from: name,
  });
}

export const updateCommand: CommandModule<UpdateOptions> = {
  builder: (list) =>
    withField(withObject(list))
      .positional('name', { type: 'string', demandOption: true, describe: 'Name of the object, if not in the file' })
      .positional('file', { type: 'string', describe: 'JSON file, or - for stdin' }),
  switches: SWITCHES,
  foreign: FOREIGN,
  run: runUpdate,
  help: {
    ...OBJECT_HELP,
    description: `Updates an object with the fields of a JSON file (- for stdin), and shows it. The name is in the file, or is given before it. The file is checked first. Other options are fields too: --policy PERMIT, or --field policy=PERMIT. ${NAMES}`,
    examples: [
      ['$0 orchestration web.json', 'the object that the file names'],
      ['oracle-compute get seclist list -f json | jq \'.policy = "PERMIT"\' | $0 seclist -', 'read, change, write'],
    ],
  },
};
