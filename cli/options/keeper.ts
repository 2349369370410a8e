import { ComputeClient } from '../../lib/compute/client/client.js';
import { SessionKeeper } from '../../lib/compute/session-keeper.js';
import type { ComputeStore } from '../../lib/compute/stored-session.js';
import { parseDuration } from '../../lib/session/duration.js';
import type { World } from '../world/world.js';
import { type GeneralOptions, httpClient, noteTo, timeoutOf } from './general.js';
import type { StoreOptions } from './store/settings.js';

/** Longer than a dead process's lock can live, so that a short --timeout does not make such a lock an error. */
const SHORTEST_WAIT = 15_000;

/** The client of one endpoint, as the options have it. */
export async function computeClient(endpoint: string, options: GeneralOptions, world: World): Promise<ComputeClient> {
  return new ComputeClient(await httpClient(options, world), endpoint);
}

/** The keeper of one stored session, as the options have it. */
export async function sessionKeeper(
  place: { readonly endpoint: string; readonly user: string },
  store: ComputeStore,
  options: StoreOptions,
  world: World,
): Promise<SessionKeeper> {
  const wait = options.waitSession === undefined ? undefined : parseDuration(options.waitSession);
  const sharing =
    store.copyLocation === undefined
      ? undefined
      : (await import('../../lib/compute/shared-session.js')).sharingOf(store, wait);
  return new SessionKeeper({
    client: await computeClient(place.endpoint, options, world),
    store,
    clock: world.clock,
    user: place.user,
    // The holder may use up its own time limit before our turn comes.
    wait: Math.max(2 * timeoutOf(options), SHORTEST_WAIT),
    signal: world.interruption,
    note: noteTo(options, world),
    ...(sharing && { sharing }),
  });
}
