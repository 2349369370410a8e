import { isIP } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { createClient } from '@redis/client';
import { OracleComputeError } from '../../errors.js';
import type { Server, StoreAddress } from './address.js';
import { isOutOfReach, storeFailure, unreachable } from './failure.js';

/** More than a request of ours is ever answered with. */
const LONGEST_REPLY = 512 * 1024;

/** How long the server has to take a connection, and to answer. Milliseconds. */
export const SERVER_LIMIT = 2000;

export interface StoreAccess {
  readonly address: StoreAddress;
  readonly password: string | undefined;
  /** Whom to trust, in PEM; undefined for what Node trusts by itself. */
  readonly authorities: readonly string[] | undefined;
}

export type Reply = string | number | null | readonly Reply[];

/** A connection to a server, for one piece of work. After a failure it is of no use any more. */
export interface Connection {
  /** @throws OracleComputeError STORE_UNREACHABLE, STORE_REFUSED, STORE_VALUE_DAMAGED */
  send(...words: readonly string[]): Promise<Reply>;
  close(): void;
}

/**
 * Connects to the server that may be written: the server of the address, or the one that its sentinels name. The client
 * neither reconnects nor queues: what waits for a dead connection outlasts a failover by ten seconds.
 *
 * @throws OracleComputeError STORE_UNREACHABLE, STORE_TLS_FAILED, STORE_REFUSED
 */
export async function connect(access: StoreAccess): Promise<Connection> {
  const { address } = access;
  const [server] = address.servers;
  if (address.primaryName !== undefined || !server) return connectToPrimary(access, address.primaryName ?? '');
  return connectTo(access, server, SERVER_LIMIT);
}

/**
 * Asks the sentinels in turn for the primary, and believes the first that names a server which can be used and is no
 * replica: one that has not heard of a failover names the primary that was.
 */
async function connectToPrimary(access: StoreAccess, name: string): Promise<Connection> {
  const { servers, text } = access.address;
  const tried = new Set<string>();
  let failure: unknown;
  for (const sentinel of servers) {
    try {
      const server = await askSentinel(access, sentinel, name, SERVER_LIMIT / servers.length);
      const place = `${server.host} ${server.port}`;
      if (tried.has(place)) continue;
      tried.add(place);
      const connection = await connectTo(access, server, SERVER_LIMIT);
      if (!(await isReplica(connection))) return connection;
      connection.close();
      throw unreachable(text, 'READONLY', 'what a sentinel names is a replica');
    } catch (error) {
      // What a server refuses says more than that another one cannot be reached.
      if (failure === undefined || isOutOfReach(failure)) failure = storeFailure(error, text);
    }
  }
  throw storeFailure(failure, text);
}

/** HELLO is for everybody, whatever the ACL says. */
async function isReplica(connection: Connection): Promise<boolean> {
  const words = await connection.send('HELLO');
  return Array.isArray(words) && ['replica', 'slave'].includes(String(words[words.indexOf('role') + 1]));
}

async function askSentinel(access: StoreAccess, sentinel: Server, name: string, limit: number): Promise<Server> {
  const store = access.address.text;
  const connection = await connectToSentinel(access, sentinel, limit);
  try {
    const reply = await connection.send('SENTINEL', 'get-master-addr-by-name', name);
    if (!Array.isArray(reply)) {
      throw unreachable(store, 'UNKNOWN_PRIMARY', `a sentinel knows no primary of the name ${name}`);
    }
    const [host, port] = reply;
    return { host: String(host), port: Number(port) };
  } finally {
    connection.close();
  }
}

/** Sentinels have users of their own, or none: the password is given to one that asks for it. */
async function connectToSentinel(access: StoreAccess, sentinel: Server, limit: number): Promise<Connection> {
  const open: StoreAccess = { ...access, password: undefined };
  const connection = await connectTo(open, sentinel, limit, { database: 0 });
  if (access.password === undefined) return connection;
  try {
    await connection.send('PING');
    return connection;
  } catch (error) {
    connection.close();
    if (!(error instanceof OracleComputeError) || error.code !== 'STORE_REFUSED') throw error;
    return connectTo(access, sentinel, limit, { database: 0 });
  }
}

async function connectTo(
  { address, password, authorities }: StoreAccess,
  server: Server,
  limit: number,
  { database = address.database } = {},
): Promise<Connection> {
  // The client's own limit (0: none) counts time in which this process could not run, and its end leaves a socket that
  // has not connected yet as it is.
  const ended = new AbortController();
  const transport = { ...server, connectTimeout: 0, signal: ended.signal, reconnectStrategy: false as const };
  const named = isIP(server.host) === 0 && { servername: server.host };
  const client = (await loadTemplate()).duplicate({
    socket: address.isEncrypted
      ? // An environment that switches verification off does not switch it off here.
        { ...transport, ...named, tls: true, rejectUnauthorized: true, secureContext: await contextFor(authorities) }
      : transport,
    ...(password !== undefined && { password, ...(address.user !== undefined && { username: address.user }) }),
    ...(database !== 0 && { database }),
  });
  client.on('error', () => undefined);
  const close = () => {
    if (client.isOpen) client.destroy();
    ended.abort();
  };
  let received = 0;
  // The client keeps of a reply whatever comes. Before it, this sees what the socket has received.
  const socket = client._ejectSocket();
  socket.on('data', ({ length }: Buffer) => {
    received += length;
    if (received > LONGEST_REPLY) close();
  });
  client._insertSocket(socket);
  const within = async <T>(work: Promise<T>): Promise<T> => {
    received = 0;
    try {
      return await inTime(work, limit, address.text);
    } catch (error) {
      close();
      const isTooLong = received > LONGEST_REPLY;
      throw storeFailure(
        isTooLong ? unreachable(address.text, 'TOO_LONG', 'its answer is too long') : error,
        address.text,
      );
    }
  };
  await within(client.connect());
  return { send: (...words) => within(client.sendCommand<Reply>([...words])), close };
}

type Template = ReturnType<typeof createClient<Record<string, never>, Record<string, never>, Record<string, never>, 2>>;

/** A client that never connects. The library builds a class of all commands for each that is not a duplicate. */
const loadTemplate = once(async (): Promise<Template> => {
  // Loaded where a store is really asked: it costs more than a command that only looks.
  const { createClient } = await import('@redis/client');
  return createClient({
    // Nothing that would need more of the ACL than the session does.
    RESP: 2,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    disableOfflineQueue: true,
  });
});

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const contexts = new WeakMap<readonly string[], SecureContext>();

/** One for all connections that trust the same authorities: a hundred certificates take longer to read than a reply. */
async function contextFor(authorities: readonly string[] | undefined): Promise<SecureContext | undefined> {
  if (authorities === undefined) return undefined;
  const { createSecureContext } = await import('node:tls');
  const context = contexts.get(authorities) ?? createSecureContext({ ca: [...authorities] });
  contexts.set(authorities, context);
  return context;
}

/** In so many pieces, because a process that gets no time for a while must not call the server late. */
const PIECES = 10;

function inTime<T>(work: Promise<T>, limit: number, store: string): Promise<T> {
  return new Promise((resolve, reject) => {
    let left = PIECES;
    const timer = setInterval(() => {
      left -= 1;
      if (left === 0) reject(unreachable(store, 'ETIMEDOUT', `it did not answer within ${limit / 1000} s`));
    }, limit / PIECES);
    work.then(resolve, reject).finally(() => clearInterval(timer));
  });
}
