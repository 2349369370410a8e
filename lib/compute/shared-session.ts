import { hostname } from 'node:os';
import type { Clock } from '../clock.js';
import type { FileOwner } from '../files/owner.js';
import { COMPUTE_LIFETIMES, isInstant, limitTimes, MOST_AHEAD, stateOf } from '../session/lifetimes.js';
import type { StoreSettings } from '../store/address.js';
import type { SharedForm } from '../store/encryption.js';
import { type SharedStore, sharedStore } from '../store/shared-store.js';
import { checksum } from '../text.js';
import type { Sharing } from './session.js';
import {
  type ComputeStore,
  readExpirySource,
  type StoredSession,
  serviceTime,
  serviceTimes,
} from './stored-session.js';
import { isUsableToken } from './token/token.js';

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
  const store = settings.address.text;
  const form = sharedForm(place, deps.clock, store);
  return sharedStore(copy, {
    location: store,
    isValid: form.isValid,
    isKnown: ({ sharedIn }) => sharedIn === store,
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

/** The largest difference between two clocks that agree. Milliseconds. */
const CLOCKS_AGREE = 15 * 60_000;

/**
 * A session of Oracle Compute as hosts share it. Instants are the service's. How far its clock is ahead is kept against
 * the server's clock, which every host can compare with its own: so one whose clock is wrong by minutes knows the time.
 */
export function sharedForm(
  { endpoint, user }: { readonly endpoint: string; readonly user: string },
  clock: Clock,
  store: string,
): SharedForm<StoredSession> {
  const now = (session: StoredSession) => serviceTime(session, clock);
  return {
    latestEnd: () => clock.now() + COMPUTE_LIFETIMES.session + MOST_AHEAD,
    encode: (session, serverAhead) => {
      const { clockOffset: _clockOffset, uptime: _uptime, storeKey: _storeKey, ...kept } = session;
      const { sharedIn: _sharedIn, earlierTokens: _earlierTokens, ...shared } = kept;
      return { ...shared, serviceAhead: now(session) - clock.now() - serverAhead };
    },
    decode: (body, serverAhead, storeKey, own) => {
      const { token, serviceAhead, startedAt, issuedAt, tokenExpiresAt, sessionExpiresAt } = body;
      if (body.endpoint !== endpoint || body.user !== user) return undefined;
      if (!isInstant(serviceAhead) || Math.abs(serviceAhead) > MOST_AHEAD) return undefined;
      if (typeof token !== 'string' || !isUsableToken(token)) return undefined;
      if (!isInstant(startedAt) || !isInstant(issuedAt)) return undefined;
      if (!isInstant(tokenExpiresAt) || !isInstant(sessionExpiresAt)) return undefined;
      const time = believed(clock.now() + serviceAhead + serverAhead, own, clock);
      const kept = { startedAt, issuedAt, tokenExpiresAt, sessionExpiresAt };
      const times = limitTimes(COMPUTE_LIFETIMES, kept, issuedAt - time > CLOCKS_AGREE ? time : undefined);
      const running = clock.sinceBoot?.();
      return {
        endpoint,
        user,
        token,
        ...times,
        expirySource: readExpirySource(body.expirySource),
        clockOffset: Math.round(time - clock.now()),
        // From here on a change of this host's clock does no harm.
        ...(running && { uptime: { ...running, milliseconds: running.milliseconds - (time - times.issuedAt) } }),
        storeKey,
        sharedIn: store,
      };
    },
    isValid: (session) => stateOf(session, now(session)) === 'valid',
    now,
    tokenOf: ({ token }) => token,
    startedAt: ({ startedAt }) => startedAt,
    keyOf: ({ storeKey }) => storeKey,
    noteKnown: (session) => (session.sharedIn === store ? undefined : { ...session, sharedIn: store }),
  };
}

/** The service's time by the store. A copy that is good tells the time, too, and the store must not contradict it. */
function believed(said: number, own: StoredSession | undefined, clock: Clock): number {
  const known = own && stateOf(own, serviceTime(own, clock)) === 'valid' ? serviceTimes(own, clock) : [said];
  return known.some((time) => Math.abs(time - said) <= CLOCKS_AGREE) ? said : (known[0] ?? said);
}
