import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OracleComputeError, systemErrorCode } from '../errors.js';
import { type KeychainRequest, unavailable } from './keychain-exchange.js';
import { hasLockedEntry, secretServiceState } from './secret-service.js';

type Keytar = Pick<typeof import('keytar'), 'getPassword' | 'setPassword' | 'deletePassword'>;

/** The process that asks the keychain. */
export interface KeychainHost {
  /** Loads packages as seen from the program's folder. */
  readonly require: NodeJS.Require;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly architecture: string;
  /** False on a Linux with another C library than glibc, as Alpine is. */
  readonly hasGlibc: () => boolean;
}

/**
 * Asks the operating system's keychain by keytar: the only file that loads it. Runs in the keychain's helper, because a
 * call may never return and its native code may take the process down.
 *
 * @param asking runs right before the keychain is asked
 * @throws OracleComputeError KEYCHAIN_LOCKED, KEYCHAIN_UNAVAILABLE
 */
export async function askNativeKeychain(
  request: KeychainRequest,
  host: KeychainHost,
  asking: () => void,
): Promise<string | boolean | null> {
  const keytar = loadKeytar(host);
  asking();
  try {
    return await answer(keytar, request, host);
  } catch (cause) {
    throw cause instanceof OracleComputeError ? cause : await explain(cause, host);
  }
}

async function answer(keytar: Keytar, request: KeychainRequest, host: KeychainHost): Promise<string | boolean | null> {
  const { service } = request;
  switch (request.operation) {
    case 'get': {
      const { account } = request;
      const password = await keytar.getPassword(service, account);
      if (password === null) await requireUnlocked(host, { service, account });
      return password;
    }
    case 'set':
      await keytar.setPassword(service, request.account, request.password);
      return null;
    case 'delete': {
      const { account } = request;
      const deleted = await keytar.deletePassword(service, account);
      if (!deleted) await requireUnlocked(host, { service, account });
      return deleted;
    }
    case 'check':
      if (host.platform === 'linux') await requireOpen(host);
      else await keytar.getPassword(service, 'check');
      return null;
  }
}

/** A locked entry whose dialog was dismissed, or could not be shown, looks to keytar like none. */
async function requireUnlocked(host: KeychainHost, attributes: Readonly<Record<string, string>>): Promise<void> {
  if (host.platform !== 'linux') return;
  const isLocked = await hasLockedEntry(host.env, attributes).catch(() => false);
  if (isLocked) throw locked('the keychain is locked');
}

async function requireOpen(host: KeychainHost): Promise<void> {
  const failure = await failureOfSecretService(host);
  if (failure) throw failure;
}

/** keytar's errors are texts in the user's language, so the reason is looked for where it can be asked for. */
async function explain(cause: unknown, host: KeychainHost): Promise<OracleComputeError> {
  const text = firstLine(cause);
  if (host.platform === 'linux') return (await failureOfSecretService(host)) ?? unavailable('refused', text);
  // errSecInteractionNotAllowed: a locked keychain where no dialog can be shown, as under ssh.
  if (host.platform === 'darwin' && /interaction is not allowed/i.test(text)) return locked('the keychain is locked');
  return unavailable('refused', text);
}

async function failureOfSecretService(host: KeychainHost): Promise<OracleComputeError | undefined> {
  switch (await secretServiceState(host.env).catch(() => 'open')) {
    case 'no-session-bus':
      return unavailable('no-session-bus', 'there is no D-Bus session');
    case 'no-secret-service':
      return unavailable('no-secret-service', 'nothing in the D-Bus session keeps secrets');
    case 'no-collection':
      return locked('the keychain was never opened: it has no keyring for passwords');
    case 'locked':
      return locked('the keychain is locked');
    default:
      return undefined;
  }
}

function locked(message: string): OracleComputeError {
  return new OracleComputeError('KEYCHAIN_LOCKED', message, {});
}

function loadKeytar(host: KeychainHost): Keytar {
  let folder: string;
  try {
    folder = dirname(host.require.resolve('keytar/package.json'));
  } catch {
    throw unavailable('not-installed', 'the optional package keytar is not installed');
  }
  try {
    return host.require('keytar') as Keytar;
  } catch (cause) {
    throw whyNotLoaded(folder, host, cause);
  }
}

/** keytar hides why its native part did not load: so that is tried once more, to hear the reason. */
function whyNotLoaded(folder: string, host: KeychainHost, cause: unknown): OracleComputeError {
  if (host.platform === 'linux' && !host.hasGlibc()) {
    return unavailable('no-build', 'keytar has no build that loads on musl, as Alpine has it');
  }
  const platform = `${host.platform}-${host.architecture}`;
  const builds = [join(folder, 'build', 'Release'), join(folder, 'prebuilds', platform)]
    .map((place) => join(place, 'keytar.node'))
    .filter(existsSync);
  if (builds.length === 0) return unavailable('no-build', `keytar has no build for ${platform}`);
  for (const build of builds) {
    try {
      host.require(build);
    } catch (error) {
      if (systemErrorCode(error) === 'ERR_DLOPEN_FAILED') return unavailable('no-library', firstLine(error));
    }
  }
  return unavailable('refused', firstLine(cause));
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split(/\r?\n/)[0] ?? '';
}
