import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../lib/clock.js';
import { sharedForm, sharedSessionStore } from '../../../lib/compute/shared-session.js';
import type { StoredSession } from '../../../lib/compute/stored-session.js';
import { memoryStore } from '../../../lib/session/store.js';
import { parseStoreAddress } from '../../../lib/store/address.js';
import { encrypt, newKeyLine, parseKeyLine, renderValue } from '../../../lib/store/encryption.js';
import { isNewer } from '../../../lib/store/reconcile.js';
import { sessionKeys } from '../../../lib/store/redis-server.js';
import { MINUTE, NOON } from '../../support/compute.js';
import { localServer } from '../../support/local-redis.js';
import { temporaryHome, writeFileWithMode } from '../../support/temporary-home.js';

const place = { endpoint: 'https://compute.example', user: '/Compute-acme/jack.jones@example.com' };

/** A session that began at noon. */
const session = (token: string, changes: Partial<StoredSession> = {}): StoredSession => ({
  ...place,
  token,
  startedAt: NOON,
  issuedAt: NOON,
  tokenExpiresAt: NOON + 20 * MINUTE,
  sessionExpiresAt: NOON + 150 * MINUTE,
  expirySource: 'documented lifetime',
  clockOffset: 0,
  ...changes,
});

/** A clock on which waiting takes no time. */
function jumpingClock(): Clock & { time: number; slept: number } {
  const clock = {
    time: NOON,
    slept: 0,
    now: () => clock.time,
    monotonic: () => clock.time,
    sleep: async (milliseconds: number) => {
      clock.time += milliseconds;
      clock.slept += milliseconds;
    },
  };
  return clock;
}

const whole = ({ token, sessionExpiresAt }: StoredSession) => ({ token, sessionExpiresAt });

/** A server, and hosts that share a session in it, each with a copy of its own. */
async function storeBench() {
  const clock = jumpingClock();
  const server = await localServer(() => clock.time);
  const keyLine = newKeyLine();
  const keyFile = writeFileWithMode(join(temporaryHome(), 'store.key'), `${keyLine}\n`);
  const { value: key } = sessionKeys(place.endpoint, place.user);
  const host = (own: StoredSession | undefined, keys = keyFile) => {
    const copy = memoryStore<StoredSession>(join(temporaryHome(), 'copy'), own);
    const settings = {
      address: parseStoreAddress(server.url),
      passwordFile: undefined,
      keyFile: keys,
      certificateAuthorities: async () => undefined,
      extraAuthoritiesFile: undefined,
    };
    const owner = { uid: process.geteuid?.() };
    const store = sharedSessionStore(copy, place, settings, { clock, owner });
    /** What this host finds where its copy is not good enough. */
    const ask = () => store.read(() => false);
    return { store, copy, ask };
  };
  /** Puts a session into the server as a host does that has it. */
  const share = async (shared: StoredSession) => void (await host(shared).ask());
  return { clock, server, key, keyLine, host, share };
}

describe('a server that cannot do it now', () => {
  it.each([
    'READONLY You can’t write against a read only replica.',
    'LOADING Redis is loading the dataset in memory',
    'MISCONF Redis is configured to save RDB snapshots, but it’s currently unable to persist to disk',
    'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
    'OOM command not allowed when used memory > ‘maxmemory’.',
    'MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to ‘no’.',
    'CLUSTERDOWN The cluster is down',
    'TRYAGAIN Multiple keys request during rehashing of slot',
    'NOREPLICAS Not enough good replicas to write.',
    'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
  ])('is waited for, and never said to refuse: %s', async (reply) => {
    const { server, host, share, clock } = await storeBench();
    await share(session('shared'));
    let refusals = 3;
    server.refuse = () => (refusals-- > 0 ? reply : undefined);
    expect((await host(undefined).ask())?.token).toBe('shared');
    expect(clock.slept).toBeGreaterThan(0);

    server.refuse = () => reply;
    await expect(host(undefined).ask()).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      fields: { cause: reply.split(' ')[0] },
    });
    // Until then the host uses its copy, and may extend it.
    const { store, copy, ask } = host(session('own'));
    expect((await ask())?.token).toBe('own');
    await store.exclusively({ wait: 0 }, async (kept) => {
      expect(kept.mayLogIn).toBe(false);
      expect(await kept.replace(session('extended'), await kept.read())).toBe(true);
    });
    expect((await copy.read())?.token).toBe('extended');
  });

  it.each([
    'WRONGPASS invalid username-password pair',
    'NOPERM no',
    'MOVED 1 x:1',
    'ERR unknown command',
  ])('is another than one that will not: %s', async (reply) => {
    const { server, host, clock } = await storeBench();
    server.refuse = () => reply;
    for (const own of [undefined, session('own')]) {
      await expect(host(own).ask()).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    }
    expect(clock.slept).toBe(0);
  });
});

