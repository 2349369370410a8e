#!/usr/bin/env node
import { start } from './context/start.js';

start('oci');
