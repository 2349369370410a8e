#!/usr/bin/env node
import { run } from './run.js';
import { realWorld } from './world/real-world.js';

run(process.argv.slice(2), realWorld('oci')).then((status) => {
  process.exitCode = status;
});
