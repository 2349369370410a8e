import { fstatSync, statSync } from 'node:fs';
import { isOracleComputeError, OracleComputeError, systemErrorCode } from '../../lib/errors.js';
import type { Context } from './context.js';
import { realContext } from './real-context.js';
import { listenForSignals } from './signals.js';

/**
 * Runs the program in the real process. Until it has said how it ended, it has failed: an error that nobody caught, and
 * an event loop with nothing left to wait for, are reported as a failure of the command.
 */
export function start(
  program: Context['program'],
  run: (argv: readonly string[], context: Context) => Promise<number>,
): void {
  process.exitCode = 1;
  const endWithTerminal = watchTerminals();
  const signals = listenForSignals(process);
  let isOver = false;
  const crash = new Promise<never>((_, reject) => {
    process.on('uncaughtException', (error) => {
      if (isOver) return reportBarely(error, program);
      reject(error);
      signals.interrupt(error);
    });
    process.once('beforeExit', () => {
      if (!isOver)
        reject(new OracleComputeError('INTERNAL', 'the program came to an end before its work was done', {}));
    });
  });
  crash.catch(() => undefined);
  Promise.resolve()
    .then(() => run(process.argv.slice(2), realContext(program, signals, crash)))
    .then(
      (status) => {
        process.exitCode = status;
        endWithTerminal();
        endUnread(signals.interruption.reason);
      },
      (error: unknown) => reportBarely(error, program),
    )
    .finally(() => {
      isOver = true;
    });
}

/**
 * Notes which of the three streams are terminals now.
 *
 * @returns ends the process by SIGHUP where one of them is gone. Node gives terminals their modes back when it ends, and
 *   where there is none any more it aborts instead, with a core file.
 */
function watchTerminals(): () => void {
  // Windows has neither SIGHUP nor /dev/null, and nothing is given back to a console.
  const devices = process.platform === 'win32' ? [] : [0, 1, 2].filter(mayBeTerminal);
  if (devices.length === 0) return () => undefined;
  const { isatty } = process.getBuiltinModule('node:tty');
  const terminals = devices.filter(isatty);
  return () => {
    if (!terminals.every(isatty)) endBy('SIGHUP');
  };
}

/** Whoever was told to stop does not wait for a reader that reads no more, as Node would. */
function endUnread(reason: unknown): void {
  if (!isOracleComputeError(reason, 'INTERRUPTED')) return;
  const isUnread = [process.stdout, process.stderr].some(({ writableLength }) => writableLength > 0);
  if (isUnread) endBy(reason.fields.signal);
}

function endBy(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** Asks without loading what asks a terminal. */
function mayBeTerminal(descriptor: number): boolean {
  const own = fstatSync(descriptor);
  return own.isCharacterDevice() && own.rdev !== statSync('/dev/null', { throwIfNoEntry: false })?.rdev;
}

/** For what goes wrong while an error is reported: where no file can be opened, its words cannot be loaded either. */
function reportBarely(error: unknown, program: string): void {
  const code = systemErrorCode(error);
  process.exitCode = code === undefined ? 1 : 2;
  process.stderr.write(`${program}: failed, and the reason cannot be shown (${code ?? 'a fault of this program'})\n`);
}
