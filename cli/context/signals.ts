import { OracleComputeError } from '../../lib/errors.js';

const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const BREAK = ['SIGBREAK', 'SIGINT'] as const;
/** Forwarded to a child; without one they have their default effect. */
const FOR_CHILD = ['SIGQUIT', 'SIGUSR2', 'SIGWINCH'] as const;

export interface Signals {
  /**
   * Aborts at the first signal that stops the program, so that it ends cleanly. A second signal ends the process at once.
   */
  readonly interruption: AbortSignal;
  /** Aborts `interruption` for another reason than a signal. */
  interrupt(reason: unknown): void;
  /** Sends all signals to `receiver` instead, until the returned function is called. */
  divert(receiver: (signal: NodeJS.Signals) => void): () => void;
}

/**
 * Listens to the signals of a process (`process` itself). SIGUSR1 always has a listener: Node would open its debugger, in
 * a process that holds a token.
 */
export function listenForSignals(process: Pick<NodeJS.Process, 'on' | 'removeListener' | 'platform'>): Signals {
  const controller = new AbortController();
  const isWindows = process.platform === 'win32';
  let receiver: ((signal: NodeJS.Signals) => void) | undefined;
  // Ctrl-Break ends as Ctrl-C does.
  const stopping = [...STOPPING.map((name) => [name, name] as const), ...(isWindows ? [BREAK] : [])];
  for (const [event, name] of stopping) {
    const onSignal = () => {
      if (receiver) return receiver(name);
      process.removeListener(event, onSignal);
      controller.abort(new OracleComputeError('INTERRUPTED', `interrupted by ${name}`, { signal: name }));
    };
    process.on(event, onSignal);
  }
  const others = isWindows ? [] : FOR_CHILD;
  if (!isWindows) process.on('SIGUSR1', (name) => receiver?.(name));
  return {
    interruption: controller.signal,
    interrupt: (reason) => controller.abort(reason),
    divert: (newReceiver) => {
      receiver = newReceiver;
      for (const name of others) process.on(name, newReceiver);
      return () => {
        receiver = undefined;
        for (const name of others) process.removeListener(name, newReceiver);
      };
    },
  };
}
