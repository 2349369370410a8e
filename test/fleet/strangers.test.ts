import { writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { refusal } from '../../fixtures/compute-service/faults.js';
import { systemClock } from '../../lib/clock.js';
import { sharedForm } from '../../lib/compute/shared-session.js';
import { openSession } from '../../lib/index.js';
import {
  decrypt,
  decryptValue,
  type EncryptionKey,
  encrypt,
  newKeyLine,
  parseKeyLine,
  parseValue,
  renderValue,
} from '../../lib/store/encryption.js';
import { sessionKeys } from '../../lib/store/redis-server.js';
import { fakeServer, list, text, timeOf } from '../support/fake-redis.js';
import { type Fleet, fleetBench, type Host } from '../support/fleet.js';
import { jumpingClock } from '../support/test-context.js';

// What a server or a tenant of it can send, and what an attacker with the key can encrypt.

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
/** By so much the server's clock may be read wrongly on a busy machine. */
const SLACK = 30_000;
const keyNameOf = ({ service }: Fleet) => sessionKeys(service.origin, service.user).value;

function keyOf(line: string): EncryptionKey {
  const key = parseKeyLine(line.trim());
  if (!key) throw new Error('no key');
  return key;
}

/** What the server keeps, opened; and a way to put something else there, encrypted with the fleet's key. */
async function opened(fleet: Fleet) {
  const keyName = keyNameOf(fleet);
  const key = keyOf(fleet.keys);
  const parts = parseValue(String(await fleet.redis.ask('GET', keyName)));
  if (!parts) throw new Error('nothing is kept');
  const body = JSON.parse(decrypt(parts, keyName, [key], 'the store')) as {
    form: number;
    session: Record<string, number | string>;
  };
  const forge = (changes: object) =>
    fleet.redis.ask('SET', keyName, renderValue(encrypt(JSON.stringify({ ...body, ...changes }), keyName, key)));
  return { body, forge };
}

/** A host with a good copy, whose store is at another address from now on. What it waits for takes no time. */
function hostAt(host: Host, url: string) {
  const { session, clockAhead } = host.opening;
  const store = { url, keyFile: host.env.OPC_SESSION_STORE_KEY_FILE ?? '' };
  const now = () => systemClock.now() + clockAhead;
  return openSession({ ...session, store, clock: { ...jumpingClock(), now } });
}

describe('what an attacker with the key encrypts', () => {
  it.each([
    ['ends in 2100', (far: number) => ({ tokenExpiresAt: far, sessionExpiresAt: far })],
    [
      'begins there, too',
      (far: number) => ({ tokenExpiresAt: far, sessionExpiresAt: far, issuedAt: far, startedAt: far }),
    ],
  ])('a session that %s lasts no longer than one that begins now', async (_what, times) => {
    const fleet = await fleetBench();
    await (await fleet.host()).use();
    const { body, forge } = await opened(fleet);
    await forge({ session: { ...body.session, ...times(Date.UTC(2100, 0)) } });
    const host = await fleet.host({ hasPassword: false });
    await host.session.cookie();
    const status = await host.session.status();
    expect(Number(status?.tokenExpiresAt) - Date.now()).toBeLessThanOrEqual(HOUR / 2 + SLACK);
    expect(Number(status?.sessionExpiresAt) - Date.now()).toBeLessThanOrEqual(3 * HOUR + SLACK);
  });

  it.each([
    ['infinite', '1e999'],
    ['beyond every date', '1e300'],
    ['no number', '"soon"'],
  ])('times that are %s are no session', async (_what, time) => {
    const fleet = await fleetBench();
    await (await fleet.host()).use();
    const { body } = await opened(fleet);
    const keyName = keyNameOf(fleet);
    for (const name of ['tokenExpiresAt', 'sessionExpiresAt', 'issuedAt', 'startedAt', 'serviceAhead']) {
      const forged = JSON.stringify({ ...body, session: { ...body.session, [name]: 0 } }).replace(
        `"${name}":0`,
        `"${name}":${time}`,
      );
      await fleet.redis.ask('SET', keyName, renderValue(encrypt(forged, keyName, keyOf(fleet.keys))));
      const { session } = await fleet.host({ hasPassword: false });
      await expect(session.cookie()).rejects.toMatchObject({ code: 'STORE_VALUE_DAMAGED' });
    }
  });

  it('is gone from every host after a change of the key and a login', async () => {
    const fleet = await fleetBench();
    const [able, other] = [await fleet.host(), await fleet.host({ hasPassword: false })];
    await able.use();
    const { body, forge } = await opened(fleet);
    await forge({ session: { ...body.session, token: 'forged' } });
    expect(await other.session.cookie()).toBe('forged');
    const line = newKeyLine();
    for (const { env } of [able, other]) writeFileSync(env.OPC_SESSION_STORE_KEY_FILE ?? '', `${line}\n`);
    await fleet.redis.ask('FLUSHALL');
    // Not even before the next login.
    await expect(other.session.cookie()).rejects.toMatchObject({ code: 'NO_SESSION' });
    expect(await fleet.redis.ask('KEYS', '*')).toEqual([]);
    await able.session.login();
    expect(await other.session.cookie()).toBe(await able.session.cookie());
  });

  it('as the mark of a logout until 2100 does not keep a later login from the hosts for longer than a day', async () => {
    const fleet = await fleetBench();
    await (await fleet.host()).use();
    const { forge } = await opened(fleet);
    await forge({ endedAt: Date.UTC(2100, 0), startedAt: Date.UTC(2100, 0), session: undefined });
    const value = String(await fleet.redis.ask('GET', keyNameOf(fleet)));
    const encryption = { keyName: keyNameOf(fleet), keys: [keyOf(fleet.keys)] as [EncryptionKey], store: 'the store' };
    const form = sharedForm({ endpoint: fleet.service.origin, user: fleet.service.user }, systemClock, 'a store');
    expect(decryptValue(value, 0, form, encryption).ended?.endedAt).toBeLessThanOrEqual(Date.now() + 27 * HOUR);
  });
});

describe('a server that gives back what it kept before', () => {
  it('brings no session back that was ended, to the host that ended it or to one that saw that', async () => {
    const fleet = await fleetBench();
    const [one, other, third] = [
      await fleet.host(),
      await fleet.host({ hasPassword: false }),
      await fleet.host({ hasPassword: false }),
    ];
    await one.use();
    await third.use();
    const before = String(await fleet.redis.ask('GET', keyNameOf(fleet)));
    await one.session.logout();
    const mark = String(await fleet.redis.ask('GET', keyNameOf(fleet)));
    for (const { session } of [other, third]) {
      await expect(session.cookie({ minValidSeconds: 3600 })).rejects.toMatchObject({ code: 'NO_SESSION' });
    }
    await fleet.redis.ask('SET', keyNameOf(fleet), before);
    for (const host of [one, other, third]) {
      expect(await (await host.again()).status()).toBeUndefined();
    }
    // A later login is for all of them, and the old mark does not end it.
    await one.session.login();
    const token = await one.session.cookie();
    expect(await other.session.cookie()).toBe(token);
    await fleet.redis.ask('SET', keyNameOf(fleet), mark);
    await other.session.refresh();
    expect(await third.session.cookie()).toBe(await other.session.cookie());
  });
});

describe('a server that gives back an older token', () => {
  it('changes nothing on a host that has a newer one, even when both are over', async () => {
    const fleet = await fleetBench({ service: { tokenLifetime: 3 } });
    const { session } = await fleet.host({ hasPassword: true });
    await session.cookie({ minValidSeconds: 1 });
    const before = String(await fleet.redis.ask('GET', keyNameOf(fleet)));
    const { tokenExpiresAt } = await session.refresh();
    await fleet.redis.ask('SET', keyNameOf(fleet), before);
    await expect.poll(async () => (await session.status())?.valid, { timeout: 60_000 }).toBe(false);
    expect((await session.status())?.tokenExpiresAt).toEqual(tokenExpiresAt);
  });
});

describe('the clock of a server', () => {
  it('that is wrong by hours or by years makes no copy useless', async () => {
    const fleet = await fleetBench();
    const wrongs = [10 * YEAR, -10 * YEAR, 6 * HOUR, -6 * HOUR];
    const hosts = await fleet.hosts(wrongs.length + 1);
    for (const host of hosts) await host.use();
    const [other, ...lied] = hosts;
    // Newer than the copies, so that it is taken over, with the server's time.
    await other?.session.refresh();
    const value = String(await fleet.redis.ask('GET', keyNameOf(fleet)));
    const newer = await other?.session.cookie();
    fleet.service.faults.always('/refresh/', refusal(400, 'no'));
    const check = async (host: Host, wrong: number) => {
      const lying = await fakeServer(([command, script, , , , owner]) => {
        const time = timeOf(Date.now() + wrong);
        if (command === 'GET') return text(value);
        if (command === 'TIME') return list(...time);
        return script?.includes("'NX'") ? list(text(value), text(`${owner} 1`), ...time) : undefined;
      });
      const session = await hostAt(host, lying.url);
      await expect(session.cookie({ minValidSeconds: 3600 })).rejects.toMatchObject({ code: 'REQUEST_REFUSED' });
      expect((await session.status())?.valid).toBe(true);
      // A clock that is wrong by more than a day brings nothing.
      const isTaken = (await session.cookie({ minValidSeconds: 1 })) === newer;
      expect({ wrong, isTaken }).toEqual({ wrong, isTaken: Math.abs(wrong) < 24 * HOUR });
      await host.use(session);
    };
    await Promise.all(lied.map((host, index) => check(host, wrongs[index] ?? 0)));
  });
});

describe('an answer', () => {
  const endless = (head: string, more: string) => (socket: Socket) => {
    socket.write(head);
    const send = () => {
      while (!socket.destroyed && socket.write(more));
    };
    socket.on('drain', send);
    send();
  };

  it.each([
    ['text', endless('$2000000000\r\n', 'A'.repeat(65_536))],
    ['a line', endless('+', 'A'.repeat(65_536))],
    ['a list', endless('*1000000000\r\n', ':1\r\n'.repeat(16_384))],
    ['an error', endless('-', 'A'.repeat(65_536))],
  ])('without an end, %s, is read no further than half a megabyte', async (_what, send) => {
    const fleet = await fleetBench();
    let sent: Socket | undefined;
    const server = await fakeServer(([command]) => {
      if (command !== 'GET') return undefined;
      return (socket) => {
        sent = socket;
        send(socket);
      };
    });
    const session = await hostAt(await fleet.host(), server.url);
    await expect(session.cookie()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', fields: { cause: 'TOO_LONG' } });
    // What the kernel holds on both sides of the connection counts, too.
    expect(sent?.bytesWritten).toBeLessThan(16 * 1024 * 1024);
  });

  it('of a server that cannot answer now counts as out of reach', async () => {
    const fleet = await fleetBench();
    const troubles = {
      LOADING: 'LOADING Redis is loading the dataset in memory',
      BUSY: 'BUSY Redis is busy running a script.',
      MISCONF: 'MISCONF Redis is configured to save RDB snapshots',
      READONLY: "READONLY You can't write against a read only replica.",
      OOM: "OOM command not allowed when used memory > 'maxmemory'.",
      MASTERDOWN: 'MASTERDOWN Link with MASTER is down',
      TRYAGAIN: 'TRYAGAIN Multiple keys request during rehashing of slot',
      CLUSTERDOWN: 'CLUSTERDOWN The cluster is down',
      FAILOVER: 'FAILOVER of an unknown kind',
      MAXCLIENTS: 'ERR max number of clients reached',
    };
    const check = async ([cause, words]: readonly [string, string]) => {
      const server = await fakeServer(() => `-${words}\r\n`);
      const session = await hostAt(await fleet.host(), server.url);
      await expect(session.cookie()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', fields: { cause } });
    };
    await Promise.all(Object.entries(troubles).map(check));
    expect(fleet.service.requests).toEqual([]);
  });

  it('of a server with too many clients lets a good copy serve, and each host refresh for itself', async () => {
    const fleet = await fleetBench();
    const host = await fleet.host();
    await host.use();
    const server = await fakeServer(() => (socket) => socket.end('-ERR max number of clients reached\r\n'));
    await (await hostAt(host, server.url)).refresh();
    expect(fleet.service).toMatchObject({ logins: 1, refreshes: 1 });
  });

  it.each([
    ["ERR unknown command 'GET'", 'ERR'],
    ['WRONGPASS invalid username-password pair', 'WRONGPASS'],
    ["NOPERM this user has no permissions to run the 'get' command", 'NOPERM'],
    ['MOVED 1234 10.0.0.1:6379', 'MOVED'],
    [`${'A'.repeat(100_000)} no`, 'ERR'],
    ['\u001b]0;owned\u0007 no', 'ERR'],
  ])('of a server that refuses is shown by its kind alone: %#', async (words, kind) => {
    const fleet = await fleetBench();
    const server = await fakeServer(([command]) => (command === 'GET' ? `-${words}\r\n` : undefined));
    const session = await hostAt(await fleet.host(), server.url);
    const message = `${server.url} cannot be used: `;
    await expect(session.cookie()).rejects.toMatchObject({
      code: 'STORE_REFUSED',
      fields: { kind },
      message: expect.stringMatching(new RegExp(`^${message}[ -~]{1,80}$`)),
    });
  });

  it('that a value was not taken, each time, ends what wanted to put it', async () => {
    const fleet = await fleetBench();
    const server = await fakeServer(([command, script]) =>
      command === 'EVAL' && script?.includes('ARGV[3]') ? ':0\r\n' : undefined,
    );
    const host = await fleet.host();
    await host.use();
    const session = await hostAt(host, server.url);
    for (const attempt of [() => session.login(), () => session.logout()]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'SESSION_LOCKED' });
    }
    expect(server.commands.filter((command) => command.includes('ARGV[3]')).length).toBeLessThanOrEqual(25);
    // What could not be ended for all is not gone from here alone.
    expect((await session.status())?.valid).toBe(true);
  });
});

describe('a connection with TLS', () => {
  it('asks for the server by its name, and by none where it has an address', async () => {
    const fleet = await fleetBench();
    const { authority } = fleet;
    const server = await fakeServer(() => undefined, { authority, hosts: ['localhost', '127.0.0.1'] });
    const host = await fleet.host();
    for (const name of ['localhost', '127.0.0.1']) {
      const session = await hostAt(host, `rediss://${name}:${server.port}`);
      await session.login();
    }
    expect(new Set(server.names)).toEqual(new Set(['localhost', false]));
  });
});

describe('sentinels', () => {
  const tls = ({ authority }: Fleet) => ({ authority, hosts: ['127.0.0.1'] });
  const naming = (fleet: Fleet, port: number | undefined) =>
    fakeServer(
      ([command]) =>
        command === 'SENTINEL'
          ? port === undefined
            ? '*-1\r\n'
            : list(text('127.0.0.1'), text(String(port)))
          : undefined,
      tls(fleet),
    );
  const role = (fleet: Fleet, name: string) =>
    fakeServer(([command]) => (command === 'HELLO' ? list(text('role'), text(name)) : undefined), tls(fleet));
  const at = (...ports: readonly number[]) =>
    `rediss+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(',')}/fleet`;

  it('that name a server which is gone, a replica or nothing are not the last word', async () => {
    const fleet = await fleetBench();
    const [replica, primary] = [await role(fleet, 'slave'), await role(fleet, 'master')];
    const stale = [await naming(fleet, 1), await naming(fleet, replica.port), await naming(fleet, undefined)];
    const right = await naming(fleet, primary.port);
    const session = await hostAt(await fleet.host(), at(...stale.map(({ port }) => port), right.port));
    await session.login();
    expect(primary.commands.some((command) => command.startsWith('EVAL'))).toBe(true);
    expect(replica.commands.filter((command) => !/^(?:HELLO|AUTH|SELECT)/.test(command))).toEqual([]);
  });

  it('that all name a replica leave the store out of reach', async () => {
    const fleet = await fleetBench();
    const replica = await role(fleet, 'replica');
    const url = at((await naming(fleet, replica.port)).port, (await naming(fleet, replica.port)).port);
    const fresh = await hostAt(await fleet.host(), url);
    await expect(fresh.cookie()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', fields: { cause: 'READONLY' } });
  });
});
