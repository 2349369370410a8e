import { YargsInstance } from '../../node_modules/yargs/build/lib/yargs-factory.js';
import platform from './yargs-platform.mjs';

/** As yargs itself does it, without the two options that it adds to every line: ours are read before it is asked. */
export default (words) => new YargsInstance(words, platform.process.cwd(), undefined, platform);
