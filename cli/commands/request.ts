import { parseHeaders, readItems, readRefusal, requestUrl } from '../../lib/compute/objects.js';
import { OracleComputeError } from '../../lib/errors.js';
import type { Context } from '../context/context.js';
import { type ComputeOptions, SESSION_ENVIRONMENT, withComputeOptions } from '../flags/compute.js';
import { withStoreOptions } from '../flags/general.js';
import { readData } from '../objects/calls.js';
import { writeBody } from '../output/body.js';
import { writeRows } from '../output/write-rows.js';
import type { CommandModule } from '../parser/command.js';
import { openUsedSession } from '../settings/compute.js';

export interface RequestOptions extends ComputeOptions {
  readonly method?: string;
  readonly path?: string;
  readonly data?: string;
  readonly header?: readonly string[];
  readonly failWithBody?: boolean;
}

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'];

/** Makes one authenticated call and prints the body of its answer. */
export async function runRequest(options: RequestOptions, context: Context): Promise<number> {
  const method = checkMethod(options);
  const headers = parseHeaders(options.header ?? []);
  const { session } = await openUsedSession(options, context);
  const { endpoint } = session;
  const url = requestUrl(endpoint, options.path ?? '');
  const body = await readData(options.data, context);

  const answer = await session.send({ method, url, headers, body });
  if (answer.status >= 200 && answer.status < 300) {
    if (showsRows(options)) await writeRows(readItems(answer, endpoint), options, context);
    else await writeBody(answer, context);
    return 0;
  }
  const refusal = await readRefusal(answer, endpoint);
  if (options.failWithBody) await writeBody({ ...answer, body: once(refusal.body) }, context);
  throw refusal.error;
}

function checkMethod({ method = '', data }: RequestOptions): string {
  if (data !== undefined && (method === 'GET' || method === 'HEAD')) {
    throw new OracleComputeError('USAGE', `${method} requests have no body`, { usage: 'request' });
  }
  return method;
}

/** The unchanged body is already the JSON that `-f json` asks for. */
function showsRows({ format, fields, noHeader }: RequestOptions): boolean {
  return format === undefined ? fields !== undefined || noHeader === true : format !== 'json';
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

export const requestCommand: CommandModule<RequestOptions> = {
  builder: (list) =>
    withStoreOptions(withComputeOptions(list))
      .positional('method', {
        type: 'string',
        choices: METHODS,
        coerce: (name: string) => name.toUpperCase(),
        describe: 'HTTP method',
      })
      .positional('path', {
        type: 'string',
        describe: 'Path with its query, or the uri of an earlier response',
      })
      .option('data', { type: 'string', describe: 'Body to send: text, @FILE, or - for stdin' })
      .option('header', {
        type: 'array',
        string: true,
        nargs: 1,
        describe: "Header to send, 'Name: value'; may be given more than once",
      })
      .option('fail-with-body', { type: 'boolean', describe: 'Print the response body of errors too' }),
  run: runRequest,
  // Many try the options of curl first.
  instead: "$0 POST /sshkey/ --data @key.json --header 'Accept: application/json' --debug",
  help: {
    description:
      'Sends one request to the REST interface with the token of the session, and prints the response body. With -f table, tabbed or csv, with -F or -H, a JSON response becomes rows. Refreshes the token first if it is about to expire; if the session has expired, logs in again with the password file or the keychain. If the service refuses the token, the request is sent once more with a new one. Newer tokens in responses are stored. Bodies are streamed; on a terminal JSON is indented. The media type is application/oracle-compute-v3+json unless --header sets another. Redirects are not followed. For an error, stderr has the status, the message and the request ID; --fail-with-body also prints the body. A token in OPC_COOKIE is used unchanged.',
    environment: SESSION_ENVIRONMENT,
    examples: [
      ['$0 GET /instance/Compute-acme/', 'list the instances'],
      ['$0 GET /instance/Compute-acme/ -F name,state -H', 'two fields of each'],
      ['$0 POST /sshkey/ --data @key.json', 'create a resource from a file'],
      [
        "$0 GET /instance/Compute-acme/ --header 'Accept: application/oracle-compute-v3+directory+json'",
        'list names only',
      ],
    ],
    statuses: [0, 2, 3, 4, 5, 9, 10, '11-15', 75],
  },
};
