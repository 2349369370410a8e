import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readStoreOptions } from '../../cli/settings/general.js';
import { SERVER_PASSWORD } from '../../fixtures/redis/server.js';
import { ownUserId } from '../../lib/files/owner.js';
import { openShared, type SharedToken } from '../../lib/oci/shared-session.js';
import { storeSettings } from '../../lib/store/address.js';
import { newKeyLine, type SharedForm } from '../../lib/store/encryption.js';
import { openRemoteSession } from '../../lib/store/open-remote-session.js';
import { tokenWith } from '../lib/oci/support/vectors.js';
import { fakeServer } from '../support/fake-redis.js';
import { type FleetOptions, fleetBench } from '../support/fleet.js';
import { ociBench } from '../support/oci.js';
import { filesBelow, temporaryHome, writeFileWithMode } from '../support/temporary-home.js';
import { jumpingClock, type TestContextOptions, testClock, testContext } from '../support/test-context.js';

const MINUTE = 60_000;

/** A host that has logged in to OCI, one that has not, and a store between them. */
async function twoHosts(options: FleetOptions = {}) {
  const bench = await ociBench({}, Date.now());
  const { redis } = await fleetBench(options);
  const env = {
    ...bench.env,
    OPC_SESSION_STORE: redis.url,
    OPC_SESSION_STORE_PASSWORD_FILE: writeFileWithMode(join(bench.home, 'redis-password'), SERVER_PASSWORD),
    OPC_SESSION_STORE_KEY_FILE: writeFileWithMode(join(bench.home, 'store.key'), newKeyLine()),
  };
  const other = temporaryHome();
  const sessionFile = (home: string, name: string) => join(home, '.oci', 'sessions', 'team', name);
  return {
    ...bench,
    redis,
    storeEnv: env,
    other,
    here: (...line: string[]) => bench.run(['session', ...line, '--profile', 'team'], { env }),
    there: (...line: string[]) => bench.run(['session', ...line, '--profile', 'team'], { env, home: other }),
    tokenAt: (home: string) => readFileSync(sessionFile(home, 'token'), 'utf8'),
    keyAt: (home: string) => readFileSync(sessionFile(home, 'oci_api_key.pem'), 'utf8'),
  };
}

it('a session that was pushed is laid down by pull, and refreshed once for both hosts', async () => {
  const { service, home, other, here, there, tokenAt, keyAt, addSession, pass, redis } = await twoHosts();
  await addSession('team');
  expect(await there('pull')).toMatchObject({
    status: 10,
    stderr: expect.stringContaining('session push --profile team'),
  });
  chmodSync(join(home, '.oci', 'config'), 0o400);
  const pushed = await here('push');
  expect([pushed.status, pushed.stderr]).toEqual([0, expect.stringContaining('is write-protected (mode 400)')]);
  expect(await there('pull')).toMatchObject({ status: 0 });
  expect(tokenAt(other)).toBe(tokenAt(home));
  expect(keyAt(other)).toBe(keyAt(home));
  expect(filesBelow(join(other, '.oci')).filter((line) => / (?!600|700)\d+$/.test(line))).toEqual([]);
  expect(await there('validate', '--local')).toMatchObject({ status: 0 });

  pass(40 * MINUTE);
  const before = service.requests.length;
  expect(await there('refresh', '--min-valid', '30m')).toMatchObject({ status: 0 });
  const asked = service.requests.length - before;
  expect(asked).toBeGreaterThan(0);
  expect(await here('refresh', '--min-valid', '30m')).toMatchObject({ status: 0 });
  expect(service.requests.length - before).toBe(asked);
  expect(tokenAt(home)).toBe(tokenAt(other));

  // A server that has lost everything gets the session back, with the key, from the next host that reads it.
  await redis.restart();
  pass(40 * MINUTE);
  expect(await here('refresh', '--min-valid', '30m')).toMatchObject({ status: 0 });
  expect(await there('refresh', '--min-valid', '30m')).toMatchObject({ status: 0 });
  expect(tokenAt(home)).toBe(tokenAt(other));
  expect(await there('pull', '--force')).toMatchObject({ status: 0 });
});

