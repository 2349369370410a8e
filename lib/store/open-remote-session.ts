import type { Clock } from '../clock.js';
import type { FileOwner, FileReader } from '../files/owner.js';
import { followLinks, statOf } from '../files/paths.js';
import { trustOf } from '../http/trust.js';
import { readPasswordFile } from '../secrets/password-file.js';
import type { SessionTimes } from '../session/lifetimes.js';
import type { StoreSettings } from './address.js';
import type { StoreAccess } from './connection.js';
import { type EncryptionKey, parseKeyFile, type SharedForm } from './encryption.js';
import { sessionKeys } from './redis-server.js';
import { RemoteSession } from './remote-session.js';

interface OpenRemoteSessionOptions<S extends SessionTimes> {
  /** The session's endpoint and user. */
  readonly names: readonly string[];
  readonly form: SharedForm<S>;
  readonly owner: FileOwner;
  readonly clock: Clock;
  /** Names this process, for people who look at the store. */
  readonly lockOwner: string;
  /** The path of this host's copy. Logouts are remembered beside it; without it they are not. */
  readonly copy?: string;
  readonly signal?: AbortSignal;
}

/**
 * Reads password, keys and authorities for the requests about one session. Each may change while a process runs, so
 * this is called for each operation.
 *
 * @throws OracleComputeError as `readPasswordFile` and `readStoreKeys`
 */
export async function openRemoteSession<S extends SessionTimes>(
  settings: StoreSettings,
  options: OpenRemoteSessionOptions<S>,
): Promise<RemoteSession<S>> {
  const { form, clock, lockOwner, copy, owner, signal } = options;
  const keys = sessionKeys(...options.names);
  const reader = { ...owner, signal };
  return new RemoteSession({
    access: await storeAccess(settings, reader),
    keys,
    encryption: {
      keyName: keys.value,
      keys: await readStoreKeys(settings, reader),
      store: settings.address.text,
    },
    form,
    memory: copy === undefined ? undefined : { path: `${followLinks(copy)}.ended`, owner },
    clock,
    owner: lockOwner,
    signal,
  });
}

/** Reads what a connection needs. @throws OracleComputeError as `readPasswordFile` */
export async function storeAccess(settings: StoreSettings, reader: FileReader): Promise<StoreAccess> {
  const { address, passwordFile, certificateAuthorities, extraAuthoritiesFile } = settings;
  return {
    address,
    password: passwordFile === undefined ? undefined : await readSecret(passwordFile, reader),
    trust: address.isEncrypted ? await trustOf(await certificateAuthorities?.(), extraAuthoritiesFile) : undefined,
  };
}

/** Reads the key file. @throws OracleComputeError as `readPasswordFile`, STORE_KEY_FILE_MALFORMED */
export async function readStoreKeys(
  { keyFile }: StoreSettings,
  reader: FileReader,
): Promise<[EncryptionKey, ...EncryptionKey[]]> {
  return parseKeyFile(await readSecret(keyFile, reader), keyFile);
}

/** The contents of pipes, by path: a pipe can be read only once. */
const piped = new Map<string, string>();

async function readSecret(path: string, reader: FileReader): Promise<string> {
  const secret = piped.get(path) ?? (await readPasswordFile(path, reader));
  if (statOf(path)?.isFIFO()) piped.set(path, secret);
  return secret;
}
