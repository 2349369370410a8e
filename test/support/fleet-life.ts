import type { ChildProcess } from 'node:child_process';
import { expect, onTestFinished, vi } from 'vitest';
import type { RedisServer } from '../../fixtures/redis/server.js';
import { systemClock } from '../../lib/clock.js';
import { sharedForm } from '../../lib/compute/shared-session.js';
import { decryptValue, type EncryptionKey, parseKeyLine } from '../../lib/store/encryption.js';
import { isNewer } from '../../lib/store/reconcile.js';
import { sessionKeys } from '../../lib/store/redis-server.js';
import type { Fleet, Host } from './fleet.js';
import { cleanEnvironment, type ProgramResult, runProgram } from './program.js';

/** What services of the windows below begin with. Seconds. */
export const FIRST_WINDOW = { tokenLifetime: 360, sessionLifetime: 10_800 };
const WINDOW = 240;

/**
 * Opens a window: no token that has been given out so far lives as long as the hosts are to ask for from now on, and
 * each later one does. Two minutes in both directions, in place of waiting for a token to grow old: however slow the
 * machine is, nobody takes an old one for good enough or a new one for too old. Six fit into the half hour that a token
 * is believed to live.
 *
 * @returns what to ask for, in seconds
 */
export function openWindow({ service }: Fleet): number {
  service.lifetimes.token += WINDOW;
  return service.lifetimes.token - WINDOW / 2;
}

export interface Passed {
  readonly failures: readonly unknown[];
  /** The different tokens that were used. */
  readonly tokens: ReadonlySet<string>;
}

/** Lets as many processes of every host as are said ask for such a token and use it, all at the same time. */
export async function passWindow(hosts: readonly Host[], processes: number, minValidSeconds: number): Promise<Passed> {
  const failures: unknown[] = [];
  const tokens = new Set<string>();
  const process = async (host: Host) => {
    const session = await host.again();
    tokens.add(await session.cookie({ minValidSeconds }));
    await host.use(session);
  };
  const all = hosts.flatMap((host) => Array.from({ length: processes }, () => process(host)));
  await Promise.all(all.map((one) => one.catch((error: unknown) => failures.push(error))));
  return { failures, tokens };
}

/** Lets every host use the session over and over until `isDone`. What fails is noted, and the host goes on. */
export async function live(hosts: readonly Host[], isDone: () => boolean): Promise<{ failures: readonly unknown[] }> {
  const failures: unknown[] = [];
  const process = async (host: Host) => {
    while (!isDone()) {
      await host.use().catch((error: unknown) => failures.push(error));
      await systemClock.sleep(200 + Math.random() * 600);
    }
  };
  await Promise.all(hosts.map(process));
  return { failures };
}

export interface Watch {
  /** How often a session was written to the server. */
  readonly writes: number;
  /** How often an older one was written in place of a newer one. */
  readonly setBack: number;
}

/** Sees every session that is written to a server, until the server or the test ends. */
export async function watchServer(fleet: Fleet, redis: RedisServer = fleet.redis): Promise<Watch> {
  const watch = { writes: 0, setBack: 0 };
  const { service, keys } = fleet;
  const keyName = sessionKeys(service.origin, service.user).value;
  const storeKeys = keys.trim().split('\n').map(parseKeyLine) as [EncryptionKey, ...EncryptionKey[]];
  const form = sharedForm({ endpoint: service.origin, user: service.user }, systemClock, 'a store');
  const open = (value: string) => decryptValue(value, 0, form, { keyName, keys: storeKeys, store: redis.url }).session;
  let last: ReturnType<typeof open>;
  const see = (value: string) => {
    const session = open(value);
    if (session && last && isNewer(last, session)) watch.setBack += 1;
    last = session ?? last;
  };
  const kept = await redis.ask('GET', keyName);
  if (typeof kept === 'string') see(kept);
  const end = await redis.monitor((line) => {
    const [, key, value] = /"SET" "([^"]+)" "([^"]+)"/i.exec(line) ?? [];
    if (key !== keyName || value === undefined) return;
    watch.writes += 1;
    see(value);
  });
  onTestFinished(end);
  return watch;
}

export interface Holder {
  readonly process: ChildProcess;
  readonly ended: Promise<ProgramResult>;
  readonly answer: () => void;
}

/** A host whose refresh has been sent, and not been answered: it has the lock. */
export async function refresher(fleet: Fleet, host: Host): Promise<Holder> {
  let answer: () => void = () => undefined;
  const delay = new Promise<void>((resolve) => {
    answer = resolve;
  });
  fleet.service.faults.once('/refresh/', { delay });
  const before = fleet.service.refreshes;
  let process: ChildProcess | undefined;
  const ended = runProgram(['refresh_token', '--shell', 'value'], {
    env: cleanEnvironment(host.home, host.env),
    onStart: (child) => {
      process = child;
    },
  });
  onTestFinished(() => void process?.kill('SIGKILL'));
  await vi.waitFor(() => expect(fleet.service.refreshes).toBe(before + 1), { timeout: 100_000 });
  if (!process) throw new Error('it was not started');
  return { process, ended, answer };
}

/** When the lock in the server expires, in milliseconds from now; -2 if there is no lock. */
export const lockOf = ({ redis, service }: Fleet) => redis.ask('PTTL', sessionKeys(service.origin, service.user).lock);
