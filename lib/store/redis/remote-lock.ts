import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.js';
import { OracleComputeError } from '../../errors.js';
import type { ExclusiveOptions } from '../../session/store.js';
import type { RedisServer, Snapshot } from './server.js';

/** A holder that has died is missed after this long; one that lives says so three times in it. Milliseconds. */
export const LEASE = 7000;
const SHORTEST_POLL = 40;
const LONGEST_POLL = 250;
/** Most waits are over before anyone could read of them. */
const WORTH_A_NOTE = 1000;

/** The lock of a session among hosts. Losing it does no harm but to requests: the server compares what is put. */
export interface RemoteLock {
  readonly snapshot: Snapshot;
  release(): Promise<void>;
}

export interface RemoteLockOptions<T> extends Pick<ExclusiveOptions<T>, 'wait' | 'signal' | 'onWait'> {
  readonly clock: Clock;
  /** Who takes it, for the people who look at the store. */
  readonly owner: string;
  /** The server's address, for messages. */
  readonly store: string;
  /** Gets what is kept at every look while another host has the lock: a result ends the waiting. */
  readonly onSnapshot: (snapshot: Snapshot) => Promise<T | undefined>;
}

/**
 * Takes the lock, waiting for the host that has it.
 *
 * @throws OracleComputeError SESSION_LOCKED after `wait`, and what the server throws
 */
export async function acquireRemoteLock<T>(
  server: RedisServer,
  options: RemoteLockOptions<T>,
): Promise<RemoteLock | { readonly result: T }> {
  const { clock, wait, signal, store } = options;
  const owner = `${randomBytes(12).toString('base64url')} ${options.owner}`;
  const started = clock.monotonic();
  let poll = SHORTEST_POLL;
  let said = false;
  for (;;) {
    const { ownLock, ...snapshot } = await server.acquire(owner, LEASE);
    if (ownLock !== undefined) return { snapshot, release: holdLock(server, ownLock) };
    const result = await options.onSnapshot(snapshot);
    if (result !== undefined) return { result };
    const waited = clock.monotonic() - started;
    if (waited > wait) throw locked(store, wait);
    if (!said && waited > WORTH_A_NOTE) {
      said = true;
      options.onWait?.();
    }
    await clock.sleep(poll * (0.5 + Math.random()), signal);
    poll = Math.min(poll * 1.5, LONGEST_POLL);
  }
}

/** Keeps a lock alive until it is released. What fails on the way is left to the comparison at the end. */
function holdLock(server: RedisServer, lock: string): () => Promise<void> {
  const heartbeat = setInterval(() => void server.extend(lock, LEASE).catch(() => undefined), LEASE / 3);
  heartbeat.unref();
  return async () => {
    clearInterval(heartbeat);
    await server.release(lock).catch(() => undefined);
  };
}

function locked(store: string, wait: number): OracleComputeError {
  const seconds = Math.round(wait / 1000);
  const message = `another host has held the session in ${store} for ${seconds} s`;
  return new OracleComputeError('SESSION_LOCKED', message, { path: store, seconds });
}
