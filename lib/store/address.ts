import { OracleComputeError } from '../errors.js';
import { isLoopback } from '../http/client.js';

export interface Server {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** The address of the server in which hosts share a session. */
export interface StoreAddress {
  /** The address, for messages. It never holds a password. */
  readonly text: string;
  readonly isEncrypted: boolean;
  /** The server itself, or its sentinels. */
  readonly servers: readonly Server[];
  /** The sentinels' name for the primary; undefined without sentinels. */
  readonly primaryName: string | undefined;
  readonly database: number;
  /** A user of the server's ACL; undefined for its default user. */
  readonly user: string | undefined;
}

const FORM = 'rediss://[user@]host[:port][/db], or rediss+sentinel://host[:port],…/name[/db]';
const PORTS = { redis: 6379, rediss: 6379, 'rediss+sentinel': 26379 } as const;
const ADDRESS = /^(rediss?|rediss\+sentinel):\/\/(?:([^@]*)@)?([^/?#@]+)(?:\/([^?#@]*))?$/;

/**
 * Parses the address of a store. `redis://`, without TLS, is for this machine only, unless `allowPlain`.
 *
 * @throws OracleComputeError STORE_ADDRESS_MALFORMED (without the text, which may hold a password), STORE_ADDRESS_INSECURE
 */
export function parseStoreAddress(given: string, { allowPlain = false } = {}): StoreAddress {
  const [, scheme = '', userInfo, hosts = '', path = ''] = ADDRESS.exec(given.trim()) ?? [];
  if (!isScheme(scheme)) throw malformed(`it has the form ${FORM}`);
  if (userInfo?.includes(':')) throw malformed('a password does not belong in it');
  const user = decodeUser(userInfo);
  const [database, primaryName] = readPath(path, scheme === 'rediss+sentinel');
  const servers = hosts.split(',').map((host) => readServer(host, PORTS[scheme]));
  if (servers.length > 1 && primaryName === undefined) throw malformed('only sentinels can have several hosts');
  const text = `${scheme}://${userInfo ? `${userInfo}@` : ''}${hosts}${path === '' ? '' : `/${path}`}`;
  const isEncrypted = scheme !== 'redis';
  if (
    !isEncrypted &&
    !allowPlain &&
    !servers.every(({ host }) => isLoopback(host.includes(':') ? `[${host}]` : host))
  ) {
    throw new OracleComputeError(
      'STORE_ADDRESS_INSECURE',
      `${text} is not encrypted: the server's password would be sent in clear`,
      {
        store: text,
      },
    );
  }
  return { text, isEncrypted, servers, primaryName, database, user };
}

function isScheme(text: string): text is keyof typeof PORTS {
  return Object.hasOwn(PORTS, text);
}

function decodeUser(userInfo: string | undefined): string | undefined {
  if (!userInfo) return undefined;
  let user: string;
  try {
    user = decodeURIComponent(userInfo);
  } catch {
    throw malformed('its user is not URL-encoded');
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are refused
  if (/[\s\u0000-\u001f\u007f]/.test(user)) throw malformed('a user name has no blanks');
  return user;
}

function readPath(path: string, hasName: boolean): [database: number, primaryName: string | undefined] {
  const parts = path === '' ? [] : path.replace(/\/$/, '').split('/');
  const primaryName = hasName ? parts.shift() : undefined;
  if (hasName && !/^[\w.-]+$/.test(primaryName ?? '')) throw malformed('sentinels need the name of the primary');
  const [database = '0', ...rest] = parts;
  if (rest.length > 0 || !/^\d{1,5}$/.test(database)) throw malformed('its database is a number');
  return [Number(database), primaryName];
}

function readServer(text: string, usualPort: number): Server {
  const [, name = '', port] = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const number = port === undefined ? usualPort : Number(port);
  if (name === '' || number < 1 || number > 65_535) throw malformed(`it has the form ${FORM}`);
  return { host: name.replace(/^\[|\]$/g, ''), port: number };
}

function malformed(reason: string): OracleComputeError {
  return new OracleComputeError('STORE_ADDRESS_MALFORMED', `the address of the store cannot be used: ${reason}`, {
    reason,
  });
}
