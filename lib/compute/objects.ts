/**
 * The grammar of the commands on objects: kinds, names, fields, lists, and the parts of a call. A door for `cli/`; a
 * program makes calls with `ComputeSession.request`.
 */
export { decodeText } from '../files/text-file.js';
export { readRefusal } from './client/authenticated-request.js';
export { DIRECTORY_TYPE } from './client/client.js';
export { parseHeaders } from './client/request-headers.js';
export { requestUrl } from './client/request-path.js';
export { OBJECT_LIMIT_BYTES, readItems, readList, readObject } from './resources/list-reader.js';
export {
  argumentsOf,
  bodyFromArguments,
  fieldValue,
  type ObjectBody,
  parseObjectBody,
} from './resources/object-body.js';
export {
  containerName,
  nameBelow,
  OBJECT_WORDS,
  type ObjectKind,
  objectPath,
  parseObjectKind,
  type UserName,
  usualFields,
  wholeName,
} from './resources/object-kind.js';
export { COOKIE_NAME } from './token/token.js';
