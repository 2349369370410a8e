import { createHash } from 'node:crypto';
import type { Clock } from '../../clock.js';
import { MOST_AHEAD } from '../../session/lifetimes.js';
import { type Connection, connect, type Reply, type StoreAccess } from './connection.js';
import { unreachable } from './failure.js';
import { ACQUIRE, EXTEND, RELEASE, REPLACE } from './scripts.js';

/** The two keys of one session. The braces keep both in one hash slot. */
export interface SessionKeys {
  readonly value: string;
  readonly lock: string;
}

/** The keys of whoever is named by `names`: an endpoint and a user. */
export function sessionKeys(...names: readonly string[]): SessionKeys {
  const hash = createHash('sha256').update(names.join(' ')).digest('base64url').slice(0, 22);
  return { value: `opc:{${hash}}:s`, lock: `opc:{${hash}}:l` };
}

/** What the server keeps at one moment. */
export interface Snapshot {
  readonly value: string | undefined;
  /** How far the server's clock is ahead of this host's, in milliseconds. */
  readonly serverAhead: number;
}

export interface AcquiredSnapshot extends Snapshot {
  /** The lock's text, if it is ours now. */
  readonly ownLock: string | undefined;
}

/**
 * What is asked of the server in one piece of work, over one connection. One that has failed is dropped, and what was
 * under way is sent once more over a new one: every request has the same effect a second time.
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

  /** False where the lock is another's by now. */
  async extend(lock: string, lease: number): Promise<boolean> {
    return (await this.run(EXTEND, [this.keys.lock], lock, String(lease))) === 1;
  }

  async release(lock: string): Promise<void> {
    await this.run(RELEASE, [this.keys.lock], lock);
  }

  /** Keeps a value for `life` milliseconds, unless what is kept has another tag than `expectedTag`. */
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

  private async ask<T>(question: (connection: Connection) => Promise<T>): Promise<T> {
    if (this.connection) {
      try {
        return await question(await this.connection);
      } catch {
        this.close();
      }
    }
    this.connection = connect(this.access);
    try {
      return await question(await this.connection);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Half of the way there and back has gone by when the server reads its clock. */
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
