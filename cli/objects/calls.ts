import {
  type AuthenticatedAnswer,
  type ComputeRequest,
  readRefusal,
} from '../../lib/compute/client/authenticated-request.js';
import { requestUrl } from '../../lib/compute/client/request-path.js';
import type { ObjectBody } from '../../lib/compute/resources/object-body.js';
import type { UserName } from '../../lib/compute/resources/object-name.js';
import type { OracleComputeError } from '../../lib/errors.js';
import { writeJson } from '../../lib/text.js';
import type { Context } from '../context/context.js';
import { type ComputeOptions, missing, readSettings } from '../options/compute.js';
import { openUsedSession } from '../options/stored-session.js';

export interface ObjectCall extends Pick<ComputeRequest, 'headers'> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the address of the service, with its query. */
  readonly path: string;
  readonly body?: ObjectBody;
}

/** Calls with a good token, see `ComputeSession.send`. */
export interface ObjectCalls {
  readonly endpoint: string;
  readonly user: UserName;
  /** The answer to a call, whatever its status but 401. */
  send(call: ObjectCall): Promise<AuthenticatedAnswer>;
  /** The error that an answer stands for. Reads its body, which would hold the connection otherwise. */
  refusalOf(answer: AuthenticatedAnswer): Promise<OracleComputeError>;
  /** Gives an answer back that is none of a refusal. @throws OracleComputeError what a refusal stands for */
  accept(answer: AuthenticatedAnswer): Promise<AuthenticatedAnswer>;
  /** `send` and `accept`. */
  make(call: ObjectCall): Promise<AuthenticatedAnswer>;
}

export async function openCalls(options: ComputeOptions, context: Context): Promise<ObjectCalls> {
  const settings = await readSettings(options, context);
  const session = await openUsedSession(settings, options, context);
  const { endpoint, user } = session;
  const send = ({ method, path, headers, body }: ObjectCall) =>
    session.send({
      method,
      url: requestUrl(endpoint, path),
      headers,
      body: body && { bytes: Buffer.from(body.text ?? writeJson(body.fields)) },
    });
  const refusalOf = async (answer: AuthenticatedAnswer) => (await readRefusal(answer, endpoint)).error;
  const accept = async (answer: AuthenticatedAnswer) => {
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw await refusalOf(answer);
  };
  return {
    endpoint,
    user: () => {
      if (user === '') throw missing('user');
      return user;
    },
    send,
    refusalOf,
    accept,
    make: async (call) => accept(await send(call)),
  };
}
