#!/usr/bin/env node
import { realWorld } from './real-world.js';
import { run } from './run.js';

run(process.argv.slice(2), realWorld('oci')).then((status) => {
  process.exitCode = status;
});
