import type { Clock } from '../clock.js';
import type { FileOwner, FileReader } from '../files/owner.js';
import { followLinks, statOf } from '../files/paths.js';
import { trustedAuthorities } from '../http/trust.js';
import { readPasswordFile } from '../secrets/password-file.js';
import type { SessionTimes } from '../session/lifetimes.js';
import type { StoreAddress } from './address.js';
import type { StoreAccess } from './connection.js';
import { type EncryptionKey, parseKeyFile, type SharedForm } from './encryption.js';
import { sessionKeys } from './redis-server.js';
import { RemoteSession } from './remote-session.js';

/** A store as its user names it. */
export interface StoreSettings {
  readonly address: StoreAddress;
  /** The server's password; undefined for a server without one. */
  readonly passwordFile: string | undefined;
  /** The keys that encrypt what is kept. */
  readonly keyFile: string;
  /** Gives PEM text of certificate authorities to trust besides the usual ones. */
  readonly certificateAuthorities: () => Promise<string | undefined>;
  /** The path in NODE_EXTRA_CA_CERTS. */
  readonly extraAuthoritiesFile: string | undefined;
}

export interface OpenRemoteSessionOptions<S extends SessionTimes> {
  /** Whose session it is: an endpoint and a user. */
  readonly names: readonly string[];
  readonly form: SharedForm<S>;
  readonly owner: FileOwner;
  readonly clock: Clock;
  /** Who takes the lock, for the people who look at the store. */
  readonly lockOwner: string;
  /** The path of this host's copy, beside which it remembers logouts; undefined if it does not. */
  readonly copy?: string;
  readonly signal?: AbortSignal;
}

/**
 * Reads what it takes to ask a server for one session. All of it may be rotated while a process runs, so this is done
 * anew for each piece of work.
 *
 * @throws OracleComputeError as `readPasswordFile` and `readKeyFile`
 */
export async function openRemoteSession<S extends SessionTimes>(
  settings: StoreSettings,
  options: OpenRemoteSessionOptions<S>,
): Promise<RemoteSession<S>> {
  const { form, clock, lockOwner, copy, owner, signal } = options;
  const keys = sessionKeys(...options.names);
  const reader = { ...owner, ...(signal && { signal }) };
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
    ...(signal && { signal }),
  });
}

/** What it takes to connect. */
export async function storeAccess(settings: StoreSettings, reader: FileReader): Promise<StoreAccess> {
  const { address, passwordFile, certificateAuthorities, extraAuthoritiesFile } = settings;
  return {
    address,
    password: passwordFile === undefined ? undefined : await readSecret(passwordFile, reader),
    authorities: address.isEncrypted
      ? await trustedAuthorities(await certificateAuthorities(), extraAuthoritiesFile)
      : undefined,
  };
}

/** The keys as the key file has them now. @throws OracleComputeError as `readPasswordFile`, STORE_KEY_FILE_MALFORMED */
export async function readStoreKeys(
  { keyFile }: StoreSettings,
  reader: FileReader,
): Promise<[EncryptionKey, ...EncryptionKey[]]> {
  return parseKeyFile(await readSecret(keyFile, reader), keyFile);
}

/** What pipes gave, by their paths: they give it once. */
const piped = new Map<string, string>();

async function readSecret(path: string, reader: FileReader): Promise<string> {
  const secret = piped.get(path) ?? (await readPasswordFile(path, reader));
  if (statOf(path)?.isFIFO()) piped.set(path, secret);
  return secret;
}