it('a token of another login is not put beside a key that it does not fit', async () => {
  const { here, there, addSession, pass, tokenAt, keyAt, home, other } = await twoHosts();
  await addSession('team');
  await here('push');
  await there('pull');
  const old = tokenAt(other);
  pass(MINUTE);
  await addSession('team');
  expect(await here('push')).toMatchObject({ status: 0 });
  expect(await there('refresh')).toMatchObject({ status: 10, stderr: expect.stringContaining('session pull') });
  expect(tokenAt(other)).toBe(old);
  expect(await there('pull', '--force')).toMatchObject({ status: 0 });
  expect([tokenAt(other), keyAt(other)]).toEqual([tokenAt(home), keyAt(home)]);
});

it('of [DEFAULT] is shared for itself alone, not for the profiles that inherit from it', async () => {
  const { storeEnv: env, addSession, run, redis, pass } = await twoHosts();
  await addSession('DEFAULT');
  await addSession('MINE');
  expect(await run(['session', 'push', '--profile', 'DEFAULT'], { env })).toMatchObject({ status: 0 });
  await redis.ask('FLUSHALL');
  pass(40 * MINUTE);
  expect(await run(['session', 'refresh', '--profile', 'MINE'], { env })).toMatchObject({ status: 0 });
  expect(await redis.ask('KEYS', '*')).toEqual([]);
  expect(await run(['session', 'refresh', '--profile', 'DEFAULT'], { env })).toMatchObject({ status: 0 });
  expect(await redis.ask('KEYS', '*')).toHaveLength(1);
});

it('is not shared any more after another login, until that is pushed', async () => {
  const { addSession, here, redis, pass } = await twoHosts();
  await addSession('team');
  await here('push');
  await redis.ask('FLUSHALL');
  await addSession('team');
  pass(40 * MINUTE);
  expect(await here('refresh')).toMatchObject({ status: 0 });
  expect(await redis.ask('KEYS', '*')).toEqual([]);
});

it('takes the name that it is shared by, and replaces nothing but itself', async () => {
  const { storeEnv: env, addSession, run, other } = await twoHosts();
  await addSession('prod');
  await run(['session', 'push', '--profile', 'prod', '--share-name', 'team'], { env });
  const config = join(other, '.oci', 'config');
  const mine = '[prod]\nuser=me\n';
  mkdirSync(join(other, '.oci'), { mode: 0o700 });
  writeFileSync(config, mine);
  const pull = (...flags: string[]) => run(['session', 'pull', '--profile', 'team', ...flags], { env, home: other });
  expect(await pull('--force')).toMatchObject({ status: 0 });
  expect(readFileSync(config, 'utf8')).toMatch(/^\[prod\]\nuser=me\n\n\n\[team\]\n/);
  expect(await pull()).toMatchObject({ status: 2, stderr: expect.stringContaining('--profile-name team --force') });
  expect(await pull('--force')).toMatchObject({ status: 0 });
  const before = readFileSync(config, 'utf8');
  const refused = { status: 2, stderr: expect.stringContaining('is not the session that is shared as team') };
  expect(await pull('--force', '--profile-name', 'prod')).toMatchObject(refused);
  writeFileSync(config, before.replace('shared_session=team', ''));
  expect(await pull('--force')).toMatchObject(refused);
});

/** What an attacker with the store's key can make of the session that is shared as team. */
async function forgeShared(
  { storeEnv: env, other: home, clock }: Awaited<ReturnType<typeof twoHosts>>,
  change: (claims: Record<string, unknown>) => Record<string, unknown>,
  sessionExpiresAt?: number,
) {
  const store = await readStoreOptions({}, testContext({ env, home, clock }, { stdout: '', stderr: '' }));
  if (!store) throw new RangeError('no store');
  const settings = storeSettings(store, env);
  const owner = { uid: ownUserId() };
  const kept = await (await openShared({ name: 'team', settings, clock, owner })).peek();
  if (!kept) throw new RangeError('nothing is kept');
  const claims = JSON.parse(Buffer.from(kept.token.value.split('.')[1] ?? '', 'base64url').toString('utf8'));
  const form: SharedForm<SharedToken> = {
    encode: ({ archive }) => ({
      token: tokenWith(change(claims)),
      archive: archive.toString('base64'),
      sessionExpiresAt: sessionExpiresAt ?? kept.sessionExpiresAt,
    }),
    latestEnd: () => kept.sessionExpiresAt,
    decode: () => kept,
    isValid: () => true,
    now: () => clock.now(),
    tokenOf: ({ token }) => token.value,
  };
  const names = ['oci session', 'team'];
  await (await openRemoteSession(settings, { names, form, owner, clock, lockOwner: 'somebody' })).overwrite(kept);
}

