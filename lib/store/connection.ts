import { isIP } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { createClient } from '@redis/client';
import { isOracleComputeError, OracleComputeError, systemErrorCode } from '../errors.js';
import { connectionProblem } from '../http/failure.js';
import type { Server, StoreAddress } from './address.js';

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

/**
 * Kinds of replies that no later attempt changes: a wrong password, an ACL, another sort of server, a command that it does
 * not know. Every other kind is of a server that cannot do it now: it starts, fails over, is full or busy.
 */
const REFUSALS = new Set(['ERR', 'WRONGPASS', 'NOAUTH', 'NOPERM', 'DENIED', 'NOPROTO', 'MOVED', 'ASK', 'CROSSSLOT']);
/** `ERR` says everything that has no kind of its own, this too. */
const TOO_MANY = /^ERR max number of clients/;

const REASONS: Record<string, string> = {
  WRONGPASS: 'it refuses the user or the password',
  NOAUTH: 'it asks for a password',
  NOPERM: 'its ACL does not allow this user what is needed',
  MOVED: 'it is part of a cluster',
  ASK: 'it is part of a cluster',
};

/**
 * Our own error for what went wrong with a server. The client's objects hold the password and do not travel on.
 *
 * @param store the server's address
 */
export function storeFailure(error: unknown, store: string): OracleComputeError {
  if (error instanceof OracleComputeError) return error;
  const kind = kindOfReply(error);
  if (kind === undefined) return connectionFailure(error, store);
  if (kind === 'WRONGTYPE') {
    const message = `what ${store} keeps in this session's place is damaged: it is not text`;
    return new OracleComputeError('STORE_VALUE_DAMAGED', message, { store });
  }
  if (!REFUSALS.has(kind)) return unreachable(store, kind);
  const reason = REASONS[kind] ?? 'it does not do what is asked of it';
  return new OracleComputeError('STORE_REFUSED', `${store} cannot be used: ${reason} (${kind})`, { store, kind });
}

/** The first word of an error reply is its kind (RESP, simple errors). */
function kindOfReply(error: unknown): string | undefined {
  const isReply = error instanceof Error && /^(?:Simple|Blob)Error$/.test(error.constructor.name);
  if (!isReply) return undefined;
  if (TOO_MANY.test(error.message)) return 'MAXCLIENTS';
  return /^[A-Z]{3,20}(?= |$)/.exec(error.message)?.[0] ?? 'ERR';
}

/** What a connection came to, by the code of the system or of TLS. */
function connectionFailure(error: unknown, store: string): OracleComputeError {
  const words = error instanceof Error ? error.message : '';
  const { cause, reason, isTls } = connectionProblem(systemErrorCode(error), words);
  if (!isTls) return unreachable(store, cause, reason);
  const message = `no trusted connection to ${store}: ${reason}`;
  return new OracleComputeError('STORE_TLS_FAILED', message, { store, cause });
}

export function unreachable(store: string, cause: string, reason = `it answers ${cause}`): OracleComputeError {
  return new OracleComputeError('STORE_UNREACHABLE', `${store} cannot be reached: ${reason}`, { store, cause });
}

/** True where the server is out of reach for now: what a host has of its own goes on serving. */
export function isOutOfReach(error: unknown): boolean {
  return isOracleComputeError(error, 'STORE_UNREACHABLE', 'STORE_TLS_FAILED');
}
