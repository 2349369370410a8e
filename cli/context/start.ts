import { isOracleComputeError, OracleComputeError, systemErrorCode } from '../../lib/errors.js';
import { run } from '../run.js';
import type { Context } from './context.js';
import { isTerminal } from './is-terminal.js';
import { realContext } from './real-context.js';
import { listenForSignals } from './signals.js';

/**
 * Runs the program in the real process. The exit status is 1 until the command returns its own. An uncaught error and an
 * empty event loop are reported as failures of the command.
 */
export function start(program: Context['program']): void {
  process.exitCode = 1;
  const endWithTerminal = watchTerminals();
  const signals = listenForSignals(process);
  let hasEnded = false;
  const crash = new Promise<never>((_, reject) => {
    process.on('uncaughtException', (error) => {
      if (hasEnded) return reportBarely(error, program);
      reject(error);
      signals.interrupt(error);
    });
    process.once('beforeExit', () => {
      if (!hasEnded) reject(new OracleComputeError('INTERNAL', 'the program ended before its work was done', {}));
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
      hasEnded = true;
    });
}

/**
 * Remembers which of the three streams are terminals.
 *
 * @returns ends the process by SIGHUP if one of these terminals is gone. Node restores the modes of terminals when it
 *   exits, and aborts with a core file if it cannot.
 */
function watchTerminals(): () => void {
  // Windows has no SIGHUP, and Node does not restore a console.
  const terminals = process.platform === 'win32' ? [] : ([0, 1, 2] as const).filter(isTerminal);
  return () => {
    if (!terminals.every(isTerminal)) endBy('SIGHUP');
  };
}

/** After an interruption, does not wait for a reader that no longer reads, as Node would. */
function endUnread(reason: unknown): void {
  if (!isOracleComputeError(reason, 'INTERRUPTED')) return;
  const isUnread = [process.stdout, process.stderr].some(({ writableLength }) => writableLength > 0);
  if (isUnread) endBy(reason.fields.signal);
}

function endBy(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** For an error while an error is reported, such as EMFILE, which also prevents the messages from being loaded. */
function reportBarely(error: unknown, program: string): void {
  const code = systemErrorCode(error);
  process.exitCode = code === undefined ? 1 : 2;
  const isDamaged = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  process.stderr.write(
    isDamaged
      ? `${program}: the installation is damaged: a file is missing\nreinstall it: npm install --global oracle-compute\n`
      : `${program}: failed, and the reason cannot be shown (${code ?? 'a fault of this program'})\n`,
  );
}
