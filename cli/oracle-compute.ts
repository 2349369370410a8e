#!/usr/bin/env node
import { start } from './context/start.js';
import { run } from './run.js';

start('oracle-compute', run);
