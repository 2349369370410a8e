/** Asks what may follow on a line: the word that yargs's own scripts use. */
export const COMPLETION_REQUEST = '--get-yargs-completions';
