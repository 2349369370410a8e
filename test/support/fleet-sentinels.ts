import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Sentinels, startSentinels } from '../../fixtures/redis/sentinels.js';
import type { RedisServer } from '../../fixtures/redis/server.js';
import { type Fleet, startTestRedis } from './fleet.js';
import { requirePart } from './real-part.js';

export interface Replicated {
  readonly primary: RedisServer;
  readonly replica: RedisServer;
}

/** Gives the fleet's engine a replica that is up to date. */
export async function withReplica(fleet: Fleet): Promise<Replicated> {
  const { redis: primary, authority, folder } = fleet;
  const replica = await startTestRedis(join(folder, 'replica'), { authority, replicaOf: primary.port });
  while (!String(await replica.ask('INFO', 'replication')).includes('master_link_status:up')) await pause(100);
  return { primary, replica };
}

/** Three sentinels that watch the fleet's engine and know its replica. */
export async function withSentinels(fleet: Fleet): Promise<Sentinels & Replicated> {
  const servers = await withReplica(fleet);
  const folder = join(fleet.folder, 'sentinels');
  mkdirSync(folder, { recursive: true });
  const program = requirePart('redis-sentinel');
  const { authority } = fleet;
  const sentinels = await startSentinels({ folder, program, authority, primary: servers.primary.port });
  onTestFinished(() => sentinels.close());
  // Sentinels look for replicas every ten seconds, and a second after they have begun.
  await pause(12_000);
  return { ...sentinels, ...servers };
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

export const pause = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds));
