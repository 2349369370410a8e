import { hostname } from 'node:os';
import type { Clock } from '../clock.js';
import type { FileOwner } from '../files/owner.js';
import type { StoreSettings } from '../store/open-remote-session.js';
import { type SharedStore, sharedStore } from '../store/shared-store.js';
import { checksum } from '../text.js';
import type { Sharing } from './session.js';
import { sharedForm } from './shared-form.js';
import type { ComputeStore, StoredSession } from './stored-session.js';

/**
 * A session of Oracle Compute that hosts share in a store, with a cookies file as this host's copy. Nothing of the
 * store is read or loaded as long as the copy is good enough.
 */
export function sharedSessionStore(
  copy: ComputeStore,
  place: { readonly endpoint: string; readonly user: string },
  settings: StoreSettings,
  deps: { readonly clock: Clock; readonly owner: FileOwner; readonly signal?: AbortSignal },
): SharedStore<StoredSession> {
  const form = sharedForm(place, deps.clock);
  return sharedStore(copy, {
    location: settings.address.text,
    isValid: form.isValid,
    isTrusted: async ({ storeKey }) => {
      if (storeKey === undefined) return true;
      const { readStoreKeys } = await import('../store/open-remote-session.js');
      return (await readStoreKeys(settings, deps.owner)).some(({ id }) => id === storeKey);
    },
    openRemoteSession: async () => {
      const { openRemoteSession } = await import('../store/open-remote-session.js');
      const names = [place.endpoint, place.user];
      return openRemoteSession(settings, { ...deps, names, form, lockOwner: hostname(), copy: copy.location });
    },
    ...deps,
  });
}

/** How hosts that share a store behave towards each other; undefined for a store of this host alone. */
export function sharingOf(store: ComputeStore, wait: number | undefined): Sharing | undefined {
  return isShared(store) ? sharing(store, wait) : undefined;
}

function isShared(store: ComputeStore): store is SharedStore<StoredSession> {
  return store.copyLocation !== undefined;
}

/** A host replaces a session of three hours two and a half to five minutes before its end. Milliseconds. */
const EARLIEST = 5 * 60_000;
const EARLIEST_PART = 12;

/**
 * How hosts that share a session behave towards each other.
 *
 * @param wait milliseconds to wait for another host to log in
 */
export function sharing(store: SharedStore<StoredSession>, wait: number | undefined): Sharing {
  // Another one for each host, and always the same for one.
  const share = Number.parseInt(checksum(`${hostname()} ${store.copyLocation}`), 16) / 2 ** 32;
  return {
    earlier: ({ startedAt, sessionExpiresAt }) =>
      Math.min(EARLIEST, (sessionExpiresAt - startedAt) / EARLIEST_PART) * (0.5 + share / 2),
    ...(wait !== undefined && {
      waitForSession: (refused) => store.waitForSession(wait, ({ token }) => token !== refused),
    }),
  };
}
