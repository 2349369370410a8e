import { leftOut } from './left-out.mjs';

/** got makes one where answers are kept in a cache. Tokens never are. */
export default class CacheableRequest {
  constructor() {
    leftOut('the cache of answers');
  }
}

/** got compares its errors with it. */
export class CacheError extends Error {}
