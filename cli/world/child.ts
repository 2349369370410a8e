import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { OracleComputeError, systemErrorCode } from '../../lib/errors.js';
import { GroupWitness } from './group-witness.js';
import type { Signals } from './signals.js';
import type { ChildOptions, ChildResult } from './world.js';

/**
 * Runs a program on our own streams, without a shell. A signal that reaches us is passed on to it, unless it has
 * reached it already: many programs take a second Ctrl-C as the wish to end without cleaning up.
 *
 * @throws OracleComputeError COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, INTERRUPTED before it was started
 */
export async function runChild(
  command: string,
  args: readonly string[],
  options: ChildOptions,
  signals: Signals,
): Promise<ChildResult> {
  const witness = new GroupWitness();
  await witness.isReady;
  return new Promise((resolve, reject) => {
    if (signals.interruption.aborted) {
      witness.end();
      return reject(signals.interruption.reason);
    }
    const restore = signals.divert((signal) => {
      witness.sawIt(signal).then((isDelivered) => isDelivered || child.kill(signal));
    });
    const end = () => {
      restore();
      witness.end();
    };
    const child = spawn(command, args, { stdio: 'inherit', env: options.env });
    child.once('error', (cause) => {
      end();
      reject(notStarted(command, cause));
    });
    child.once('exit', (code, signal) => {
      end();
      resolve({ status: signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 0) });
    });
  });
}

/** As a shell has it: 127 for what is not there, 126 for what is there and cannot be started. */
function notStarted(command: string, cause: unknown): OracleComputeError {
  // A script whose interpreter is missing is not found either, by the system's word.
  const isThere = command.includes('/') && existsSync(command);
  return systemErrorCode(cause) === 'ENOENT' && !isThere
    ? new OracleComputeError('COMMAND_NOT_FOUND', `there is no command ${command}`, { command }, { cause })
    : new OracleComputeError('COMMAND_NOT_EXECUTABLE', `${command} cannot be started`, { command }, { cause });
}
