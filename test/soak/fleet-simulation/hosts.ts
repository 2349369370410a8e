import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../../lib/clock.js';
import { ComputeSession } from '../../../lib/compute/session.js';
import { sharedSessionStore, sharing } from '../../../lib/compute/shared-session.js';
import type { StoredSession } from '../../../lib/compute/stored-session.js';
import { createHttpClient } from '../../../lib/index.js';
import { memoryStore } from '../../../lib/session/store.js';
import { storeSettings } from '../../../lib/store/address.js';

/** What the hosts have in common. */
export interface Place {
  readonly endpoint: string;
  readonly user: string;
  readonly password: string;
  readonly store: { readonly passwordFile: string; readonly keyFile: string };
}

export interface Task {
  readonly open?: { readonly place: Place; readonly hosts: readonly number[] };
  /** Each host asks for a token that lives so many seconds, within so many seconds. */
  readonly pass?: { readonly minValid: number; readonly spread: number; readonly url: string };
}

export interface Passed {
  /** How long each host waited for its token, in milliseconds. */
  readonly waits: readonly number[];
  readonly failures: readonly string[];
  readonly tokens: readonly string[];
}

/** One in so many hosts has the password. */
const ABLE = 10;
const WAIT_FOR_SESSION = 60_000;
/** Of the first host, in milliseconds. */
const HEAD_START = 3000;

/** The hosts of one process. */
export function hostsOf({ open }: Task): (task: NonNullable<Task['pass']>) => Promise<Passed> {
  const { place, hosts } = open ?? { place: undefined, hosts: [] };
  if (!place) throw new Error('no hosts');
  const { endpoint, user } = place;
  const http = createHttpClient({ timeout: 30_000, clock: systemClock, userAgent: 'fleet-simulation' });
  const copies = hosts.map((host) => memoryStore<StoredSession>(`/host-${host}`, undefined));
  const sessionOf = (index: number, url: string) => {
    const settings = storeSettings({ ...place.store, url }, {});
    const copy = copies[index] ?? memoryStore<StoredSession>('', undefined);
    const uid = process.geteuid?.();
    const store = sharedSessionStore(copy, { endpoint, user }, settings, { clock: systemClock, owner: { uid } });
    const isAble = (hosts[index] ?? 0) % ABLE === 0;
    const password = isAble ? async () => place.password : undefined;
    const parts = { http, clock: systemClock, endpoint, user, store, password, wait: 60_000 };
    return new ComputeSession({ ...parts, sharing: sharing(store, WAIT_FOR_SESSION) });
  };
  return async ({ minValid, spread, url }) => {
    const [waits, failures, tokens] = [[] as number[], [] as string[], new Set<string>()];
    const pass = async (host: number, index: number) => {
      // One host begins: thousands that wait for a session would ask the server several times a second each.
      if (host > 0) await wait(HEAD_START + Math.random() * spread * 1000);
      const started = performance.now();
      try {
        tokens.add(await sessionOf(index, url).cookie({ minValidSeconds: minValid }));
      } catch (error) {
        failures.push(String(error));
      }
      waits.push(performance.now() - started);
    };
    await Promise.all(hosts.map(pass));
    return { waits, failures, tokens: [...tokens] };
  };
}
