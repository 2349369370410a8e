import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { startComputeService } from '../../fixtures/compute-service/server.js';
import { type RedisServer, SERVER_PASSWORD, startRedis } from '../../fixtures/redis/server.js';
import { systemClock } from '../../lib/clock.js';
import { type ComputeSession, openSession } from '../../lib/index.js';
import { parseStoreAddress } from '../../lib/store/address.js';
import { newKeyLine } from '../../lib/store/encryption.js';
import { StoreInspection } from '../../lib/store/inspect.js';
import { storeAccess } from '../../lib/store/open-remote-session.js';
import type { Bound } from './bounds.js';
import { hyperfine } from './hyperfine.js';
import { ORACLE_COMPUTE, type Setup } from './setup.js';
import { median } from './statistics.js';

const HOSTS = 50;
const WINDOWS = 3;
/** Seconds: a window is half of it. */
const TOKEN_LIFETIME = 40;
const LOOKS = 50;
const STATUS_ROUNDS = 5;

/** Fifty hosts that share a session, `status` beside a store, and what a look at the store costs. */
export async function measureFleet(setup: Setup, print: (text: string) => void): Promise<Bound[]> {
  if (spawnSync('redis-server', ['--version']).status !== 0) {
    print('\nredis-server is missing: hosts that share a session are not measured\n');
    return [];
  }
  const folder = mkdtempSync(join(setup.scratch, 'fleet-'));
  const redis = await startRedis({ folder });
  try {
    const files = writeFiles(folder, redis);
    const bounds = [
      ...(await measureHosts(folder, redis, files, print)),
      ...(await measureStatus(setup, redis, files, print)),
    ];
    await measureLooks(redis, files, print);
    return bounds;
  } finally {
    await redis.close();
  }
}

interface StoreFiles {
  readonly passwordFile: string;
  readonly keyFile: string;
  readonly caFile: string;
}

function writeFiles(folder: string, redis: RedisServer): StoreFiles {
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  return {
    passwordFile: write('redis-password', SERVER_PASSWORD),
    keyFile: write('store.key', newKeyLine()),
    caFile: write('ca.pem', redis.authority.certificatePem),
  };
}

async function measureHosts(folder: string, redis: RedisServer, files: StoreFiles, print: (text: string) => void) {
  const service = await startComputeService({ tokenLifetime: TOKEN_LIFETIME, sessionLifetime: 3600 });
  let failures = 0;
  try {
    const { passwordFile, keyFile } = files;
    const open = (index: number) => {
      const home = join(folder, `home-${index}`);
      mkdirSync(home);
      const store = { url: redis.url, passwordFile, keyFile };
      const { password, url: endpoint, user } = service;
      return openSession({
        home,
        env: {},
        endpoint,
        user,
        password,
        store,
        certificateAuthorities: redis.authority.certificatePem,
      });
    };
    const sessions = await Promise.all(Array.from({ length: HOSTS }, (_, index) => open(index)));
    const live = async (session: ComputeSession) => {
      while (service.refreshes < WINDOWS) {
        await session.request('GET', '/instance/').catch(() => {
          failures += 1;
        });
        await systemClock.sleep(500 + Math.random() * 1000);
      }
    };
    await Promise.all(sessions.map(live));
    const { logins, refreshes } = service;
    print(`\n${HOSTS} hosts, ${WINDOWS} windows: logins ${logins}, refreshes ${refreshes}, failures ${failures}\n`);
    return [
      { what: `logins of ${HOSTS} hosts`, measured: logins, most: 1 },
      { what: `refreshes of ${HOSTS} hosts in ${WINDOWS} windows`, measured: refreshes, most: WINDOWS },
      { what: `failures of ${HOSTS} hosts`, measured: failures, most: 0 },
    ];
  } finally {
    await service.close();
  }
}

/** `status` with a store that is named and a copy that is good enough: what it costs without one. */
async function measureStatus(setup: Setup, redis: RedisServer, files: StoreFiles, print: (text: string) => void) {
  const env = {
    ...setup.env,
    OPC_SESSION_STORE: redis.url,
    OPC_SESSION_STORE_PASSWORD_FILE: files.passwordFile,
    OPC_SESSION_STORE_KEY_FILE: files.keyFile,
  };
  const line = `${ORACLE_COMPUTE} status`;
  const ratios: number[] = [];
  for (let round = 0; round < STATUS_ROUNDS; round++) {
    const options = { runs: 10, folder: setup.scratch };
    const [without = []] = await hyperfine([line], { ...options, env: setup.env });
    const [shared = []] = await hyperfine([line], { ...options, env });
    ratios.push(Math.min(...shared) / Math.min(...without));
  }
  const ratio = median(ratios);
  print(`status with a store and a good copy: ${ratio.toFixed(2)} x status without a store\n`);
  return [{ what: 'status with a store beside status without', measured: ratio, most: 1.1 }];
}

/** Printed and not bounded: it is the server's time and TLS. */
async function measureLooks(redis: RedisServer, files: StoreFiles, print: (text: string) => void): Promise<void> {
  const settings = {
    address: parseStoreAddress(redis.url),
    ...files,
    certificateAuthorities: async () => redis.authority.certificatePem,
    extraAuthoritiesFile: undefined,
  };
  const access = await storeAccess(settings, { uid: process.geteuid?.() });
  const inspection = new StoreInspection(access, systemClock);
  const [looks, connections] = [[] as number[], [] as number[]];
  for (let look = 0; look < LOOKS; look++) {
    looks.push(await timed(() => inspection.tryRights()));
    connections.push(await timed(() => bareConnection(redis)));
  }
  const [look, bare] = [median(looks), median(connections)];
  print(
    `four scripts at the store over one connection: ${look.toFixed(1)} ms, ${(look / bare).toFixed(1)} x a bare TLS connection\n`,
  );
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function bareConnection({ port, authority }: RedisServer): Promise<void> {
  return new Promise((done, fail) => {
    const socket = connect({ host: '127.0.0.1', port, ca: authority.certificatePem }, () => {
      socket.destroy();
      done();
    });
    socket.once('error', fail);
  });
}
