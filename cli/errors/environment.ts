import { type ErrorRows, shellQuote } from './row.js';

/** Errors of this machine's settings, which only doctor looks for. */
export const SURROUNDINGS_ERRORS: ErrorRows<
  'FOLDER_UNSAFE' | 'LEFTOVER_FILE' | 'VARIABLE_SHADOWED' | 'TLS_CHECK_OFF' | 'NODE_UNSUPPORTED' | 'CLOCK_WRONG'
> = {
  FOLDER_UNSAFE: {
    status: 2,
    meaning: 'A folder that holds secrets can be read or written by others than its owner.',
    hint: ({ path }) => `make it yours alone: chmod 700 ${shellQuote(path)}`,
  },
  LEFTOVER_FILE: {
    status: 2,
    meaning: 'A process that was killed has left a lock or a temporary file behind.',
    hint: ({ path, isFolder }) => `remove it: ${isFolder ? 'rm -r' : 'rm'} ${shellQuote(path)}`,
  },
  VARIABLE_SHADOWED: {
    status: 2,
    meaning: 'A variable hides another value, which is probably the one that is meant.',
    hint: ({ variable }) => `unset ${variable}`,
  },
  TLS_CHECK_OFF: {
    status: 2,
    meaning: 'A variable tells Node not to check whom it talks to. This program checks all the same.',
    hint: ({ variable }) => `unset ${variable}; for a private certificate authority: --ca-bundle FILE or OPC_CA_BUNDLE`,
  },
  NODE_UNSUPPORTED: {
    status: 2,
    meaning: 'This version of Node is older than this program is made for.',
    hint: 'install Node 20.19, 22.12 or later: https://nodejs.org',
  },
  CLOCK_WRONG: {
    status: 2,
    meaning: "This machine's clock differs from the service's by more than a minute.",
    hint: 'set the clock: sudo timedatectl set-ntp true',
  },
};
