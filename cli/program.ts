/** What an entry loads for every line but `--version`. */
export { realWorld } from './real-world.js';
export { run } from './run.js';
