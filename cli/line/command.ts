import type { Argv } from 'yargs';
import type { World } from '../world/world.js';

/** What a stranger needs to know of a command, besides its options. Shown by `--help` and in the manual page. */
export interface CommandHelp {
  /** Environment variables that the command reads, with what they mean. */
  readonly environment: ReadonlyArray<readonly [name: string, meaning: string]>;
  /** Command lines that work as they stand. */
  readonly examples: ReadonlyArray<readonly [line: string, meaning: string]>;
  /** Exit statuses that the command can end with, with what they mean here. */
  readonly statuses: ReadonlyArray<readonly [status: number | 'any', meaning: string]>;
  /** A paragraph for the manual page. */
  readonly description: string;
}

/** Words after `--`, for commands that pass them on. */
export interface PassedWords {
  readonly rest: readonly string[];
}

/** One command: how its line is read, and the function that does it. `O` is what the function takes. */
export interface ProgramCommand<O> {
  /** Its arguments in the notation of yargs: `[username] [passwordfile]`. */
  readonly positionals: string;
  readonly builder: (parser: Argv) => Argv<O>;
  readonly run: (options: O & PassedWords, world: World) => Promise<number>;
  readonly help: CommandHelp;
  /** What completion offers for arguments and options by name, where the parser has no list of choices. */
  readonly offers?: Readonly<Record<string, readonly string[] | 'file'>>;
  /** True where words after `--` are the command's own (exec); otherwise they are arguments like the others. */
  readonly takesRest?: boolean;
  /** Options that may stand on the line more than once, each adding a value. Of all others the last one counts. */
  readonly repeated?: readonly string[];
}

/** Gives `builder` and `run` the same type of options, and hides it from the table of commands. */
export function defineCommand<O>(command: ProgramCommand<O>): ProgramCommand<unknown> {
  return command as ProgramCommand<unknown>;
}

/** What is known of a command before its file is loaded. */
export interface CommandEntry {
  /** The words that name it: `['session', 'refresh']`. */
  readonly path: readonly string[];
  /** Other first words for it. */
  readonly aliases?: readonly string[];
  readonly summary: string;
  /** True where stdout is for `eval`: a failure then prints `false`. */
  readonly evaluated?: boolean;
  readonly load: () => Promise<ProgramCommand<unknown>>;
}
