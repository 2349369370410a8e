#!/usr/bin/env node
import { writeSync } from 'node:fs';
import { VERSION } from '../lib/index.js';

// The version needs nothing else, and the rest of the program takes longer to load.
if (!printsVersion(process.argv.slice(2))) {
  void import('./context/start.js').then(({ start }) => start('oracle-compute'));
}

/** False if the line asks for something else, or if standard output fails: the program says why. */
function printsVersion(argv: readonly string[]): boolean {
  if (argv.length !== 1 || argv[0] !== '--version') return false;
  try {
    writeSync(1, `${VERSION}\n`);
    return true;
  } catch {
    return false;
  }
}
