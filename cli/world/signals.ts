import { OracleComputeError } from '../../lib/errors.js';

const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Meant for a child alone: without one they do what they do by default. */
const PASSED_ON = ['SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const;

export interface Signals {
  /**
   * Aborts at the first signal that stops a program, so that what is under way ends cleanly; a second one ends the
   * process at once.
   */
  readonly interruption: AbortSignal;
  /** Gives all signals to `receiver` instead, until the returned function is called. */
  divert(receiver: (signal: NodeJS.Signals) => void): () => void;
}

/** Listens to the signals of a process (`process` itself). */
export function listenForSignals(process: Pick<NodeJS.Process, 'on' | 'removeListener' | 'platform'>): Signals {
  let controller: AbortController | undefined;
  let reason: OracleComputeError | undefined;
  let receiver: ((signal: NodeJS.Signals) => void) | undefined;
  for (const name of STOPPING) {
    const onSignal = () => {
      if (receiver) return receiver(name);
      // Not now: a library that cleans up at the end (signal-exit, which the lock brings) would find itself the only
      // one who listens, and end the process in the middle of what is under way.
      setImmediate(() => process.removeListener(name, onSignal));
      reason ??= new OracleComputeError('INTERRUPTED', `interrupted by ${name}`, { signal: name });
      controller?.abort(reason);
    };
    process.on(name, onSignal);
  }
  return {
    get interruption() {
      controller ??= new AbortController();
      if (reason) controller.abort(reason);
      return controller.signal;
    },
    divert: (newReceiver) => {
      receiver = newReceiver;
      const others = process.platform === 'win32' ? [] : PASSED_ON;
      for (const name of others) process.on(name, newReceiver);
      return () => {
        receiver = undefined;
        for (const name of others) process.removeListener(name, newReceiver);
      };
    },
  };
}