describe('a value that cannot be used', () => {
  const form = sharedForm(place, jumpingClock(), 'a store');
  const body = (of: object) => JSON.stringify({ form: 1, session: { ...form.encode(session('shared'), 0), ...of } });

  it.each([
    ['nothing of ours', 'hello', 'STORE_VALUE_DAMAGED'],
    ['encrypted with another key', (line: string) => encrypt(body({}), 'name', keyOf(line)), 'STORE_KEY_UNKNOWN'],
    ['no JSON', 'text', 'STORE_VALUE_DAMAGED'],
    ['of a later form', JSON.stringify({ form: 2, session: {} }), 'STORE_VALUE_DAMAGED'],
    ['neither session nor mark', JSON.stringify({ form: 1 }), 'STORE_VALUE_DAMAGED'],
    ['of another user', body({ user: '/Compute-acme/jill' }), 'STORE_VALUE_DAMAGED'],
    ['of another endpoint', body({ endpoint: 'https://other.example' }), 'STORE_VALUE_DAMAGED'],
    ['a malformed token', body({ token: 'a;b' }), 'STORE_VALUE_DAMAGED'],
    ['without a time', body({ issuedAt: undefined }), 'STORE_VALUE_DAMAGED'],
    ['with a time that is text', body({ tokenExpiresAt: '12' }), 'STORE_VALUE_DAMAGED'],
    ['without the service’s clock', body({ serviceAhead: null }), 'STORE_VALUE_DAMAGED'],
  ])('%s reaches a host that has a good copy, too, and is left as it is', async (what, value, code) => {
    const { server, host, key, keyLine } = await storeBench();
    const text =
      what === 'nothing of ours'
        ? String(value)
        : renderValue(typeof value === 'string' ? encrypt(value, key, keyOf(keyLine)) : value(newKeyLine()));
    server.kept.set(key, text);
    for (const own of [undefined, session('own')]) {
      const { store, copy, ask } = host(own);
      await expect(ask()).rejects.toMatchObject({ code });
      const change = store.exclusively({ wait: 0 }, async (kept) => kept.replace(session('new'), await kept.read()));
      await expect(change).rejects.toMatchObject({ code });
      await expect(store.exclusively({ wait: 0 }, (kept) => kept.remove())).rejects.toMatchObject({ code });
      expect([server.kept.get(key), await copy.read()]).toEqual([text, own]);
    }
  });
});

function keyOf(line: string) {
  const key = parseKeyLine(line);
  if (!key) throw new RangeError('no key');
  return key;
}