it.each([
  ['user', { sub: 'ocid1.user.oc1..other' }],
  ['tenancy', { tenant: 'ocid1.tenancy.oc1..other' }],
  ['key', { jwk: { n: 'b3RoZXI', e: 'AQAB' } }],
])('a token for another %s is neither pulled nor taken by a refresh', async (_what, changes) => {
  const hosts = await twoHosts();
  const { addSession, here, there, tokenAt, other, pass } = hosts;
  await addSession('team');
  await here('push');
  await there('pull');
  const old = tokenAt(other);
  pass(MINUTE);
  await forgeShared(hosts, (claims) => ({ ...claims, exp: Number(claims.exp) + 60, ...changes }));
  expect(await there('refresh')).toMatchObject({ status: 10, stderr: expect.stringContaining('another login') });
  expect(await there('pull', '--force')).toMatchObject({ status: 4, stderr: expect.stringContaining('newest token') });
  expect(tokenAt(other)).toBe(old);
});

it.each([-1e300, 1e300])('a session that ends at %d is damage', async (end) => {
  const hosts = await twoHosts();
  await hosts.addSession('team');
  await hosts.here('push');
  await forgeShared(hosts, ({ sess_exp: _, ...claims }) => claims, end);
  expect(await hosts.there('pull')).toMatchObject({
    status: 4,
    stderr: expect.stringContaining('it holds no session'),
  });
});

it('a session of another user replaces none, asked or not', async () => {
  const { addSession, here, there, tokenAt, other } = await twoHosts();
  await addSession('team');
  await here('push');
  await there('pull');
  const foreign = tokenWith({ sub: 'ocid1.user.oc1..other', exp: 1 });
  writeFileSync(join(other, '.oci', 'sessions', 'team', 'token'), foreign);
  expect(await there('pull', '--force')).toMatchObject({ status: 5, stderr: expect.stringContaining('another user') });
  expect(tokenAt(other)).toBe(foreign);
});

it('keeps neither token nor key readable in the server, and refreshes alone where no store is named', async () => {
  const { here, addSession, home, keyAt, tokenAt, redis, run, pass } = await twoHosts();
  await addSession('team');
  await here('push');
  const [key] = (await redis.ask('KEYS', '*')) as string[];
  const value = String(await redis.ask('GET', key ?? ''));
  const pieces = [tokenAt(home).split('.')[1] ?? '', keyAt(home).split('\n')[2] ?? ''];
  for (const piece of pieces) expect(value).not.toContain(piece);
  pass(40 * MINUTE);
  expect(await run(['session', 'refresh', '--profile', 'team'])).toMatchObject({ status: 0 });
  expect(String(await redis.ask('GET', key ?? ''))).toBe(value);
});

it('is refreshed for both hosts by exec, whose command gets none of the ways to the fleet', async () => {
  const { service, storeEnv: env, run, other, here, there, tokenAt, home, addSession, pass } = await twoHosts();
  await addSession('team');
  await here('push');
  await there('pull');
  pass(50 * MINUTE);
  const before = service.counters.refreshes;
  let seen: Readonly<Record<string, string | undefined>> = {};
  const runChild: TestContextOptions['runChild'] = async (_command, _args, context) => {
    seen = context.env;
    return { status: 7 };
  };
  const exec = ['session', 'exec', '--profile', 'team', '--', 'true'];
  expect(await run(exec, { env, runChild })).toMatchObject({ status: 7 });
  expect(await run(exec, { env, home: other, runChild })).toMatchObject({ status: 7 });
  expect(service.counters.refreshes).toBe(before + 1);
  expect(tokenAt(other)).toBe(tokenAt(home));
  expect(seen.OCI_CLI_PROFILE).toBe('team');
  expect(Object.keys(seen).filter((name) => name.includes('STORE'))).toEqual([]);
});

it('is refreshed for both hosts by what schedule prints', async () => {
  const { service, env, storeEnv, run, other, here, there, tokenAt, home, addSession, pass } = await twoHosts();
  await addSession('team');
  await here('push');
  await there('pull');
  pass(50 * MINUTE);
  const before = service.counters.refreshes;
  const schedule = ['schedule', 'cron', '--oci-profile', 'team', '-f', 'json'];
  for (const host of [home, other]) {
    const printed = await run(schedule, { env: storeEnv, home: host, program: 'oracle-compute' });
    const { command, environment } = JSON.parse(printed.stdout) as {
      readonly command: readonly string[];
      readonly environment: Readonly<Record<string, string>>;
    };
    const line = command.slice(command.indexOf('session'));
    expect(await run(line, { env: { ...env, ...environment }, home: host })).toMatchObject({ status: 0, stderr: '' });
  }
  expect(service.counters.refreshes).toBe(before + 1);
  expect(tokenAt(other)).toBe(tokenAt(home));
});

