import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { type Sentinels, startSentinels } from '../../fixtures/redis/sentinels.js';
import type { RedisServer } from '../../fixtures/redis/server.js';
import { type Fleet, startTestRedis } from './fleet.js';
import { requirePart } from './real-part.js';

export interface Replicated {
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  /** Has the replica all that the primary has written so far? */
  isInStep(): Promise<boolean>;
}

/** Gives the fleet's server a replica that is up to date. */
export async function withReplica(fleet: Fleet): Promise<Replicated> {
  const { redis: primary, authority, folder } = fleet;
  const tls = primary.url.startsWith('rediss:');
  const replica = await startTestRedis(join(folder, 'replica'), { authority, tls, replicaOf: primary.port });
  await expect.poll(() => replica.ask('INFO', 'replication')).toContain('master_link_status:up');
  const offset = async (server: RedisServer) =>
    /master_repl_offset:(\d+)/.exec(String(await server.ask('INFO', 'replication')))?.[1];
  return { primary, replica, isInStep: async () => (await offset(primary)) === (await offset(replica)) };
}

/** Sentinels that watch the fleet's server, and know its replica and each other. */
export async function withSentinels(
  fleet: Fleet,
  count = 3,
): Promise<Replicated & { url: string; sentinels: Sentinels }> {
  const servers = await withReplica(fleet);
  const folder = join(fleet.folder, 'sentinels');
  mkdirSync(folder, { recursive: true });
  const program = requirePart('redis-sentinel');
  const { authority } = fleet;
  const sentinels = await startSentinels({ folder, program, authority, primary: servers.primary.port, count });
  onTestFinished(() => sentinels.close());
  await expect.poll(() => areReady(sentinels), { interval: 500 }).toBe(true);
  return { ...servers, sentinels, url: sentinels.url };
}

/** A replica that a sentinel has not yet heard from itself is not promoted. */
export async function areReady(sentinels: Sentinels): Promise<boolean> {
  const ready = sentinels.processes.map(async (_, index) => {
    const primary = recordOf(await sentinels.ask(index, 'SENTINEL', 'master', sentinels.name));
    const replicas = await sentinels.ask(index, 'SENTINEL', 'replicas', sentinels.name);
    const replica = recordOf(Array.isArray(replicas) ? replicas[0] : undefined);
    const isHeardOf = replica.flags === 'slave' && replica['master-link-status'] === 'ok';
    const hearsOfOthers = Number(primary['num-other-sentinels']) === sentinels.processes.length - 1;
    return hearsOfOthers && primary.flags === 'master' && isHeardOf;
  });
  return (await Promise.all(ready)).every(Boolean);
}

/** The port of the primary that all sentinels name; undefined where they name different ones. */
export async function primaryOf(sentinels: Sentinels): Promise<number | undefined> {
  const named = sentinels.processes.map(async (_, index) => {
    const reply = await sentinels.ask(index, 'SENTINEL', 'get-master-addr-by-name', sentinels.name);
    return Array.isArray(reply) ? Number(reply[1]) : undefined;
  });
  const [first, ...others] = await Promise.all(named);
  return others.every((other) => other === first) ? first : undefined;
}

/** Names and values in turn, as a record. */
function recordOf(reply: unknown): Readonly<Record<string, string>> {
  const words = Array.isArray(reply) ? reply.map(String) : [];
  return Object.fromEntries(words.flatMap((name, at) => (at % 2 === 0 ? [[name, words[at + 1] ?? '']] : [])));
}

/** An address that leads to one server after another. */
export interface Junction {
  readonly port: number;
  leadTo(port: number): void;
}

export async function junction(first: number): Promise<Junction> {
  let target = first;
  const open = new Set<Socket>();
  const server = createServer((from) => {
    const to = connect(target, '127.0.0.1');
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    port: address.port,
    leadTo: (port) => {
      target = port;
      for (const socket of open) socket.destroy();
    },
  };
}
