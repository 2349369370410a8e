#!/usr/bin/env node
import { answerVersion } from './version-line.js';

if (!answerVersion(process.argv.slice(2))) {
  import('./program.js')
    .then(({ realWorld, run }) => run(process.argv.slice(2), realWorld('oci')))
    .then((status) => {
      process.exitCode = status;
    });
}
