import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../clock.js';
import { OracleComputeError } from '../errors.js';
import { MOST_AHEAD } from '../session/lifetimes.js';
import type { ExclusiveOptions } from '../session/store.js';
import { type Connection, connect, type Reply, type StoreAccess, unreachable } from './connection.js';

/** The two keys of one session. The braces keep both in one hash slot. */
export interface SessionKeys {
  readonly value: string;
  readonly lock: string;
}

/** The keys of a session. @param names an endpoint and a user */
export function sessionKeys(...names: readonly string[]): SessionKeys {
  const hash = createHash('sha256').update(names.join(' ')).digest('base64url').slice(0, 22);
  return { value: `opc:{${hash}}:s`, lock: `opc:{${hash}}:l` };
}

/** The server's value at one moment. */
export interface Snapshot {
  readonly value: string | undefined;
  /** How far the server's clock is ahead of this host's, in milliseconds. */
  readonly serverAhead: number;
}

interface AcquiredSnapshot extends Snapshot {
  /** The lock's value, if this process holds it now. */
  readonly ownLock: string | undefined;
}

/**
 * The requests for one session, over one connection. If the connection fails, the request is sent once more over a new
 * one: every request is idempotent.
 */
export class RedisServer {
  private connection: Promise<Connection> | undefined;

  constructor(
    private readonly access: StoreAccess,
    private readonly keys: SessionKeys,
    private readonly clock: Clock,
  ) {}

  async read(): Promise<Snapshot> {
    const sent = this.clock.now();
    const [value, time] = await this.ask((connection) =>
      Promise.all([connection.send('GET', this.keys.value), connection.send('TIME')]),
    );
    const [seconds, microseconds] = Array.isArray(time) ? time : [];
    return { value: textOf(value), serverAhead: this.ahead(sent, seconds, microseconds) };
  }

  /** Takes the lock for `lease` milliseconds, if it is free. */
  async acquire(owner: string, lease: number): Promise<AcquiredSnapshot> {
    const sent = this.clock.now();
    const reply = await this.run(ACQUIRE, [this.keys.value, this.keys.lock], owner, String(lease));
    const [value, lock, seconds, microseconds] = Array.isArray(reply) ? reply : [];
    const holder = textOf(lock);
    return {
      value: textOf(value),
      serverAhead: this.ahead(sent, seconds, microseconds),
      ownLock: holder?.startsWith(`${owner} `) ? holder : undefined,
    };
  }

  /** @returns false if the lock has expired or another process holds it */
  async extend(lock: string, lease: number): Promise<boolean> {
    return (await this.run(EXTEND, [this.keys.lock], lock, String(lease))) === 1;
  }

  async release(lock: string): Promise<void> {
    await this.run(RELEASE, [this.keys.lock], lock);
  }

  /** Stores a value for `life` milliseconds, unless the stored one has another tag than `expectedTag`. */
  async replace(value: string, expectedTag: string, life: number): Promise<boolean> {
    const lifetime = String(Math.max(1, Math.round(life)));
    return (await this.run(REPLACE, [this.keys.value], value, expectedTag, lifetime)) === 1;
  }

  close(): void {
    this.connection?.then((connection) => connection.close()).catch(() => undefined);
    this.connection = undefined;
  }

  private run(script: string, keys: readonly string[], ...values: readonly string[]): Promise<Reply> {
    return this.ask((connection) => connection.send('EVAL', script, String(keys.length), ...keys, ...values));
  }

  private async ask<T>(request: (connection: Connection) => Promise<T>): Promise<T> {
    if (this.connection) {
      try {
        return await request(await this.connection);
      } catch {
        this.close();
      }
    }
    this.connection = connect(this.access);
    try {
      return await request(await this.connection);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Assumes that the server reads its clock in the middle of the round trip. */
  private ahead(sent: number, seconds: Reply | undefined, microseconds: Reply | undefined): number {
    const time = Number(seconds) * 1000 + Number(microseconds) / 1000;
    const ahead = Math.round(time - (sent + this.clock.now()) / 2);
    if (Math.abs(ahead) <= MOST_AHEAD) return ahead;
    throw unreachable(this.access.address.text, 'TIME', "its clock differs from this machine's by more than a day");
  }
}

function textOf(reply: Reply | undefined): string | undefined {
  return typeof reply === 'string' ? reply : undefined;
}

/**
 * Atomic operations of the server. The scripts are sent with each request: a server that was restarted or replaced would
 * not have them.
 */

/** Takes the lock if it is free, and returns the value, the lock's holder, and the server's time. */
export const ACQUIRE = `
local now = redis.call('TIME')
local owner = ARGV[1] .. ' ' .. now[1]
redis.call('SET', KEYS[2], owner, 'NX', 'PX', ARGV[2])
return { redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2]), now[1], now[2] }`;

/** Extends the lock, if it still is the owner's. */
export const EXTEND = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

/** Releases the lock, if it still is the owner's. */
export const RELEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

/**
 * Stores a value, if the stored one still has the tag that was read, or is gone: lost or expired, because a logout leaves
 * a mark. The same value again is the same request, whose reply was lost.
 */
export const REPLACE = `
local kept = redis.call('GET', KEYS[1])
if kept == ARGV[1] then return 1 end
if kept and string.match(kept, '^[^.]*') ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return 1`;

/** The lock of a dead holder expires after this time, in which a live one extends it three times. Milliseconds. */
export const LEASE = 7000;
const MIN_POLL = 40;
const MAX_POLL = 250;
/** A shorter wait ends before anyone could read a message about it. */
const NOTICE_AFTER = 1000;

/** The lock of a shared session. If it is lost, there may be one more request: `replace` compares the tag. */
export interface RemoteLock {
  readonly snapshot: Snapshot;
  release(): Promise<void>;
}

interface RemoteLockOptions<T> extends Pick<ExclusiveOptions<T>, 'wait' | 'signal' | 'onWait'> {
  readonly clock: Clock;
  /** Names this process, for people who look at the store. */
  readonly owner: string;
  /** The server's address, for messages. */
  readonly store: string;
  /** Called at each attempt while another host holds the lock. A result ends the wait. */
  readonly onSnapshot: (snapshot: Snapshot) => Promise<T | undefined>;
}

/**
 * Takes the lock, and waits while another host holds it.
 *
 * @throws OracleComputeError SESSION_LOCKED after `wait`, and the errors of the server
 */
export async function acquireRemoteLock<T>(
  server: RedisServer,
  options: RemoteLockOptions<T>,
): Promise<RemoteLock | { readonly result: T }> {
  const { clock, wait, signal, store } = options;
  const owner = `${randomBytes(12).toString('base64url')} ${options.owner}`;
  const started = clock.monotonic();
  let poll = MIN_POLL;
  let hasNotified = false;
  for (;;) {
    const { ownLock, ...snapshot } = await server.acquire(owner, LEASE);
    if (ownLock !== undefined) return { snapshot, release: holdLock(server, ownLock) };
    const result = await options.onSnapshot(snapshot);
    if (result !== undefined) return { result };
    const waited = clock.monotonic() - started;
    if (waited > wait) throw locked(store, wait);
    if (!hasNotified && waited > NOTICE_AFTER) {
      hasNotified = true;
      options.onWait?.();
    }
    await clock.sleep(poll * (0.5 + Math.random()), signal);
    poll = Math.min(poll * 1.5, MAX_POLL);
  }
}

/** Extends a lock until it is released. Errors do not matter: `replace` compares the tag. */
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
