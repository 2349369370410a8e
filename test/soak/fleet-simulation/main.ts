/**
 * A fleet of 10 000 hosts on one machine, for the figures of docs/fleet.md:
 *
 *     npm run build && node build/test/soak/fleet-simulation/main.js [hosts] [pace]
 *
 * A host is an object with the library's own session, store and renewal; its copy is in memory, and it opens a connection
 * of its own, over TLS, each time that it asks the server, as the commands do. The hosts are spread over a few processes.
 * A window is opened by longer tokens, not by waiting: no token that was given out before is good enough then.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startComputeService } from '../../../fixtures/compute-service/server.js';
import { sharedAuthority } from '../../../fixtures/local-tls.js';
import { startSentinels } from '../../../fixtures/redis/sentinels.js';
import { type RedisServer, startRedis } from '../../../fixtures/redis/server.js';
import { createStoreKey } from '../../../lib/index.js';
import type { Passed, Place, Task } from './hosts.js';

const HOSTS = Number(process.argv[2] ?? 10_000);
const WORKERS = 3;
/** Seconds. Tokens of the service live for half an hour; each window adds to that. */
const WINDOW = 240;

interface Stage {
  readonly name: string;
  /** Seconds over which the hosts begin, each at a random moment. */
  readonly spread: number;
  /** Through the sentinels; the primary is killed in the middle. */
  readonly failover?: boolean;
}

/** Of the stages, for fewer hosts or a slower machine. */
const PACE = Number(process.argv[3] ?? 1);

const STAGES: readonly Stage[] = [
  { name: 'begin', spread: 170 },
  { name: 'window 1', spread: 170 },
  { name: 'window 2', spread: 170 },
  { name: 'window 3', spread: 170 },
  { name: 'failover', spread: 170, failover: true },
];

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-simulation-'));
  const authority = await sharedAuthority();
  const made = (name: string) => {
    mkdirSync(join(folder, name));
    return join(folder, name);
  };
  const settings = ['maxclients 20000'];
  const primary = await startRedis({ folder: made('primary'), authority, settings });
  const replica = await startRedis({ folder: made('replica'), authority, settings, replicaOf: primary.port });
  const sentinels = await startSentinels({ folder: made('sentinels'), authority, primary: primary.port });
  const service = await startComputeService({ tokenLifetime: 360, sessionLifetime: 10_800 });
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), `${text}\n`, { mode: 0o600 });
    return join(folder, name);
  };
  const place: Place = {
    endpoint: service.origin,
    user: service.user,
    password: service.password,
    store: { passwordFile: file('password', primary.password), keyFile: file('key', createStoreKey()) },
  };
  const share = Math.ceil(HOSTS / WORKERS);
  const workers = Array.from({ length: WORKERS }, (_, index) => {
    const hosts = Array.from({ length: Math.min(share, HOSTS - index * share) }, (_each, host) => index * share + host);
    // Read once by Node: the authorities of ten thousand hosts would be most of what this machine does.
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: file('ca.pem', authority.certificatePem) };
    const worker = fork(fileURLToPath(new URL('hosts/main.js', import.meta.url)), { env });
    worker.send({ open: { place, hosts } } satisfies Task);
    return worker;
  });
  try {
    print(
      `${HOSTS} hosts in ${WORKERS} processes, ${cpus().length} processors, load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}`,
    );
    await wait(3000);
    for (const stage of STAGES) {
      const minValid = service.lifetimes.token + WINDOW / 2;
      service.lifetimes.token += WINDOW;
      const before = { logins: service.logins, refreshes: service.refreshes };
      const { failover, name } = stage;
      const spread = stage.spread * PACE;
      const meter = await measure(primary);
      const killing = failover && wait((spread / 2) * 1000).then(() => primary.kill());
      const url = failover ? sentinels.url : primary.url;
      const answers = await Promise.all(workers.map((worker) => tell(worker, { pass: { minValid, spread, url } })));
      await killing;
      const used = await (failover ? meter.end(replica) : meter.end());
      const waits = answers.flatMap((answer) => answer.waits).sort((one, other) => one - other);
      const failures = answers.flatMap((answer) => answer.failures);
      print(
        `${name}, over ${spread} s: logins ${service.logins - before.logins}, refreshes ${service.refreshes - before.refreshes}, ` +
          `failures ${failures.length}, tokens ${new Set(answers.flatMap(({ tokens }) => tokens)).size}; ${used}; ` +
          `a host waits ${at(waits, 0.5)} ms (half of them), ${at(waits, 0.99)} ms (99 %), ${at(waits, 1)} ms (longest)` +
          `${failures.length === 0 ? '' : `; first failure: ${failures[0]}`}`,
      );
    }
    print(`load in the end ${loadavg()[0]?.toFixed(1)}`);
  } finally {
    for (const worker of workers) worker.kill('SIGKILL');
    await Promise.all([service.close(), sentinels.close(), primary.close(), replica.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tell(worker: ChildProcess, task: Task): Promise<Passed> {
  const answered = once(worker, 'message') as Promise<[Passed]>;
  worker.send(task);
  return (await answered)[0];
}

function at(sorted: readonly number[], part: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN).toFixed(0);
}

/** What a server does while a stage runs, by its own counts, each second. */
async function measure(server: RedisServer) {
  const first = await look(server);
  let [last, peak, most] = [first, { connections: 0, commands: 0 }, 0];
  const stopped = new AbortController();
  const looking = (async () => {
    while (!stopped.signal.aborted) {
      await wait(1000, undefined, { signal: stopped.signal });
      const now = await look(server);
      const rate = (key: 'connections' | 'commands') => (now[key] - last[key]) / (now.at - last.at);
      peak = {
        connections: Math.max(peak.connections, rate('connections')),
        commands: Math.max(peak.commands, rate('commands')),
      };
      most = Math.max(most, now.clients);
      last = now;
    }
  })().catch(() => undefined);
  return {
    /** @param successor the server that has taken its place */
    end: async (successor?: RedisServer) => {
      stopped.abort();
      await looking;
      const end = successor ? last : await look(server);
      const seconds = end.at - first.at;
      const share = ((end.cpu - first.cpu) / seconds) * 100;
      const memory = (successor ? await look(successor) : end).memory / 1024 / 1024;
      const count = end.connections - first.connections;
      return (
        `${count} connections, ${((end.commands - first.commands) / Math.max(1, count)).toFixed(1)} commands each, ` +
        `at most ${peak.connections.toFixed(0)} connections and ${peak.commands.toFixed(0)} commands a second and ` +
        `${most} open; the server took ${share.toFixed(0)} % of a processor for ${seconds.toFixed(0)} s, ${(((end.cpu - first.cpu) / Math.max(1, count)) * 1000).toFixed(2)} ms a connection, ${memory.toFixed(0)} MiB`
      );
    },
  };
}

async function look(server: RedisServer) {
  const text = String(await server.ask('INFO', 'everything'));
  const number = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text)?.[1]);
  return {
    at: performance.now() / 1000,
    connections: number('total_connections_received'),
    commands: number('total_commands_processed'),
    clients: number('connected_clients'),
    cpu: number('used_cpu_sys') + number('used_cpu_user'),
    memory: number('used_memory_peak'),
  };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

await main();
