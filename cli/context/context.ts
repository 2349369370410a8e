import type { Clock } from '../../lib/clock.js';
import type { HttpClient, HttpSettings } from '../../lib/http/client.js';
import type { Keychain } from '../../lib/secrets/keychain.js';

/** What a command may write to. Narrow on purpose: a test passes an array in disguise. */
export interface OutputStream {
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  /** Has anything been written? */
  readonly hasWritten: boolean;
  /** A text is for people, so nothing goes out with it that a terminal would obey. Bytes go out as they are. */
  write(text: string | Uint8Array): void;
  /**
   * Resolves when there is room for more: to false where nobody reads any more.
   *
   * @throws OracleComputeError OUTPUT_FAILED
   */
  drained(): Promise<boolean>;
  /**
   * Resolves when all that was written is out, or nobody reads it.
   *
   * @throws OracleComputeError OUTPUT_FAILED
   */
  flushed(): Promise<void>;
}

export interface InputStream {
  readonly isTTY: boolean;
  /** The next bytes, or null at the end. Only what is asked for is consumed. The signal ends the reading for good. */
  read(signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface ChildResult {
  /** The exit status as a shell would report it: 128 plus the number of the signal that ended the child. */
  readonly status: number;
}

export interface ChildOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** All that a command may touch outside itself. `cli/context/real-context.ts` builds it from the real process. */
export interface Context {
  readonly program: 'oracle-compute' | 'oci';
  /** The command line that starts this program again: Node and the entry file, both absolute. */
  readonly self: readonly string[];
  readonly version: string;
  /** The version of Node, without a `v`. */
  readonly nodeVersion: string;
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @throws OracleComputeError NOT_UTF8 for a word, or a variable that names files, that has other bytes */
  refuseMisread(words: readonly string[]): void;
  /** @throws OracleComputeError HOME_UNKNOWN */
  readonly home: string;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
  /** The effective user id, undefined where there is none (Windows). */
  readonly uid: number | undefined;
  readonly clock: Clock;
  /** Aborts, with an INTERRUPTED error as its reason, when the program is told to stop. */
  readonly interruption: AbortSignal;
  /** Rejects when the command cannot come to its end any more: an error that nobody caught, nothing left to wait for. */
  readonly crash: Promise<never>;
  http(settings: HttpSettings): HttpClient;
  readonly keychain: Keychain;
  /**
   * Asks a question on the terminal without showing the answer, until the signal aborts. Only where stdin and stderr are
   * terminals.
   */
  promptSecret(question: string, signal?: AbortSignal): Promise<string>;
  /** Asks a question on the terminal. Only where stdin and stderr are terminals. */
  ask(question: string): Promise<string>;
  /** Starts a graphical browser. Resolves to false where there is none; never waits for it to end. */
  openBrowser(url: string): Promise<boolean>;
  /**
   * Runs a program without a shell, on this program's own streams. Signals are the child's while it runs: they are
   * passed on to it and interrupt nothing here.
   */
  runChild(command: string, args: readonly string[], options: ChildOptions): Promise<ChildResult>;
}
