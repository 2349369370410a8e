import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { OracleComputeError } from '../lib/errors.js';
import type { ChildOptions, ChildResult } from './world.js';

const PASSED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGWINCH'] as const;

/** Runs a program on our own streams, without a shell, and hands the signals that reach us on to it. */
export function runChild(command: string, args: readonly string[], options: ChildOptions): Promise<ChildResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env: options.env });
    const forward = (signal: NodeJS.Signals) => {
      child.kill(signal);
    };
    for (const signal of PASSED_SIGNALS) process.on(signal, forward);
    const forget = () => {
      for (const signal of PASSED_SIGNALS) process.removeListener(signal, forward);
    };
    child.once('error', (cause) => {
      forget();
      reject(new OracleComputeError('COMMAND_NOT_FOUND', `${command} cannot be started`, { command }, { cause }));
    });
    child.once('exit', (code, signal) => {
      forget();
      resolve({ status: signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 0) });
    });
  });
}
