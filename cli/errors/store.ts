import { type ErrorRows, shellQuote } from './row.js';

/** Errors of a store that hosts share a session in. */
export const STORE_ERRORS: ErrorRows<
  | 'STORE_ADDRESS_MALFORMED'
  | 'STORE_ADDRESS_INSECURE'
  | 'STORE_SESSION_MISSING'
  | 'STORE_SESSION_REPLACED'
  | 'STORE_KEY_FILE_MALFORMED'
  | 'STORE_KEY_MISSING'
  | 'STORE_KEY_UNKNOWN'
  | 'STORE_VALUE_DAMAGED'
  | 'STORE_REFUSED'
  | 'STORE_UNREACHABLE'
  | 'STORE_TLS_FAILED'
> = {
  STORE_ADDRESS_MALFORMED: {
    status: 4,
    meaning: 'The address of the store is not one, or has a password in it.',
    hint: 'give rediss://[user@]host[:port][/db], and the password in a file: OPC_SESSION_STORE_PASSWORD_FILE',
  },
  STORE_ADDRESS_INSECURE: {
    status: 4,
    meaning: 'The address of the store is without TLS and not on this machine.',
    hint: 'use rediss://, or allow it with --allow-http if the network in between is yours',
  },
  STORE_SESSION_MISSING: {
    status: 10,
    meaning: 'The store has no OCI session of that name, or it is over.',
    hint: ({ name }, program) => `on a host with a session: ${program} session push --profile ${shellQuote(name)}`,
  },
  STORE_SESSION_REPLACED: {
    status: 10,
    meaning: 'Another login to OCI is kept in the store by now; its token does not fit the key on this host.',
    hint: ({ name }, program) => `take the new one: ${program} session pull --profile ${shellQuote(name)} --force`,
  },
  STORE_KEY_FILE_MALFORMED: {
    status: 4,
    meaning: 'The key file of the store has a line that is not a key.',
    hint: ({ path }) =>
      `each line is a key as this prints one: oracle-compute store key; look at it: wc ${shellQuote(path)}`,
  },
  STORE_KEY_MISSING: {
    status: 2,
    meaning: 'A store is named, and no key file to encrypt what is kept in it.',
    hint: 'make one for all hosts: (umask 077; oracle-compute store key > store.key), and set OPC_SESSION_STORE_KEY_FILE',
  },
  STORE_KEY_UNKNOWN: {
    status: 2,
    meaning: 'What the store keeps is encrypted with a key that the key file does not have. It is kept as it is.',
    hint: 'add the key of the other hosts to the file in OPC_SESSION_STORE_KEY_FILE',
  },
  STORE_VALUE_DAMAGED: {
    status: 4,
    meaning: 'What the store keeps for this session cannot be opened or is not a session. It is kept as it is.',
    hint: 'look at the store: oracle-compute store status; its administrator can delete that key',
  },
  STORE_REFUSED: {
    status: 2,
    meaning: 'The store refuses the password, or its ACL does not allow what is needed.',
    hint: 'look at OPC_SESSION_STORE_PASSWORD_FILE, the user in the address, and the ACL: oracle-compute store status',
  },
  STORE_UNREACHABLE: {
    status: 3,
    meaning: 'The store cannot be reached or cannot answer now. What this host keeps itself serves until it ends.',
    hint: 'try again later; look at the store: oracle-compute store status',
  },
  STORE_TLS_FAILED: {
    status: 3,
    meaning: 'No connection with TLS that can be trusted comes about with the store.',
    hint: 'name the authority of its certificate: --ca-bundle FILE; or the address is another host’s',
  },
};
