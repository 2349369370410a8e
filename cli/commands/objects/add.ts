import { parseDuration } from '../../../lib/clock.js';
import {
  argumentsOf,
  bodyFromArguments,
  fieldValue,
  type ObjectBody,
  type ObjectKind,
  parseObjectKind,
  type UserName,
} from '../../../lib/compute/objects.js';
import { OracleComputeError } from '../../../lib/errors.js';
import type { Context } from '../../context/context.js';
import { statusLine } from '../../context/conversation.js';
import { isFile, readBody, readField, suggestKind, writeAnswer } from '../../objects/calls.js';
import { waitOptions } from '../../objects/change.js';
import {
  CHANGE_HELP,
  FOREIGN,
  givenParameters,
  NAMES,
  type ParameterOptions,
  SWITCHES,
  withField,
  withObject,
  withWait,
} from '../../objects/options.js';
import type { CommandModule } from '../../parser/command.js';
import type { Parameters } from '../../parser/parameters.js';
import { openUsedSession } from '../../settings/compute.js';

export interface AddOptions extends ParameterOptions {
  readonly values?: readonly string[];
  readonly wait?: string;
}

/** Makes an object from a JSON file, or from arguments for the kinds that the original makes so, and prints it. */
export async function runAdd(options: AddOptions, context: Context): Promise<number> {
  const kind = parseObjectKind(options.object);
  const parameters = givenParameters(kind, options, 'add');
  const timeout = options.wait === undefined ? undefined : parseDuration(options.wait);
  const { session } = await openUsedSession(options, context);
  const values = [...(options.values ?? [])];
  const list = kind.below === undefined ? undefined : values.shift();
  if (kind.below !== undefined && list === undefined) throw usage(kind);
  const objects = session.objects(options.object, list);
  const { fields, text } = withFields(await readNew(kind, values, parameters, objects.user, context), parameters);
  const line = statusLine(options, context);
  try {
    const wait = timeout === undefined ? undefined : { ...waitOptions(line), timeout };
    const added = await objects.add(fields, { text, wait });
    line.clear();
    await writeAnswer(added, kind, options, context);
  } catch (error) {
    throw suggestKind(error, kind);
  } finally {
    line.clear();
  }
  return 0;
}

async function readNew(
  kind: ObjectKind,
  values: readonly string[],
  parameters: Parameters,
  user: UserName,
  context: Context,
): Promise<ObjectBody> {
  const [first] = values;
  if (first === undefined && Object.keys(parameters).length > 0) return { fields: {} };
  if (
    first !== undefined &&
    values.length === 1 &&
    (argumentsOf(kind) === undefined || (await isFile(first, context)))
  ) {
    return readBody(first, context);
  }
  const fields = await bodyFromArguments(kind, values, user, (path) => readField(path, context));
  if (fields !== undefined) return { fields };
  throw usage(kind);
}

/** Options are fields too. */
function withFields(body: ObjectBody, parameters: Parameters): ObjectBody {
  const given = Object.entries(parameters).map(([name, value]) => [name, fieldValue(value)] as const);
  return given.length === 0 ? body : { fields: { ...body.fields, ...Object.fromEntries(given) } };
}

function usage(kind: ObjectKind): OracleComputeError {
  const words = argumentsOf(kind);
  const list = kind.below === undefined ? '' : 'list ';
  const ways = words === undefined ? `${list}file` : `${list}file, or ${list}${words}`;
  return new OracleComputeError('USAGE', `add ${kind.word} takes: ${ways}`, { usage: 'add' });
}

export const addCommand: CommandModule<AddOptions> = {
  builder: (list) =>
    withWait(withField(withObject(list))).positional('values', {
      type: 'string',
      array: true,
      describe: 'JSON file, - for stdin, or fields as arguments',
    }),
  switches: SWITCHES,
  foreign: FOREIGN,
  run: runAdd,
  help: {
    ...CHANGE_HELP,
    description: `Creates an object from a JSON file (- for stdin), and shows it. The file is checked first, and sent unchanged. Some kinds also take their fields as arguments, as in the original: sshkey NAME KEY-FILE, imagelist NAME DESCRIPTION, imagelistentry LIST IMAGE VERSION, storagevolume NAME SIZE PROPERTIES, snapshot INSTANCE. Other options are fields too: --machineimage NAME, or --field machineimage=NAME. To start instances, give a launch plan or the fields of one instance; with --wait the command waits until they run. ${NAMES}`,
    examples: [
      ['$0 orchestration web.json -f json', 'from a file'],
      ['$0 sshkey /Compute-acme/jack.jones@example.com/k ~/.ssh/id_rsa.pub', 'a public key'],
      ['jq -n \'{name: "/Compute-acme/jack.jones@example.com/list"}\' | $0 seclist -', 'from a pipe'],
      ['$0 snapshot "$INSTANCE" --machineimage "$IMAGE" --delay=shutdown', 'fields as options'],
    ],
  },
};
