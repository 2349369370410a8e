import { leftOut } from './left-out.mjs';

/**
 * Proposals for a shell come from a command of their own. Without a `completionKey`, the switch by which yargs would
 * print them with any command is an unknown one.
 */
export function completion() {
  return {
    setParsed() {},
    registerFunction: () => leftOut('completion'),
    getCompletion: () => leftOut('completion'),
    generateCompletionScript: () => leftOut('completion'),
  };
}
