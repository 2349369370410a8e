import { leftOut } from './left-out.mjs';

/** got makes one where names are kept in a cache. A command asks for one name. */
export default class CacheableLookup {
  constructor() {
    leftOut('the cache of names');
  }
}
