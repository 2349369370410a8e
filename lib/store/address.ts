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

/** A store on Redis or Valkey that hosts share sessions in. */
export interface SessionStoreOptions {
  /** `rediss://[user@]host[:port][/db]`, or `rediss+sentinel://h1,h2,h3/name[/db]`. Without TLS to this machine only. */
  readonly url: string;
  /** Allows `redis://`, without TLS, to other machines. */
  readonly allowPlain?: boolean;
  /** The server's password, in a file that only its owner can read. */
  readonly passwordFile?: string;
  /** The keys that encrypt the session, in such a file: one a line, the first encrypts, every one opens. */
  readonly keyFile: string;
  /** Gives PEM text of certificate authorities to trust besides the usual ones, for each connection. */
  readonly certificateAuthorities?: () => Promise<string | undefined>;
  /** Milliseconds to wait for another host to log in, if there is no session and no password. */
  readonly waitForSession?: number;
}

/** A store, checked. */
export interface StoreSettings extends Omit<SessionStoreOptions, 'url' | 'allowPlain' | 'waitForSession'> {
  readonly address: StoreAddress;
  /** The path in NODE_EXTRA_CA_CERTS. */
  readonly extraAuthoritiesFile?: string;
}

/**
 * Checks the address of a store.
 *
 * @param certificateAuthorities of the program, if the store has none of its own
 * @throws OracleComputeError as `parseStoreAddress`
 */
export function storeSettings(
  { url, allowPlain, waitForSession: _, ...files }: SessionStoreOptions,
  env: Readonly<Record<string, string | undefined>>,
  certificateAuthorities?: string,
): StoreSettings {
  return {
    certificateAuthorities: async () => certificateAuthorities,
    ...files,
    address: parseStoreAddress(url, { allowPlain }),
    extraAuthoritiesFile: env.NODE_EXTRA_CA_CERTS,
  };
}

const FORM = 'rediss://[user@]host[:port][/db], or rediss+sentinel://host[:port],…/name[/db]';
const PORTS = { redis: 6379, rediss: 6379, 'rediss+sentinel': 26379 } as const;
const ADDRESS = /^(rediss?|rediss\+sentinel):\/\/(?:([^@]*)@)?([^/?#@]+)(?:\/([^?#@]*))?$/;

/**
 * Parses the address of a store. `redis://`, without TLS, is for this machine only, unless `allowPlain`.
 *
 * @throws OracleComputeError STORE_ADDRESS_MALFORMED (without the text, which may hold a password),
 *   STORE_ADDRESS_INSECURE
 */
export function parseStoreAddress(given: string, { allowPlain = false } = {}): StoreAddress {
  const [, scheme = '', userInfo, hosts = '', path = ''] = ADDRESS.exec(given.trim()) ?? [];
  if (!isScheme(scheme)) throw malformed(`expected ${FORM}`);
  if (userInfo?.includes(':')) throw malformed('it must not contain a password');
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
  if (/[\s\u0000-\u001f\u007f]/.test(user)) throw malformed('the user must not contain spaces');
  return user;
}

function readPath(path: string, hasName: boolean): [database: number, primaryName: string | undefined] {
  const parts = path === '' ? [] : path.replace(/\/$/, '').split('/');
  const primaryName = hasName ? parts.shift() : undefined;
  if (hasName && !/^[\w.-]+$/.test(primaryName ?? '')) throw malformed('sentinels need the name of the primary');
  const [database = '0', ...rest] = parts;
  if (rest.length > 0 || !/^\d{1,5}$/.test(database)) throw malformed('its database must be a number');
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
