/**
 * The grammar of the commands on objects and of `request`: kinds, fields, lists. A door for `cli/`; a program has
 * `ComputeSession.objects` and `ComputeSession.request`.
 */
export { decodeText } from '../files/text-file.js';
export { readRefusal } from './client/authenticated-request.js';
export { parseHeaders } from './client/request-headers.js';
export { requestUrl } from './client/request-path.js';
export { listIn } from './resources/compute-objects.js';
export { OBJECT_LIMIT_BYTES, readItems } from './resources/list-reader.js';
export {
  argumentsOf,
  bodyFromArguments,
  fieldValue,
  type ObjectBody,
  parseObjectBody,
} from './resources/object-body.js';
export { isOfOneObject } from './resources/object-calls.js';
export { OBJECT_WORDS, type ObjectKind, parseObjectKind, type UserName, usualFields } from './resources/object-kind.js';
export { COOKIE_NAME } from './token/token.js';
