import { secretFilePath } from '../../lib/secrets/password-file.js';
import type { StoreSettings } from '../../lib/store/open-remote-session.js';
import { STORE_KEY_VARIABLE, STORE_PASSWORD_VARIABLE } from '../options/store/settings.js';

/** The store of the present line, as flags of an entry. */
export function storeFlags(store: StoreSettings | undefined): readonly string[] {
  return store ? ['--store', store.address.text] : [];
}

/**
 * What has no flag: the files of a store.
 *
 * @param path makes a path absolute
 */
export function storeEnvironment(
  store: StoreSettings | undefined,
  path: (given: string) => string,
): ReadonlyArray<readonly [string, string]> {
  if (!store) return [];
  const password = store.passwordFile;
  return [
    [STORE_KEY_VARIABLE, secretFilePath(store.keyFile, path(store.keyFile))],
    ...(password === undefined ? [] : [[STORE_PASSWORD_VARIABLE, secretFilePath(password, path(password))] as const]),
  ];
}
