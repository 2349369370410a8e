import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.js';
import { isOracleComputeError } from '../errors.js';
import { plainText } from '../text.js';
import { connect, type Reply, type StoreAccess } from './connection.js';
import { decrypt, type EncryptionKey, parseValue } from './encryption.js';
import { RedisServer, type SessionKeys, sessionKeys } from './redis-server.js';

export interface ServerReport {
  /** `redis 7.0.15` */
  readonly version: string;
  /** How long it took to connect, to log in and to be answered. */
  readonly milliseconds: number;
  /** How far the server's clock is ahead of this host's, in milliseconds. */
  readonly serverAhead: number;
}

export interface LockReport {
  readonly holder: string;
  /** By the server's clock, in milliseconds since the epoch. */
  readonly since: number;
}

const LONGEST_COUNT = 100;

/** Looks at a store, one thing at a time, and changes nothing that anybody uses. All of it throws as the store does. */
export class StoreInspection {
  constructor(
    private readonly access: StoreAccess,
    private readonly clock: Clock,
  ) {}

  async server(): Promise<ServerReport> {
    const started = this.clock.monotonic();
    const server = this.open(probeKeys());
    try {
      const { serverAhead } = await server.read();
      const milliseconds = Math.round(this.clock.monotonic() - started);
      return { version: versionIn(await this.ask('HELLO', '2')), milliseconds, serverAhead };
    } finally {
      server.close();
    }
  }

  /**
   * Does everything that a session needs with keys that nobody uses.
   *
   * @returns false for a user who may run no script, and so may only read
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

  /** The id of the key that this account's session is encrypted with, once it is opened; undefined where none is kept. */
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

  /** How many sessions are kept for all accounts. Needs a right that nothing else needs: SCAN. */
  async count(): Promise<number> {
    const found = new Set<string>();
    let cursor = '0';
    for (let round = 0; round < LONGEST_COUNT; round++) {
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

/** HELLO answers with names and values in turn. Valkey gives the version of Redis that it is compatible with, too. */
function versionIn(reply: Reply): string {
  const words = Array.isArray(reply) ? reply : [];
  const after = (name: string) => words[words.indexOf(name) + 1];
  return plainText(`${String(after('server'))} ${String(after('version'))}`, 40);
}
