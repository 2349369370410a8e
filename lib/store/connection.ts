import { isIP } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { createClient } from '@redis/client';
import { isOracleComputeError, OracleComputeError, systemErrorCode } from '../errors.js';
import { connectionProblem } from '../http/failure.js';
import type { Server, StoreAddress } from './address.js';
import { damaged } from './encryption.js';

/** Larger than any expected reply. */
const MAX_REPLY_BYTES = 512 * 1024;

/** The time limit for a connection, and for each reply. Milliseconds. */
const SERVER_LIMIT = 2000;

export interface StoreAccess {
  readonly address: StoreAddress;
  readonly password: string | undefined;
  /** undefined for Node's defaults. */
  readonly trust: SecureContext | undefined;
}

export type Reply = string | number | null | readonly Reply[];

/** A connection to a server. After an error it is closed. */
export interface Connection {
  /** @throws OracleComputeError STORE_UNREACHABLE, STORE_REFUSED, STORE_VALUE_DAMAGED */
  send(...words: readonly string[]): Promise<Reply>;
  close(): void;
}

/**
 * Connects to the primary: the server of the address, or the one that its sentinels name. The client neither reconnects
 * nor queues: requests in the queue of a dead connection would end ten seconds after a failover.
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
 * Asks the sentinels in turn for the primary, and uses the first server that can be reached and is not a replica: a
 * sentinel that does not know of a failover names the old primary.
 */
async function connectToPrimary(access: StoreAccess, name: string): Promise<Connection> {
  const { servers, text } = access.address;
  const tried = new Set<string>();
  let failure: unknown;
  for (const sentinel of servers) {
    try {
      const server = await askSentinel(access, sentinel, name, SERVER_LIMIT / servers.length);
      const address = `${server.host} ${server.port}`;
      if (tried.has(address)) continue;
      tried.add(address);
      const connection = await connectTo(access, server, SERVER_LIMIT);
      if (!(await isReplica(connection))) return connection;
      connection.close();
      throw unreachable(text, 'READONLY', 'its sentinels name a replica');
    } catch (error) {
      // A server's refusal tells more than another one that cannot be reached.
      if (failure === undefined || isOutOfReach(failure)) failure = storeFailure(error, text);
    }
  }
  throw storeFailure(failure, text);
}

/** No ACL can forbid HELLO. */
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
      throw unreachable(store, 'UNKNOWN_PRIMARY', `a sentinel does not know the primary ${name}`);
    }
    const [host, port] = reply;
    return { host: String(host), port: Number(port) };
  } finally {
    connection.close();
  }
}

/** Sentinels have their own users, or none: the password is sent only if a sentinel requires one. */
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
  { address, password, trust }: StoreAccess,
  server: Server,
  limit: number,
  { database = address.database } = {},
): Promise<Connection> {
  // The client's own time limit (0: none) includes time in which this process did not run, and leaves a socket that is
  // still connecting open.
  const ended = new AbortController();
  const transport = { ...server, connectTimeout: 0, signal: ended.signal, reconnectStrategy: false as const };
  const named = isIP(server.host) === 0 && { servername: server.host };
  const client = (await loadTemplate()).duplicate({
    socket: address.isEncrypted
      ? // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the user's shell does not switch verification off.
        { ...transport, ...named, tls: true, rejectUnauthorized: true, secureContext: trust }
      : transport,
    password,
    username: password === undefined ? undefined : address.user,
    database,
  });
  client.on('error', () => undefined);
  const close = () => {
    if (client.isOpen) client.destroy();
    ended.abort();
  };
  let received = 0;
  // The client has no limit for a reply. This listener sees the data before the client does.
  const socket = client._ejectSocket();
  socket.on('data', ({ length }: Buffer) => {
    received += length;
    if (received > MAX_REPLY_BYTES) close();
  });
  client._insertSocket(socket);
  const within = async <T>(work: Promise<T>): Promise<T> => {
    received = 0;
    try {
      return await inTime(work, limit, address.text);
    } catch (error) {
      close();
      const isTooLong = received > MAX_REPLY_BYTES;
      throw storeFailure(
        isTooLong ? unreachable(address.text, 'TOO_LONG', 'its reply is too long') : error,
        address.text,
      );
    }
  };
  await within(client.connect());
  return { send: (...words) => within(client.sendCommand<Reply>([...words])), close };
}

type Template = ReturnType<typeof createClient<Record<string, never>, Record<string, never>, Record<string, never>, 2>>;

/**
 * A client that never connects: for each client that is not a duplicate, the library builds a class of all commands.
 */
const loadTemplate = once(async (): Promise<Template> => {
  // Loaded with the first connection: it takes longer than a command that does not need one.
  const { createClient } = await import('@redis/client');
  return createClient({
    // No command that the session does not need: the ACL may not allow it.
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

/** The time limit in pieces: a process that did not run for a while must not blame the server. */
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
 * Error replies that are permanent: a wrong password, the ACL, a cluster, an unknown command. With every other one the
 * server cannot answer now: it starts, fails over, is full or busy.
 */
const REFUSALS = new Set(['ERR', 'WRONGPASS', 'NOAUTH', 'NOPERM', 'DENIED', 'NOPROTO', 'MOVED', 'ASK', 'CROSSSLOT']);
/** This temporary error has no kind of its own. */
const TOO_MANY = /^ERR max number of clients/;

const REASONS: Record<string, string> = {
  WRONGPASS: 'it refuses the user or the password',
  NOAUTH: 'it asks for a password',
  NOPERM: 'its ACL does not allow this user to do that',
  MOVED: 'it is part of a cluster',
  ASK: 'it is part of a cluster',
};

/**
 * The OracleComputeError for an error of the client. It has no `cause`: the client's errors may hold the password.
 *
 * @param store the server's address
 */
function storeFailure(error: unknown, store: string): OracleComputeError {
  if (error instanceof OracleComputeError) return error;
  const kind = kindOfReply(error);
  if (kind === undefined) return connectionFailure(error, store);
  if (kind === 'WRONGTYPE') return damaged(store, 'it is not text');
  if (!REFUSALS.has(kind)) return unreachable(store, kind);
  const reason = REASONS[kind] ?? 'it refuses the request';
  return new OracleComputeError('STORE_REFUSED', `${store} cannot be used: ${reason} (${kind})`, { store, kind });
}

/** The first word of an error reply is its kind (RESP, simple errors). */
function kindOfReply(error: unknown): string | undefined {
  const isReply = error instanceof Error && /^(?:Simple|Blob)Error$/.test(error.constructor.name);
  if (!isReply) return undefined;
  if (TOO_MANY.test(error.message)) return 'MAXCLIENTS';
  return /^[A-Z]{3,20}(?= |$)/.exec(error.message)?.[0] ?? 'ERR';
}

/** The error for a failed connection, by the code of the system or of TLS. */
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

/** Is the server out of reach for now, so that a host goes on with its copy? */
export function isOutOfReach(error: unknown): boolean {
  return isOracleComputeError(error, 'STORE_UNREACHABLE', 'STORE_TLS_FAILED');
}
