import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  type ComputeService,
  type ComputeServiceOptions,
  startComputeService,
} from '../../fixtures/compute-service/server.js';
import type { LocalAuthority } from '../../fixtures/local-tls.js';
import { type RedisOptions, type RedisServer, startRedis } from '../../fixtures/redis/server.js';
import type { Clock } from '../../lib/clock.js';
import { type ComputeSession, type OpenSessionOptions, openSession } from '../../lib/index.js';
import { newKeyLine } from '../../lib/store/encryption.js';
import { shiftedClock, use } from './fleet-use.js';
import { requirePart } from './real-part.js';
import { temporaryHome, writeFileWithMode } from './temporary-home.js';

export interface HostOptions {
  /** False for a host that uses the session and cannot begin one. */
  readonly hasPassword?: boolean;
  /** How far its clock is ahead, in milliseconds. */
  readonly clockAhead?: number;
  /** Its clock; another one than the system's cannot be given to other processes. */
  readonly clock?: Clock;
  readonly url?: string;
  readonly waitForSession?: number;
  /** What stands in the key file, in place of the fleet's keys. */
  readonly keys?: string;
  readonly serverPassword?: string;
  readonly certificateAuthorities?: string;
}

export interface Opening {
  readonly session: Omit<OpenSessionOptions, 'signal' | 'clock' | 'password'>;
  readonly clockAhead: number;
}

/** One computer of the fleet: a home folder of its own and a session of the library. */
export interface Host {
  readonly home: string;
  /** How its processes open the session: nothing that could not be sent to another process. */
  readonly opening: Opening;
  readonly session: ComputeSession;
  /** What its commands find in their environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The session as another process of this host opens it. */
  again(): Promise<ComputeSession>;
  /** Uses the session as a program does: one authenticated call. */
  use(session?: ComputeSession): Promise<void>;
}

export interface Fleet {
  readonly service: ComputeService;
  readonly redis: RedisServer;
  readonly authority: LocalAuthority;
  /** The keys of the fleet, as its key files have them. */
  readonly keys: string;
  /** For the files of this fleet. */
  readonly folder: string;
  host(options?: HostOptions): Promise<Host>;
  hosts(count: number, options?: (index: number) => HostOptions): Promise<Host[]>;
}

export interface FleetOptions {
  readonly service?: ComputeServiceOptions;
  /** Without it the server has no TLS, which costs each new process the reading of all authorities that Node trusts. */
  readonly redis?: Partial<RedisOptions>;
}

/**
 * A local service, a real Redis with a password and an ACL, and as many hosts as a test wants. The server has TLS only
 * if a test asks for it: the address is this machine's.
 */
export async function fleetBench(options: FleetOptions = {}): Promise<Fleet> {
  const folder = temporaryHome();
  const redis = await startTestRedis(join(folder, 'redis'), options.redis ?? { tls: false });
  const { authority } = redis;
  const service = await startComputeService(options.service);
  onTestFinished(() => service.close());
  const keys = `${newKeyLine()}\n`;
  const host = (given: HostOptions = {}) => newHost({ service, url: redis.url, authority, keys }, given);
  return {
    service,
    redis,
    authority,
    keys,
    folder,
    host,
    hosts: (count, of = () => ({})) => Promise.all(Array.from({ length: count }, (_, index) => host(of(index)))),
  };
}

/** A server that ends with the test. */
export async function startTestRedis(folder: string, options: Partial<RedisOptions> = {}): Promise<RedisServer> {
  const program = requirePart('redis-server');
  mkdirSync(folder, { recursive: true });
  const redis = await startRedis({ folder, program, ...options });
  onTestFinished(() => redis.close());
  return redis;
}

interface FleetParts {
  readonly service: ComputeService;
  readonly url: string;
  readonly authority: LocalAuthority;
  readonly keys: string;
}

async function newHost(parts: FleetParts, options: HostOptions): Promise<Host> {
  const home = temporaryHome();
  const { service, authority } = parts;
  const { serverPassword = 'hosts-of-one-fleet', hasPassword = true, waitForSession } = options;
  const passwordFile = writeFileWithMode(join(home, 'password'), `${service.password}\n`);
  const store = {
    url: options.url ?? parts.url,
    passwordFile: writeFileWithMode(join(home, 'redis-password'), `${serverPassword}\n`),
    keyFile: writeFileWithMode(join(home, 'store.key'), options.keys ?? parts.keys),
    waitForSession,
  };
  const opening: Opening = {
    session: {
      home,
      env: {},
      certificateAuthorities: options.certificateAuthorities ?? authority.certificatePem,
      endpoint: service.url,
      user: service.user,
      store,
      passwordFile: hasPassword ? passwordFile : undefined,
      // Fifty hosts on a machine with two processors take their turns slowly.
      lockTimeout: 120_000,
    },
    clockAhead: options.clockAhead ?? 0,
  };
  const { clock = shiftedClock(opening.clockAhead) } = options;
  const again = () => openSession({ ...opening.session, clock });
  const env = {
    OPC_API: service.url,
    OPC_USER: service.user,
    OPC_CA_BUNDLE: writeFileWithMode(join(home, 'ca.pem'), options.certificateAuthorities ?? authority.certificatePem),
    OPC_SESSION_STORE: store.url,
    OPC_SESSION_STORE_PASSWORD_FILE: store.passwordFile,
    OPC_SESSION_STORE_KEY_FILE: store.keyFile,
    ...(hasPassword && { OPC_PASSWORD_FILE: passwordFile }),
  };
  const session = await again();
  return { home, opening, session, env, again, use: (given = session) => use(given) };
}
