import {
  containerName,
  nameBelow,
  type ObjectKind,
  objectPath,
  parseObjectKind,
  readList,
  readObject,
  usualFields,
  wholeName,
} from '../../../lib/compute/objects.js';
import { OracleComputeError } from '../../../lib/errors.js';
import type { Context } from '../../context/context.js';
import { listIn, namingMissing, type ObjectCalls, once, openCalls } from '../../objects/calls.js';
import {
  givenParameters,
  NAMES,
  OBJECT_HELP,
  type ParameterOptions,
  SWITCHES,
  withFilter,
  withObject,
} from '../../objects/options.js';
import { type Batches, writeRows } from '../../output/write-rows.js';
import type { CommandModule } from '../../parser/command.js';

export interface ListOptions extends ParameterOptions {
  readonly container?: string;
}

/** Prints the objects in a container as rows, as they arrive. */
export async function runList(options: ListOptions, context: Context): Promise<number> {
  const kind = parseObjectKind(options.object);
  const parameters = givenParameters(kind, options, 'list');
  const calls = await openCalls(options, context);
  const find = () => findItems(kind, calls, { ...options, parameters });
  await writeRows(await namingMissing(kind, options.container, find), options, context, usualFields(kind));
  return 0;
}

/**
 * The original also lists an object by its name: `list orchestration NAME` shows its status. So if a name without a slash
 * at its end has nothing below it, the object itself is requested.
 */
async function findItems(kind: ObjectKind, calls: ObjectCalls, options: ListOptions): Promise<Batches> {
  const { container, parameters = {} } = options;
  const path = objectPath(kind, listName(kind, calls, container), parameters);
  const mayBeObject = container !== undefined && !container.endsWith('/') && Object.keys(parameters).length === 0;
  if (!mayBeObject || kind.below) return readList(await calls.make({ method: 'GET', path }), calls.endpoint);

  const below = await itemsBelow(calls, path);
  if (below !== undefined && below !== MISSING) return below;
  const object = await calls.send({ method: 'GET', path: objectPath(kind, wholeName(kind, container, calls.user)) });
  if (object.status === 404 && below !== MISSING) {
    await calls.refusalOf(object);
    return once([]);
  }
  const found = await readObject(await calls.accept(object), calls.endpoint);
  return once(listIn(found) ?? [found]);
}

const MISSING = Symbol('no such container');

/** The objects in a container; undefined if it is empty. */
async function itemsBelow(calls: ObjectCalls, path: string): Promise<Batches | typeof MISSING | undefined> {
  const answer = await calls.send({ method: 'GET', path });
  if (answer.status === 404) {
    await calls.refusalOf(answer);
    return MISSING;
  }
  const batches = readList(await calls.accept(answer), calls.endpoint);
  const first = await batches.next();
  return first.done ? undefined : followed(first.value, batches);
}

function listName(kind: ObjectKind, calls: ObjectCalls, container: string | undefined): string {
  if (kind.below === undefined) return containerName(kind, container, calls.user);
  if (container !== undefined) return nameBelow(kind, wholeName(kind, container, calls.user));
  throw new OracleComputeError('USAGE', `list ${kind.word} needs the name of the list`, { usage: 'list' });
}

async function* followed<T>(first: T, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

export const listCommand: CommandModule<ListOptions> = {
  builder: (list) =>
    withFilter(withObject(list)).positional('container', {
      type: 'string',
      describe: "Container, or one object; default: all of the user's customer",
    }),
  switches: SWITCHES,
  run: runList,
  help: {
    ...OBJECT_HELP,
    description: `Lists the objects in a container. On a terminal the table has the most useful columns, and names without their common container; -f wide or -F show others. Other options are filters of the service: --status ready. In a pipe all fields are printed, as they arrive: as a table, tabbed, as CSV (RFC 4180), or as JSON under the key "list". Without -F, the first 500 rows decide the columns; if later rows have other fields, the exit status is 2, and stderr names them. CSV values are unchanged: in a spreadsheet, import the columns as text, because it reads =, +, - or @ at the beginning as a formula. ${NAMES} --filter NAME=VALUE passes a filter of any name.`,
    examples: [
      ['$0 instance -Fname,state', 'the instances of the whole account'],
      ['$0 ipreservation /Compute-acme -F name,ip -fcsv', 'two fields, as CSV'],
      ['$0 -f json orchestration /Compute-acme --status ready', 'filtered, as JSON for jq'],
      ['$0 orchestration /Compute-acme/jack.jones@example.com/web -F status -H', 'the status of one object'],
    ],
  },
};
