export { type Assignment, renderAssignments } from './assignments.js';
export { quote, quoteWord } from './quote.js';
export { isUnixShell, SHELL_SYNTAXES, type ShellSyntax } from './syntax.js';
