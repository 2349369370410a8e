import type { KeychainObstacle } from '../../lib/errors.js';
import { type ErrorRows, shellQuote } from './row.js';

function savePassshellQuote(user: string, endpoint: string): string {
  return `save it: oracle-compute password set ${shellQuote(user)} -a ${shellQuote(endpoint)}`;
}

const KEYCHAIN_CURES: Record<KeychainObstacle, string> = {
  'no-library': 'install libsecret: sudo apt-get install libsecret-1-0 (Fedora: dnf install libsecret)',
  'no-build': 'there is none for this system',
  'not-installed': 'install it: npm install --global --include=optional oracle-compute',
  crashed: 'try again with --debug',
  refused:
    'unlock it, or log in to the desktop (on Linux it takes gnome-keyring, and a D-Bus session, which cron and ssh may not have)',
};

/** Errors of passwords, their files, and the keychain. */
export const SECRET_ERRORS: ErrorRows<
  | 'PASSWORD_FILE_MISSING'
  | 'PASSWORD_FILE_UNREADABLE'
  | 'PASSWORD_FILE_UNSAFE'
  | 'PASSWORD_FILE_FOREIGN_OWNER'
  | 'PASSWORD_FILE_NOT_A_FILE'
  | 'PASSWORD_FILE_TOO_LARGE'
  | 'PASSWORD_EMPTY'
  | 'PASSWORD_MALFORMED'
  | 'PASSWORD_MISSING'
  | 'PASSWORDS_DIFFER'
  | 'KEYCHAIN_UNAVAILABLE'
  | 'KEYCHAIN_NO_ANSWER'
  | 'KEYCHAIN_NO_ENTRY'
> = {
  PASSWORD_FILE_MISSING: {
    status: 2,
    meaning: 'The password file does not exist.',
    hint: ({ path }) =>
      path === undefined
        ? 'if this was a password, it never belongs on the line; put it into a file, or give - and type it'
        : `create it: (umask 077; cat > ${shellQuote(path)})`,
  },
  PASSWORD_FILE_UNREADABLE: {
    status: 2,
    meaning: 'The password file cannot be read.',
    hint: ({ path }) => `look at it: ls -l ${shellQuote(path)}`,
  },
  PASSWORD_FILE_UNSAFE: {
    status: 2,
    meaning: 'The password file can be read or written by others than its owner.',
    hint: ({ path }) => `make it yours alone: chmod 600 ${shellQuote(path)}`,
  },
  PASSWORD_FILE_FOREIGN_OWNER: {
    status: 2,
    meaning: 'The password file belongs to another user.',
    hint: ({ path }) => `make it yours: chown "$(id -u)" ${shellQuote(path)}`,
  },
  PASSWORD_FILE_NOT_A_FILE: {
    status: 2,
    meaning: 'The path of the password file leads to a folder or a device.',
    hint: ({ path }) => `look at it: ls -ld ${shellQuote(path)}`,
  },
  PASSWORD_FILE_TOO_LARGE: {
    status: 2,
    meaning: 'The password file, or the line of stdin that is a password, is larger than 64 KiB.',
    hint: ({ path }) =>
      path === undefined
        ? 'give the password as one line of stdin'
        : `is it the right file? ls -lL ${shellQuote(path)}`,
  },
  PASSWORD_EMPTY: { status: 4, meaning: 'The password is empty.', hint: ({ from }) => `put the password into ${from}` },
  PASSWORD_MALFORMED: {
    status: 4,
    meaning: 'The password is not UTF-8 text.',
    hint: ({ from }) => `write ${from} again, as UTF-8 text`,
  },
  PASSWORD_MISSING: {
    status: 2,
    meaning: 'No password was given, and the keychain has none, is locked, or cannot be used.',
    hint: ({ keychain, user, endpoint }) => {
      const file = 'give a password file: -p FILE or OPC_PASSWORD_FILE';
      return keychain === 'empty'
        ? `${file}; or unlock the keychain, or ${savePassshellQuote(user, endpoint)}`
        : `${file}; or -p - for one line of stdin`;
    },
  },
  PASSWORDS_DIFFER: {
    status: 4,
    meaning: 'The password was not typed twice in the same way.',
    hint: 'try again',
  },
  KEYCHAIN_UNAVAILABLE: {
    status: 2,
    meaning: 'There is no keychain on this machine, or it refuses; the message says why.',
    hint: ({ obstacle }) => `${KEYCHAIN_CURES[obstacle]}; or use a password file: -p FILE or OPC_PASSWORD_FILE`,
  },
  KEYCHAIN_NO_ANSWER: {
    status: 2,
    meaning: 'The keychain did not answer in time: it may be showing a dialog somewhere.',
    hint: 'unlock it (log in to the desktop, or start: gnome-keyring-daemon --unlock) and try again; or use a password file: -p FILE or OPC_PASSWORD_FILE',
  },
  KEYCHAIN_NO_ENTRY: {
    status: 2,
    meaning: 'The keychain has no password for this user and endpoint, or is locked.',
    hint: ({ user, endpoint }) => `unlock it, or ${savePassshellQuote(user, endpoint)}`,
  },
};