describe('a host’s copy and the server', () => {
  it.each([
    ['has the longer session', { sessionExpiresAt: NOON + 151 * MINUTE + 1 }, 'own'],
    ['has the later token of the same session', { tokenExpiresAt: NOON + 21 * MINUTE }, 'own'],
    ['has the later token, of ends that differ by rounding', { ...later(1000), ...longer(-1000) }, 'own'],
    ['has the earlier token of a session that is longer by rounding', { ...later(-1), ...longer(1000) }, 'shared'],
    ['has the earlier token of the same session', later(-1), 'shared'],
    ['has another token with the same end', {}, 'shared'],
    ['has the later token of a session that ended earlier', { ...later(MINUTE), ...longer(-1001) }, 'shared'],
    ['has a token that has expired', { tokenExpiresAt: NOON, ...longer(MINUTE) }, 'shared'],
    ['has none', undefined, 'shared'],
  ] as const)('come to the newer one of both where the copy %s', async (_, own, winner) => {
    const { host, share } = await storeBench();
    await share(session('shared'));
    const { copy, ask } = host(own && session('own', own));
    expect((await ask())?.token).toBe(winner);
    expect((await copy.read())?.token).toBe(winner);
    // Every other host finds the same.
    expect((await host(undefined).ask())?.token).toBe(winner);
  });

  it('bring a session into a server that has lost it, and not one that has ended', async () => {
    const { server, host, key } = await storeBench();
    expect((await host(session('over', { tokenExpiresAt: NOON })).ask())?.token).toBe('over');
    expect(server.kept.has(key)).toBe(false);
    expect((await host(session('own')).ask())?.token).toBe('own');
    expect(server.kept.has(key)).toBe(true);
  });

  it('are left alone where they are the same', async () => {
    const { server, host, share, key } = await storeBench();
    await share(session('shared'));
    const before = server.kept.get(key);
    const { copy, ask } = host(session('shared'));
    const own = await copy.read();
    await ask();
    const noted = { ...own, sharedIn: expect.stringContaining('redis://') };
    expect([server.kept.get(key), await copy.read()]).toEqual([before, noted]);
  });

  it('are of one time, wherever the host’s clock stands', async () => {
    const { server, host, share, clock } = await storeBench();
    await share(session('shared'));
    expect(whole((await host(undefined).ask()) ?? session('none'))).toEqual(whole(session('shared')));
    expect(server.asked).toContain('TIME');
    clock.time += 25 * MINUTE;
    expect((await host(session('new', { issuedAt: clock.time, tokenExpiresAt: clock.time + 1 })).ask())?.token).toBe(
      'new',
    );
  });

  it('let a host that may only read use what it has', async () => {
    const { server, host, share, key } = await storeBench();
    await share(session('shared'));
    const before = server.kept.get(key);
    server.refuse = (command) => (command === 'EVAL' ? 'NOPERM this user has no permissions' : undefined);
    expect((await host(session('own', later(MINUTE))).ask())?.token).toBe('own');
    expect(server.kept.get(key)).toBe(before);
  });
});

function later(milliseconds: number) {
  return { tokenExpiresAt: NOON + 20 * MINUTE + milliseconds };
}

function longer(milliseconds: number) {
  return { sessionExpiresAt: NOON + 150 * MINUTE + milliseconds };
}

describe('a logout', () => {
  // Two tokens of one session say its end to within a second.
  it.each([
    [-MINUTE, undefined],
    [0, undefined],
    [500, undefined],
    [1000, undefined],
    [1001, 'own'],
  ])('ends the copies of other hosts that end %i ms later than it says: %s is left', async (milliseconds, left) => {
    const { host, share, server, key } = await storeBench();
    await share(session('shared'));
    const { store, copy } = host(session('shared'));
    expect(await store.exclusively({ wait: 0 }, (kept) => kept.remove())).toBe(true);
    expect(await copy.read()).toBeUndefined();
    const mark = server.kept.get(key);
    const other = host(session('own', longer(milliseconds)));
    expect((await other.ask())?.token).toBe(left);
    expect((await other.copy.read())?.token).toBe(left);
    expect(server.kept.get(key) === mark).toBe(left === undefined);
  });

  it('is no obstacle to a session that begins after it', async () => {
    const { host, share } = await storeBench();
    await share(session('shared'));
    const { store } = host(undefined);
    expect(await store.exclusively({ wait: 0 }, (kept) => kept.remove())).toBe(true);
    expect(await store.exclusively({ wait: 0 }, (kept) => kept.remove())).toBe(false);
    await store.exclusively({ wait: 0 }, async (kept) => {
      expect(await kept.read()).toBeUndefined();
      const next = session('new', { startedAt: NOON + MINUTE, ...longer(MINUTE) });
      expect(await kept.replace(next, undefined)).toBe(true);
    });
    expect((await host(undefined).ask())?.token).toBe('new');
  });
});

it('a session is newer by its end, and by its token where both ends are one', () => {
  const times = (tokenExpiresAt: number, sessionExpiresAt: number) => ({ tokenExpiresAt, sessionExpiresAt });
  expect(isNewer(times(1, 5000), times(2, 4000))).toBe(false);
  expect(isNewer(times(1, 5001), times(2, 4000))).toBe(true);
  expect(isNewer(times(2, 4000), times(1, 5000))).toBe(true);
  expect(isNewer(times(2, 4000), times(1, 5001))).toBe(false);
  expect(isNewer(times(1, 4000), times(1, 4000))).toBe(false);
});
