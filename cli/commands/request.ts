import { parseHeaders, readItems, readRefusal, requestUrl } from '../../lib/compute/objects.js';
import { OracleComputeError } from '../../lib/errors.js';
import type { Context } from '../context/context.js';
import { type ComputeOptions, openUsedSession, SESSION_ENVIRONMENT, withComputeOptions } from '../flags/compute.js';
import { withStoreOptions } from '../flags/store.js';
import { readData } from '../objects/calls.js';
import { writeBody } from '../output/body.js';
import { writeRows } from '../output/write-rows.js';
import type { CommandModule } from '../parser/command.js';

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
    throw new OracleComputeError('USAGE', `${method} sends no data`, { usage: 'request' });
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
        describe: 'Method of the call',
      })
      .positional('path', {
        type: 'string',
        describe: 'Path below the address, with its query, or the uri of an earlier answer',
      })
      .option('data', { type: 'string', describe: 'Body to send: text, @FILE, or - for stdin' })
      .option('header', {
        type: 'array',
        string: true,
        nargs: 1,
        describe: "Header to send, 'Name: value'; may be given more than once",
      })
      .option('fail-with-body', { type: 'boolean', describe: 'Print the body of a refusal too' }),
  run: runRequest,
  // Many try the options of curl first.
  instead: "$0 POST /sshkey/ --data @key.json --header 'Accept: application/json' --debug",
  help: {
    description:
      'Makes one call of the REST interface with the token of the stored session and prints the body of the answer: on a terminal JSON is laid out, into a pipe it goes unchanged. With -f table, tabbed or csv, with -F or -H, a JSON answer becomes rows, a list while it arrives. The token is extended first where it is about to end, and a session that is over is begun anew with the password file or the keychain; a token that the service refuses all the same is replaced, and the call made once more. Newer tokens that answers bring are kept. Bodies are streamed. The media type is application/oracle-compute-v3+json unless --header says otherwise. Redirects are not followed. Of a refusal, stderr says the status, the message and the id of the call; its body is printed only with --fail-with-body. A token in OPC_COOKIE is used as it is.',
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
    statuses: [
      [0, 'the service did it (HTTP 2xx)'],
      [2, 'wrong options, or a file that cannot be read'],
      [3, 'the service cannot be reached, or is in trouble (HTTP 429, 5xx)'],
      [4, 'malformed path or header'],
      [5, 'the service redirects (HTTP 3xx)'],
      [9, 'the service refuses (any other HTTP 4xx)'],
      [10, 'HTTP 401: token expired, session over or no session: log in'],
      [11, 'HTTP 403; 12: 404; 13: 405; 14: 406; 15: 409'],
      [75, 'the cookies file stayed locked'],
    ],
  },
};
