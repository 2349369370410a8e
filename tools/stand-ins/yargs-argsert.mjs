/** yargs checks the arguments of each of its own methods. The compiler has done that. */
export function argsert() {}
