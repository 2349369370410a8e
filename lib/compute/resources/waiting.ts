import { isOracleComputeError, OracleComputeError } from '../../errors.js';
import { isObject, plainText, writeJson } from '../../text.js';
import type { ObjectKind } from './object-kind.js';

/** What came of one of several objects: what the service says of it, if it says anything, or why it failed. */
export interface ObjectResult {
  /** The whole name, or the given one if it is malformed. */
  readonly name: string;
  readonly object?: unknown;
  readonly error?: OracleComputeError;
}

/** What objects are waited for: that they have these values in these fields, or that they are deleted. */
export type Condition = 'deleted' | Readonly<Record<string, string>>;

/** The field and its value in an object that is ready after it was added (REST manual, "All REST Endpoints"). */
const READY: Readonly<Record<string, Condition>> = Object.assign(Object.create(null), {
  instance: { state: 'running' },
  launchplan: { state: 'running' },
  machineimage: { state: 'available' },
  rebootinstancerequest: { state: 'complete' },
  snapshot: { state: 'complete' },
  storageattachment: { state: 'attached' },
  storagesnapshot: { status: 'completed' },
  storagevolume: { status: 'Online' },
});

/**
 * What objects are waited for after an action; undefined if there is nothing to wait for.
 *
 * @param object what the service has said of it
 */
export function conditionAfter(
  { word, path }: ObjectKind,
  action: 'add' | 'start' | 'stop' | 'delete',
  object?: unknown,
): Condition | undefined {
  if (action === 'delete') return 'deleted';
  const isSecond = path.startsWith('/platform/');
  if (action === 'start') return { status: isSecond ? 'active' : 'ready' };
  if (action === 'stop') return { status: isSecond ? 'inactive' : 'stopped' };
  const desired = isSecond && isObject(object) ? object.desired_state : undefined;
  return typeof desired === 'string' ? { status: desired } : READY[word];
}

/** The result of a look at an object if it ends the wait for it, else the state of the object in words. */
export function judge(kind: string, condition: Condition, look: ObjectResult): ObjectResult | string {
  const { name, object, error } = look;
  if (error) {
    const isMissing = isOracleComputeError(error, 'REQUEST_REFUSED') && error.fields.status === 404;
    if (condition === 'deleted' && isMissing) return { name };
    const mayPass = isOracleComputeError(error, 'SERVICE_FAILED', 'TIMED_OUT', 'TOO_MANY_REQUESTS', 'UNREACHABLE');
    return mayPass ? plainText(error.message, 200) : look;
  }
  if (condition === 'deleted') return 'still exists';
  const fieldOf = (field: string) => (isObject(object) && Object.hasOwn(object, field) ? object[field] : undefined);
  const [field] = Object.keys(condition).filter((each) => textOf(fieldOf(each)) !== condition[each]);
  if (field === undefined) return { name, object };
  const value = plainText(textOf(fieldOf(field)), 100);
  if (fieldOf(field) === undefined) return `has no ${plainText(field, 100)}`;
  if (value.toLowerCase() !== 'error') return `${plainText(field, 100)} is ${value}`;
  const reason = plainText(textOf(fieldOf('error_reason')), 200);
  const message = `${plainText(name, 200)} has failed: ${field} is ${value}${reason === '' ? '' : `, ${reason}`}`;
  return { name, error: new OracleComputeError('OBJECT_FAILED', message, { kind, name }) };
}

/** The error for an object that is not there in time. @param state in words @param timeout in milliseconds */
export function notInTime(kind: string, name: string, state: string, timeout: number): OracleComputeError {
  const message = `${plainText(name, 200)} is not there after ${Math.round(timeout / 1000)} s: ${state}`;
  return new OracleComputeError('NOT_IN_TIME', message, { kind, name });
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? writeJson(value) : String(value);
}
