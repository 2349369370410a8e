import {
  isArray,
  isAsyncGenerator,
  isAsyncIterable,
  isBoolean,
  isBuffer,
  isFunction,
  isGenerator,
  isIterable,
  isNodeStream,
  isNonEmptyString,
  isNull,
  isNumber,
  isObject,
  isPlainObject,
  isPromise,
  isString,
  isTypedArray,
  isUndefined,
  isUrlInstance,
} from '../../node_modules/@sindresorhus/is/distribution/index.js';

/** What got asks of it, out of some hundred questions. */
export default {
  array: isArray,
  asyncGenerator: isAsyncGenerator,
  asyncIterable: isAsyncIterable,
  boolean: isBoolean,
  buffer: isBuffer,
  function: isFunction,
  generator: isGenerator,
  iterable: isIterable,
  nodeStream: isNodeStream,
  nonEmptyString: isNonEmptyString,
  null: isNull,
  number: isNumber,
  object: isObject,
  plainObject: isPlainObject,
  promise: isPromise,
  string: isString,
  typedArray: isTypedArray,
  undefined: isUndefined,
  urlInstance: isUrlInstance,
};

const unchecked = () => undefined;

/** got checks the types of all its options with these, each time. The compiler has done that. */
export const assert = {
  any: unchecked,
  array: unchecked,
  boolean: unchecked,
  function: unchecked,
  number: unchecked,
  object: unchecked,
  plainObject: unchecked,
  string: unchecked,
  truthy: unchecked,
  undefined: unchecked,
};

export { isBuffer };
