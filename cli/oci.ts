#!/usr/bin/env node
// Help and version are left to the program too: where Oracle's own oci is installed, they are its.
import('./program.js')
  .then(({ realWorld, run }) => run(process.argv.slice(2), realWorld('oci')))
  .then((status) => {
    process.exitCode = status;
  });
