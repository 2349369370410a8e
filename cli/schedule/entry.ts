import { OracleComputeError } from '../../lib/errors.js';

/** A command that a scheduler is to run again and again. */
export interface ScheduledCommand {
  /** Names files and labels: letters, digits, `-` and `.`. */
  readonly name: string;
  /** One line for people: what the command is for. */
  readonly purpose: string;
  /** More lines for people: what to know beforehand. */
  readonly remarks: readonly string[];
  /** The program and its arguments; paths are absolute, because a scheduler knows no PATH to speak of. */
  readonly words: readonly string[];
  /** What the command needs of the present environment, and no scheduler has. No secrets. */
  readonly environment: ReadonlyArray<readonly [name: string, value: string]>;
  readonly everyMinutes: number;
  /** A number that differs between sessions, so that not all of them are renewed in the same minute. */
  readonly spread: number;
}

/** A file of a scheduler: where it belongs, and what is in it. */
export interface ScheduleFile {
  readonly path: string;
  readonly content: string;
}

/** A scheduler's entry for a command. */
export interface ScheduleEntry {
  readonly files: readonly ScheduleFile[];
  /** The files as they are printed, with where to put them. */
  readonly text: string;
}

/**
 * Refuses what an entry of a scheduler cannot hold.
 *
 * @param forbidden a character of which no word may have one
 * @throws OracleComputeError ENTRY_NOT_WRITABLE
 */
export function refuseInEntry(command: ScheduledCommand, scheduler: string, forbidden: RegExp, what: string): void {
  const texts = [command.purpose, ...command.remarks, ...command.words, ...command.environment.flat()];
  const bad = texts.find((text) => forbidden.test(text));
  if (bad === undefined) return;
  const shown = JSON.stringify(bad.slice(0, 80));
  throw new OracleComputeError('ENTRY_NOT_WRITABLE', `an entry for ${scheduler} cannot hold ${what}: ${shown}`, {
    scheduler,
  });
}

/**
 * The minute of the hour in which a command runs first, of the session's own choice. Where the period does not divide
 * an hour, the choice is as small as it must be for the gap at the end of the hour not to be the longest.
 */
export function firstMinute({ everyMinutes, spread }: ScheduledCommand): number {
  return spread % (60 % everyMinutes || everyMinutes);
}
