#!/usr/bin/env node
import { loadWithCodeCache } from './code-cache.js';
import { answerVersion } from './version-line.js';

if (!answerVersion(process.argv.slice(2))) {
  const load = loadWithCodeCache(require, __dirname, process);
  const { realWorld, run } = load('./program.js') as typeof import('./program.js');
  run(process.argv.slice(2), realWorld('oracle-compute')).then((status) => {
    process.exitCode = status;
  });
}
