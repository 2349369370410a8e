import type { Clock } from '../../lib/clock.js';
import type { HttpClient, HttpSettings, Keychain } from '../../lib/index.js';

/** What a command writes to. Small, so that a test can implement it with an array. */
export interface OutputStream {
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  readonly hasWritten: boolean;
  /** A string is for people: control characters of a terminal are replaced. Bytes are written unchanged. */
  write(text: string | Uint8Array): void;
  /**
   * Resolves when the stream accepts more: to false if the reader is gone.
   *
   * @throws OracleComputeError OUTPUT_FAILED
   */
  drained(): Promise<boolean>;
  /**
   * Resolves when everything is written, or the reader is gone.
   *
   * @throws OracleComputeError OUTPUT_FAILED
   */
  flushed(): Promise<void>;
}

export interface InputStream {
  readonly isTTY: boolean;
  /** The bytes that follow. Consumes only what is read. The signal ends the reading for good. */
  read(signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface ChildResult {
  /** The exit status as in a shell: 128 plus the number of the signal, if a signal ended the child. */
  readonly status: number;
}

export interface ChildOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Everything outside the program that a command uses. `cli/context/real-context.ts` builds it from the real process. */
export interface Context {
  readonly program: 'oracle-compute' | 'oci';
  /** The command line that starts this program again, in absolute paths: its launcher, else Node and the entry file. */
  readonly self: readonly string[];
  readonly version: string;
  /** The version of Node, without a `v`. */
  readonly nodeVersion: string;
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @throws OracleComputeError NOT_UTF8 for a word, or a variable that names files, with other bytes */
  assertUtf8(words: readonly string[]): void;
  /** @throws OracleComputeError HOME_UNKNOWN */
  readonly home: string;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
  /** The effective user id; undefined on Windows. */
  readonly uid: number | undefined;
  readonly clock: Clock;
  /** Aborts at the first signal that stops the program. Its reason is an INTERRUPTED error. */
  readonly interruption: AbortSignal;
  /** Rejects when the command can no longer finish: at an uncaught error, or if the event loop is empty. */
  readonly crash: Promise<never>;
  http(settings: HttpSettings): HttpClient;
  readonly keychain: Keychain;
  /**
   * Prompts on the terminal without echo, until the signal aborts. Only if stdin and stderr are terminals.
   */
  promptSecret(question: string, signal?: AbortSignal): Promise<string>;
  /** Prompts on the terminal. Only if stdin and stderr are terminals. */
  ask(question: string): Promise<string>;
  /** Starts a graphical browser. Resolves to false if it cannot. Does not wait for it to end. */
  openBrowser(url: string): Promise<boolean>;
  /**
   * Runs a program without a shell, on this program's own streams. While it runs, signals are forwarded to it and do not
   * interrupt this program.
   */
  runChild(command: string, args: readonly string[], options: ChildOptions): Promise<ChildResult>;
  /** What a program prints on stdout; undefined if it is missing, fails, or does not end in three seconds. */
  outputOf(command: string, args: readonly string[]): Promise<string | undefined>;
}
