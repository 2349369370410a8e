import { leftOut } from './left-out.mjs';

/** This program reads answers as streams. */
export default function asPromise() {
  leftOut('got as a promise');
}
