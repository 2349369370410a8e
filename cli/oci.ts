#!/usr/bin/env node
import { loadWithCodeCache } from './code-cache.js';

// Help and version are left to the program too: where Oracle's own oci is installed, they are its.
const load = loadWithCodeCache(require, __dirname, process);
const { realWorld, run } = load('./program.js') as typeof import('./program.js');
run(process.argv.slice(2), realWorld('oci')).then((status) => {
  process.exitCode = status;
});
