import { onTestFinished } from 'vitest';
import type { RedisServer } from '../../fixtures/redis/server.js';
import { systemClock } from '../../lib/clock.js';
import { sharedForm } from '../../lib/compute/shared-form.js';
import { sessionKeys } from '../../lib/store/engine/engine.js';
import { parseKeyLine, type SealKey } from '../../lib/store/seal/seal.js';
import { openValue } from '../../lib/store/seal/shared-value.js';
import type { Fleet, Host } from './fleet.js';

export interface Life {
  /** How often a host used the session. */
  readonly uses: number;
  readonly failures: readonly unknown[];
}

/**
 * Lets every host use the session over and over, by as many processes as are said, until `isDone`. What fails is noted,
 * and the host goes on.
 */
export async function live(hosts: readonly Host[], processes: number, isDone: () => boolean): Promise<Life> {
  const failures: unknown[] = [];
  let uses = 0;
  const process = async (host: Host) => {
    while (!isDone()) {
      uses += 1;
      await host.use().catch((error: unknown) => failures.push(error));
      await systemClock.sleep(200 + Math.random() * 600);
    }
  };
  await Promise.all(hosts.flatMap((host) => Array.from({ length: processes }, () => process(host))));
  return { uses, failures };
}

export interface Watch {
  /** How many sessions the engine was seen to have, one after the other. */
  readonly tokens: number;
  /** How often an older one stood where a newer one had been. */
  readonly setBack: number;
}

/** Looks at what the engine keeps all the time, until the test ends. */
export function watchEngine(fleet: Fleet, redis: RedisServer = fleet.redis): Watch {
  const watch = { tokens: 0, setBack: 0 };
  const ended = new AbortController();
  onTestFinished(() => ended.abort());
  const { service, keys } = fleet;
  const keyName = sessionKeys(service.origin, service.user).value;
  const sealKeys = keys.trim().split('\n').map(parseKeyLine) as [SealKey, ...SealKey[]];
  const form = sharedForm({ endpoint: service.origin, user: service.user }, systemClock);
  const sealing = { keyName, keys: sealKeys, store: redis.url };
  void (async () => {
    let last: { token: string; sessionExpiresAt: number; tokenExpiresAt: number } | undefined;
    while (!ended.signal.aborted) {
      const value = await redis.ask('GET', keyName).catch(() => undefined);
      const { session } = typeof value === 'string' ? openValue(value, 0, form, sealing) : { session: undefined };
      if (session && session.token !== last?.token) {
        watch.tokens += 1;
        const ends = (one: { sessionExpiresAt: number; tokenExpiresAt: number }) =>
          Math.round(one.sessionExpiresAt / 2000) * 1e6 + one.tokenExpiresAt / 1e7;
        if (last && ends(session) < ends(last)) watch.setBack += 1;
        last = session;
      }
      await systemClock.sleep(60, ended.signal).catch(() => undefined);
    }
  })();
  return watch;
}
