import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.js';
import { isOracleComputeError } from '../errors.js';
import { plainText } from '../text.js';
import { connect, type Reply, type StoreAccess } from './connection.js';
import { decrypt, type EncryptionKey, parseValue } from './encryption.js';
import { RedisServer, type SessionKeys, sessionKeys } from './redis-server.js';

interface ServerReport {
  /** `redis 7.0.15` */
  readonly version: string;
  /** How long the server took to reply over a connection that exists. */
  readonly milliseconds: number;
  /** How far the server's clock is ahead of this host's, in milliseconds. */
  readonly serverAhead: number;
}

interface LockReport {
  readonly holder: string;
  /** By the server's clock, in milliseconds since the epoch. */
  readonly since: number;
}

const MAX_SCANS = 100;

/** Inspects a store, and changes no session. All methods throw as `connect` does. */
export class StoreInspection {
  constructor(
    private readonly access: StoreAccess,
    private readonly clock: Clock,
  ) {}

  async server(): Promise<ServerReport> {
    const server = this.open(probeKeys());
    const connection = await connect(this.access);
    try {
      const { serverAhead } = await server.read();
      const started = this.clock.monotonic();
      const version = versionIn(await connection.send('HELLO', '2'));
      return { version, milliseconds: Math.round(this.clock.monotonic() - started), serverAhead };
    } finally {
      connection.close();
      server.close();
    }
  }

  /**
   * Does everything that a session needs, with unused keys.
   *
   * @returns false if the user may not run scripts, and so may only read
   * @throws OracleComputeError STORE_REFUSED
   */
  async tryRights(): Promise<boolean> {
    const server = this.open(probeKeys());
    try {
      const { ownLock } = await server.acquire('probe', 1000);
      if (ownLock === undefined) return true;
      await server.replace('probe.', '', 1);
      await server.extend(ownLock, 1000);
      await server.release(ownLock);
      return true;
    } catch (error) {
      const mayRun = () =>
        this.ask('EVAL', 'return 1', '0').then(
          () => true,
          (refusal) => !isForbidden(refusal),
        );
      if (isForbidden(error) && !(await mayRun())) return false;
      throw error;
    } finally {
      server.close();
    }
  }

  /** Decrypts a session, and returns the id of its key; undefined if there is no session. */
  async keyIdOf(names: readonly string[], keys: readonly EncryptionKey[]): Promise<string | undefined> {
    const { value: keyName } = sessionKeys(...names);
    const value = await this.ask('GET', keyName);
    const parts = typeof value === 'string' ? parseValue(value) : undefined;
    if (parts === undefined) return undefined;
    decrypt(parts, keyName, keys, this.access.address.text);
    return parts.keyId;
  }

  async lockOf(names: readonly string[]): Promise<LockReport | undefined> {
    const lock = await this.ask('GET', sessionKeys(...names).lock);
    const [, holder, seconds] = typeof lock === 'string' ? lock.split(' ') : [];
    return holder === undefined ? undefined : { holder: plainText(holder, 100), since: Number(seconds) * 1000 };
  }

  /** The number of sessions of all accounts. Needs permission for SCAN, which nothing else needs. */
  async count(): Promise<number> {
    const found = new Set<string>();
    let cursor = '0';
    for (let round = 0; round < MAX_SCANS; round++) {
      const reply = await this.ask('SCAN', cursor, 'MATCH', 'opc:{*}:s', 'COUNT', '1000');
      const [next, keys] = Array.isArray(reply) ? reply : [];
      for (const key of Array.isArray(keys) ? keys : []) found.add(String(key));
      cursor = String(next);
      if (cursor === '0') break;
    }
    return found.size;
  }

  private open(keys: SessionKeys): RedisServer {
    return new RedisServer(this.access, keys, this.clock);
  }

  private async ask(...words: readonly string[]): Promise<Reply> {
    const connection = await connect(this.access);
    try {
      return await connection.send(...words);
    } finally {
      connection.close();
    }
  }
}

function isForbidden(error: unknown): boolean {
  return isOracleComputeError(error, 'STORE_REFUSED') && error.fields.kind === 'NOPERM';
}

function probeKeys(): SessionKeys {
  return sessionKeys('probe', randomBytes(12).toString('hex'));
}

/**
 * HELLO returns a flat list of names and values. Valkey also returns the version of Redis with which it is compatible.
 */
function versionIn(reply: Reply): string {
  const words = Array.isArray(reply) ? reply : [];
  const after = (name: string) => words[words.indexOf(name) + 1];
  return plainText(`${String(after('server'))} ${String(after('version'))}`, 40);
}
