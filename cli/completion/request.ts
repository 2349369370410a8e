/** The first argument of a call for completions, as in yargs's own scripts. */
export const COMPLETION_REQUEST = '--get-yargs-completions';