it.each([-10, 10])('is shared with a host whose clock is %d minutes ahead', async (minutes) => {
  const { service, storeEnv: env, run, other, here, there, tokenAt, home, addSession, pass, clock } = await twoHosts();
  await addSession('team');
  await here('push');
  await there('pull');
  const wrong = testClock(0);
  const refresh = (host: string) => {
    wrong.time = clock.time + minutes * MINUTE;
    const line = ['session', 'refresh', '--profile', 'team', '--min-valid', '30m'];
    return run(line, { env, home: host, clock: host === other ? wrong : clock });
  };
  for (const window of [1, 2, 3]) {
    pass(45 * MINUTE);
    // Now this host comes first, now that one; who comes second finds a token that is long enough.
    const order = window % 2 === 0 ? [home, other] : [other, home];
    for (const host of order) expect(await refresh(host)).toMatchObject({ status: 0 });
    expect(service.counters.refreshes).toBe(window);
    expect(tokenAt(other)).toBe(tokenAt(home));
  }
});

it('push ends where the store takes nothing', async () => {
  const { addSession, run, storeEnv } = await twoHosts();
  await addSession('team');
  const server = await fakeServer(([command]) => (command === 'EVAL' ? ':0\r\n' : undefined));
  const env = { ...storeEnv, OPC_SESSION_STORE: server.url };
  expect(await run(['session', 'push', '--profile', 'team'], { env })).toMatchObject({ status: 75 });
  expect(server.commands.filter((command) => command.startsWith('EVAL')).length).toBeLessThanOrEqual(5);
});

describe('terminate on one host', () => {
  it('ends the session for all: it can be pulled no more, and goes where it is', async () => {
    const { here, addSession, other, redis, run, storeEnv: env } = await twoHosts();
    const there = (...line: string[]) => run(['session', ...line, '--profile', 'shared'], { env, home: other });
    await addSession('team');
    await here('push', '--share-name', 'shared');
    expect(await there('pull')).toMatchObject({ status: 0 });
    expect(await here('terminate')).toMatchObject({ status: 0 });
    const third = temporaryHome();
    expect(await run(['session', 'pull', '--profile', 'shared'], { env, home: third })).toMatchObject({ status: 10 });
    expect((await there('refresh')).status).not.toBe(0);
    expect((await there('validate', '--local')).status).not.toBe(0);
    // Not even a host that still has it puts it back into a store that has lost its mark.
    expect(await redis.ask('KEYS', '*:s')).toHaveLength(1);
    expect(await there('terminate')).toMatchObject({ status: 0 });
  });

  it('leaves another login alone that was shared since', async () => {
    const { here, there, addSession, pass } = await twoHosts();
    await addSession('team');
    await here('push');
    await there('pull');
    pass(MINUTE);
    await addSession('team');
    await here('push');
    expect(await there('terminate')).toMatchObject({ status: 0 });
    expect(await there('pull')).toMatchObject({ status: 0 });
  });

  it('removes what is here also if the store cannot be told, and says that', async () => {
    const { here, addSession, redis, home, run, storeEnv: env, clock } = await twoHosts({ redis: { tls: false } });
    await addSession('team');
    await here('push');
    await redis.kill();
    const hurried = { ...jumpingClock(), now: clock.now };
    const { status, stderr } = await run(['session', 'terminate', '--profile', 'team'], { env, clock: hurried });
    expect([status, stderr]).toEqual([3, expect.stringContaining('Successfully removed profile: team')]);
    expect(stderr).toContain('cannot be reached');
    expect(existsSync(join(home, '.oci', 'sessions', 'team'))).toBe(false);
    expect((await run(['session', 'list', '-f', 'json'])).stdout).toBe('{"list":[]}\n');
  });

  it('says that others can still take it where no store is named', async () => {
    const { here, there, addSession, run } = await twoHosts();
    await addSession('team');
    await here('push');
    const { status, stderr } = await run(['session', 'terminate', '--profile', 'team']);
    expect([status, stderr]).toEqual([0, expect.stringContaining('--store')]);
    expect(await there('pull')).toMatchObject({ status: 0 });
  });
});
