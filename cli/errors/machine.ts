import { type ErrorRows, shellQuote } from './row.js';

/** Errors of the line that was typed, of this machine, and of the program itself. */
export const MACHINE_ERRORS: ErrorRows<
  | 'USAGE'
  | 'MISSING_VALUE'
  | 'HOME_UNKNOWN'
  | 'NOT_UTF8'
  | 'NO_TERMINAL'
  | 'FILE_UNSAFE'
  | 'FILE_FOREIGN_OWNER'
  | 'FILE_UNREADABLE'
  | 'FILE_UNWRITABLE'
  | 'DISK_FULL'
  | 'LOCK_UNAVAILABLE'
  | 'FILE_EXISTS'
  | 'NOT_ALLOWED'
  | 'FIELDS_LATE'
  | 'OUTPUT_FAILED'
  | 'SYSTEM_REFUSED'
  | 'COMMAND_NOT_FOUND'
  | 'COMMAND_NOT_EXECUTABLE'
  | 'ENTRY_NOT_WRITABLE'
  | 'INTERRUPTED'
  | 'INTERNAL'
> = {
  USAGE: {
    status: 2,
    meaning: 'The flags or arguments are wrong.',
    hint: ({ usage, instead }, program) => {
      const see = `see: ${program}${usage === undefined ? '' : ` ${usage}`} --help`;
      return instead === undefined ? see : `write it like this: ${instead.replaceAll('$0', program)}`;
    },
  },
  MISSING_VALUE: {
    status: 2,
    meaning: 'A value is needed and was given in none of the places where it is looked for.',
    hint: ({ flag, variable, profileKey }) => {
      const profile = profileKey === undefined ? '' : `, or "${profileKey}" in ~/.opc/profiles/default`;
      return `give ${flag}, or set ${variable}${profile}`;
    },
  },
  HOME_UNKNOWN: {
    status: 2,
    meaning: 'The home folder, where sessions and settings are kept, is unknown.',
    hint: 'set HOME to it: export HOME=/home/NAME',
  },
  NOT_UTF8: {
    status: 2,
    meaning: 'An argument or a variable is not UTF-8, and would reach a file or a command as something else.',
    hint: 'give it in UTF-8, or leave it out',
  },
  NO_TERMINAL: {
    status: 2,
    meaning: 'A question would have to be asked, and there is no terminal.',
    hint: ({ answeredBy }) => `answer it beforehand: ${answeredBy}`,
  },
  FILE_UNSAFE: {
    status: 2,
    meaning: 'A file that holds a secret, or decides where one goes, can be read or written by others than its owner.',
    hint: ({ path, isSetting }) =>
      isSetting
        ? `let nobody else write it: chmod go-w ${shellQuote(path)}`
        : `make it yours alone: chmod 600 ${shellQuote(path)}`,
  },
  FILE_FOREIGN_OWNER: {
    status: 2,
    meaning: 'A file or folder that holds a secret, or decides where one goes, belongs to another user.',
    hint: ({ path }) => `look whose it is: ls -ld ${shellQuote(path)}; if it should be yours: ${takeOver(path)}`,
  },
  FILE_UNREADABLE: {
    status: 2,
    meaning: 'A file cannot be read.',
    hint: ({ path, foreignFolder }) => heal(foreignFolder) ?? `look at it: ls -ld ${shellQuote(path)}`,
  },
  FILE_UNWRITABLE: {
    status: 2,
    meaning: 'A file or folder cannot be written.',
    hint: ({ path, isInTheWay, foreignFolder, isCookiesFile }) => {
      const look = `look at it${isInTheWay ? ', and move it away' : ''}: ls -ld ${shellQuote(path)}`;
      const without = '; or keep no session (--no-cookie-file), or keep it elsewhere (--cookie-file, OPC_COOKIE_FILE)';
      return `${heal(foreignFolder) ?? look}${isCookiesFile ? without : ''}`;
    },
  },
  DISK_FULL: {
    status: 2,
    meaning: 'The disk is full. What was there before is untouched.',
    hint: ({ path }) => `make room: df -h ${shellQuote(path.replace(/\/[^/]*$/, '') || '/')}`,
  },
  LOCK_UNAVAILABLE: {
    status: 2,
    meaning: 'The native part that locks files cannot be loaded, so that no session can be changed safely.',
    hint: 'install this program again, on Linux, macOS or Windows with an x64 or arm64 processor',
  },
  FILE_EXISTS: {
    status: 2,
    meaning: 'A file is in the way and is not overwritten.',
    hint: ({ path }) => `choose another name, or overwrite it with --force: ${shellQuote(path)}`,
  },
  NOT_ALLOWED: {
    status: 1,
    meaning: 'The operation is not allowed.',
    hint: ({ next }) => next,
  },
  FIELDS_LATE: {
    status: 2,
    meaning: 'Some rows have fields without a column: they came after the heading. The rows were printed without them.',
    hint: 'name the fields to show: -F NAME,…; or take all of them: -f json',
  },
  OUTPUT_FAILED: {
    status: 2,
    meaning: 'What was to be printed could not be written, so the result did not arrive.',
    hint: ({ cause }) =>
      cause === 'ENOSPC'
        ? 'make room where stdout goes: df -h; then run it again'
        : 'look where stdout goes, and run it again',
  },
  SYSTEM_REFUSED: {
    status: 2,
    meaning: 'The system refused something that this program needs, such as one more open file.',
    hint: ({ cause }) =>
      cause === 'EMFILE' || cause === 'ENFILE' ? 'allow more open files: ulimit -n 1024' : 'mend it, and run it again',
  },
  COMMAND_NOT_FOUND: {
    status: 127,
    meaning: 'The command to run does not exist.',
    hint: ({ command }) => `is it installed? command -v ${shellQuote(command)}`,
  },
  COMMAND_NOT_EXECUTABLE: {
    status: 126,
    meaning: 'The command to run is there and cannot be started.',
    hint: ({ command }) => `is it a program that may be run? ls -l ${shellQuote(command)}`,
  },
  ENTRY_NOT_WRITABLE: {
    status: 4,
    meaning: 'A value cannot be written in an entry of that scheduler.',
    hint: 'use shorter paths without line breaks and control characters',
  },
  INTERRUPTED: {
    status: ({ signal }) => ({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })[signal],
    meaning: 'The program was told to stop. Nothing half-written is left.',
    hint: 'run it again when you are ready',
  },
  INTERNAL: {
    status: 1,
    meaning: 'A fault of this program.',
    hint: (_fields, program) => `run it again with --debug and report what ${program} prints`,
  },
};

/** For what `sudo` left in a home. */
function heal(folder: string | undefined): string | undefined {
  return folder === undefined ? undefined : `the folder belongs to another user; make it yours: ${takeOver(folder)}`;
}

function takeOver(path: string): string {
  return `sudo chown -R "$(id -u)" ${shellQuote(path)}`;
}
