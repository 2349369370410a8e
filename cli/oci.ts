#!/usr/bin/env node
import { run } from './run.js';
import { start } from './world/start.js';

start('oci', run);
