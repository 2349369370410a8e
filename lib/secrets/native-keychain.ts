import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type OracleComputeError, systemErrorCode } from '../errors.js';
import { type KeychainRequest, unavailable } from './keychain.js';

export type { KeychainLine, KeychainRequest } from './keychain.js';

type Keytar = Pick<typeof import('keytar'), 'getPassword' | 'setPassword' | 'deletePassword'>;

/** The process that calls the keychain. */
export interface KeychainHost {
  /** Resolves packages from the program's folder. */
  readonly require: NodeJS.Require;
  readonly platform: NodeJS.Platform;
  readonly architecture: string;
  /** False on Linux with another C library, such as Alpine. */
  readonly hasGlibc: () => boolean;
}

/**
 * Calls the operating system's keychain through keytar. Runs in the helper process, because a call may never return,
 * and its native code may crash. Only this file loads keytar.
 *
 * For keytar, a locked entry does not exist, so `null` and `false` may mean either.
 *
 * @param asking runs immediately before the call
 * @throws OracleComputeError KEYCHAIN_UNAVAILABLE, with keytar's message if the keychain refuses
 */
export async function askNativeKeychain(
  request: KeychainRequest,
  host: KeychainHost,
  asking: () => void,
): Promise<string | boolean | null> {
  const keytar = loadKeytar(host);
  asking();
  try {
    return await answer(keytar, request);
  } catch (cause) {
    throw unavailable('refused', firstLine(cause));
  }
}

async function answer(keytar: Keytar, request: KeychainRequest): Promise<string | boolean | null> {
  const { service } = request;
  switch (request.operation) {
    case 'get':
      return keytar.getPassword(service, request.account);
    case 'set':
      await keytar.setPassword(service, request.account, request.password);
      return null;
    case 'delete':
      return keytar.deletePassword(service, request.account);
    case 'check':
      await keytar.getPassword(service, 'check');
      return null;
  }
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

/** keytar hides why its native addon did not load, so this loads the addon again to get the reason. */
function whyNotLoaded(folder: string, host: KeychainHost, cause: unknown): OracleComputeError {
  if (host.platform === 'linux' && !host.hasGlibc()) {
    return unavailable('no-build', 'keytar has no build for musl (Alpine)');
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
