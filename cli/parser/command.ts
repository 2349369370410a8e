import type { Context } from '../context/context.js';
import type { StatusOfCommand } from '../errors/catalog.js';
import type { OptionList } from './known-options.js';

/** First words of the lines that the program `oci` does itself. */
export const OCI_GROUPS: readonly string[] = ['session', 'iam', 'ce'];

/** What a stranger needs to know of a command, besides its options. Shown by `--help` and in the manual page. */
export interface CommandHelp {
  /** Environment variables that the command reads, with what they mean. */
  readonly environment: ReadonlyArray<readonly [name: string, meaning: string]>;
  /** Command lines that work unchanged. */
  readonly examples: ReadonlyArray<readonly [line: string, meaning: string]>;
  /** Exit statuses that the command can end with; with a meaning if it is not the usual one. */
  readonly statuses: readonly StatusOfCommand[];
  /** A paragraph for the manual page. */
  readonly description: string;
}

/** The words after `--`, of commands that run another one. */
export interface PassedWords {
  readonly rest: readonly string[];
}

/** One command: its options, the function that runs, and its help. `O` is what the function takes. */
export interface CommandModule<O> {
  /** Adds its options and arguments to a list. */
  readonly builder: (list: OptionList) => OptionList;
  /**
   * Written as a method, which TypeScript takes for one of any options, too: so every command fits into the table.
   *
   * @param path the words that named the command
   */
  run(options: O & PassedWords, context: Context, path: readonly string[]): Promise<number>;
  readonly help: CommandHelp;
  /** Those of its `parameters` that take no value; see `passing`. */
  readonly switches?: readonly string[];
  /** Options of similar commands, which are not taken for its `parameters`. */
  readonly foreign?: readonly string[];
  /** A line that is right, with `$0` for the program and the command: for those that are often written otherwise. */
  readonly instead?: string;
}

/** What the program knows of a command before it loads the command's file. */
export interface CommandEntry {
  /** The words that name it: `['session', 'refresh']`. */
  readonly path: readonly string[];
  /** Other last words for it. */
  readonly aliases?: readonly string[];
  /** Its arguments in the notation of yargs: `[username] [passwordfile]`. */
  readonly positionals?: string;
  readonly summary: string;
  /** True if stdout is for `eval`, or is with `--shell`: a failure then prints `false`. */
  readonly printsShellCode?: boolean | '--shell';
  /** True if the words after `--` are another command line; otherwise they are arguments like the others. */
  readonly takesRest?: boolean;
  /**
   * Hands options that the command does not know to it, as `parameters`, instead of refusing them. A typo of an option
   * is refused, but not after `--`, nor in the option that this names, `--filter NAME=VALUE`.
   */
  readonly passing?: 'filter' | 'field';
  readonly load: () => Promise<CommandModule<unknown>>;
}

/** How far a line was understood: to a group of commands, or to a command, whose file is loaded then. */
export interface Place {
  readonly path: readonly string[];
  readonly entry?: CommandEntry;
  readonly command?: CommandModule<unknown>;
}
