import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createLocalAuthority } from '../../fixtures/local-tls.js';
import { freePort } from '../../fixtures/redis/process.js';
import { SUFFICIENT_ACL } from '../../fixtures/redis/server.js';
import { decrypt, encrypt, newKeyLine, parseKeyLine } from '../../lib/store/encryption.js';
import { sessionKeys } from '../../lib/store/redis-server.js';
import { type Fleet, fleetBench, startTestRedis } from '../support/fleet.js';
import { jumpingClock } from '../support/test-context.js';

const keyOf = ({ service }: Fleet) => sessionKeys(service.origin, service.user).value;

/** What the server keeps, with its type, so that a change of any kind shows. */
async function dump({ redis }: Fleet): Promise<unknown> {
  const keys = (await redis.ask('KEYS', '*')) as string[];
  return Promise.all(keys.sort().map(async (key) => [key, await redis.ask('DUMP', key)]));
}

/** A fleet whose server gives its users these rights and no others. */
async function fleetWithRights(...rights: string[]): Promise<Fleet> {
  const fleet = await fleetBench();
  const allow = (...words: string[]) => fleet.redis.ask('ACL', 'SETUSER', 'opc', 'resetkeys', ...words);
  await allow(...rights);
  onTestFinished(() => allow(...SUFFICIENT_ACL.split(' ')).then(() => undefined));
  return fleet;
}

async function fleetWithSession(): Promise<Fleet> {
  const fleet = await fleetBench();
  await (await fleet.host()).session.cookie();
  return fleet;
}

it('is refused by the server: a wrong password', async () => {
  const fleet = await fleetBench();
  const host = await fleet.host({ serverPassword: 'another' });
  await expect(host.session.cookie()).rejects.toMatchObject({ code: 'STORE_REFUSED', fields: { kind: 'WRONGPASS' } });
  await expect(host.session.login()).rejects.toMatchObject({ code: 'STORE_REFUSED' });
  expect(fleet.service.requests).toEqual([]);
});

it.each([
  ['for reading', '~opc:* -@all +eval +set +del +pexpire +time'],
  ['for scripts', '~opc:* -@all +get +set +del +pexpire +time'],
  ['for what the scripts do', '~opc:* -@all +eval +get +time'],
  ['for the keys', '~other:* -@all +eval +get +set +del +pexpire +time'],
])('is refused by the server: an ACL without the right %s', async (_what, acl) => {
  const fleet = await fleetWithRights(...acl.split(' '));
  const host = await fleet.host();
  await expect(host.session.cookie()).rejects.toMatchObject({ code: 'STORE_REFUSED' });
  expect(fleet.service.requests).toEqual([]);
  expect(await dump(fleet)).toEqual([]);
});

it('uses the session where the ACL allows to look and no more', async () => {
  const fleet = await fleetWithSession();
  await fleet.redis.ask(
    'ACL',
    'SETUSER',
    'reader',
    'on',
    `>${fleet.redis.password}`,
    '~opc:*',
    '-@all',
    '+get',
    '+time',
  );
  const url = fleet.redis.url.replace('opc@', 'reader@');
  const reader = await fleet.host({ url, hasPassword: false });
  await reader.use();
  await expect(reader.session.cookie({ minValidSeconds: 3600 })).rejects.toMatchObject({ code: 'STORE_REFUSED' });
  expect(fleet.service).toMatchObject({ logins: 1, refreshes: 0 });
});

it('leaves alone what is encrypted with a key that it has not', async () => {
  const fleet = await fleetWithSession();
  const before = await dump(fleet);
  const host = await fleet.host({ keys: `${newKeyLine()}\n` });
  for (const attempt of [() => host.session.cookie(), () => host.session.login(), () => host.session.logout()]) {
    await expect(attempt()).rejects.toMatchObject({ code: 'STORE_KEY_UNKNOWN' });
  }
  expect(await dump(fleet)).toEqual(before);
  expect(fleet.service.logins).toBe(1);
});

it('opens with every key of the file and encrypts with the first, so that a key can be changed', async () => {
  const fleet = await fleetWithSession();
  const added = newKeyLine();
  const rotated = await fleet.host({ keys: `${added}\r\n${fleet.keys}`, hasPassword: false });
  await rotated.session.refresh();
  const later = await fleet.host({ keys: `${added}\n`, hasPassword: false });
  expect(await later.session.cookie()).toBe(await rotated.session.cookie());
});

it('refuses a key file that holds no key', async () => {
  const fleet = await fleetBench();
  for (const keys of ['', 'x', 'not.a.key', `\n`, `${newKeyLine()}=`]) {
    const host = await fleet.host({ keys });
    await expect(host.session.cookie(), keys).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:STORE_KEY_FILE_MALFORMED|PASSWORD_EMPTY)$/),
    });
  }
  expect(await dump(fleet)).toEqual([]);
});

it.each([
  ['nothing of ours', 'hello'],
  ['empty text', ''],
  [
    'one byte of the encrypted value changed',
    (value: string) => value.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')),
  ],
  ['an encrypted value that was cut', (value: string) => value.slice(0, -20)],
  ['more than a session ever is', 'x'.repeat(100_000)],
])('leaves a damaged value alone: %s', async (_what, damage) => {
  const fleet = await fleetWithSession();
  const key = keyOf(fleet);
  const value = String(await fleet.redis.ask('GET', key));
  await fleet.redis.ask('SET', key, typeof damage === 'string' ? damage : damage(value));
  const before = await dump(fleet);
  const host = await fleet.host();
  for (const attempt of [() => host.session.cookie(), () => host.session.login(), () => host.session.logout()]) {
    await expect(attempt()).rejects.toMatchObject({ code: 'STORE_VALUE_DAMAGED' });
  }
  expect(await dump(fleet)).toEqual(before);
  expect(fleet.service.logins).toBe(1);
});

it('opens no value that was encrypted for another key of the server', () => {
  const key = parseKeyLine(newKeyLine());
  if (!key) throw new Error('no key');
  const encrypted = encrypt('a session', 'opc:{one}:s', key);
  expect(decrypt(encrypted, 'opc:{one}:s', [key], 'a store')).toBe('a session');
  expect(() => decrypt(encrypted, 'opc:{other}:s', [key], 'a store')).toThrow('it cannot be decrypted');
});

it('leaves alone a session that was moved from another key, and a key of another type', async () => {
  const fleet = await fleetWithSession();
  const moved = String(await fleet.redis.ask('GET', keyOf(fleet)));
  const other = await fleetBench();
  await other.redis.ask('SET', keyOf(other), moved);
  const host = await other.host({ keys: fleet.keys });
  await expect(host.session.cookie()).rejects.toMatchObject({ code: 'STORE_VALUE_DAMAGED' });

  await fleet.redis.ask('DEL', keyOf(fleet));
  await fleet.redis.ask('RPUSH', keyOf(fleet), 'a list');
  await expect((await fleet.host()).session.cookie()).rejects.toMatchObject({ code: 'STORE_VALUE_DAMAGED' });
  expect(await fleet.redis.ask('LRANGE', keyOf(fleet), '0', '-1')).toEqual(['a list']);
});

it('sends nothing to a server that it cannot trust', async () => {
  const fleet = await fleetBench({ redis: {} });
  const stranger = await createLocalAuthority();
  const wrong = await startTestRedis(join(fleet.folder, 'wrong'), {
    authority: fleet.authority,
    hosts: ['cache.example'],
  });
  for (const options of [{ certificateAuthorities: stranger.certificatePem }, { url: wrong.url }]) {
    const host = await fleet.host(options);
    await expect(host.session.cookie()).rejects.toMatchObject({ code: 'STORE_TLS_FAILED' });
  }
  expect(await wrong.ask('ACL', 'LOG')).toEqual([]);
});

it('sends nothing in clear to another host', async () => {
  const fleet = await fleetBench();
  await expect(fleet.host({ url: 'redis://opc@192.0.2.1/0' })).rejects.toMatchObject({
    code: 'STORE_ADDRESS_INSECURE',
  });
  const heard: Buffer[] = [];
  const listener = createServer((socket) =>
    socket
      .on('error', () => undefined)
      .on('data', (bytes) => {
        heard.push(bytes);
        socket.destroy();
      }),
  );
  const port = await freePort();
  await new Promise<void>((ready) => listener.listen(port, '127.0.0.1', ready));
  onTestFinished(() => void listener.close());
  const host = await fleet.host({ url: `rediss://opc@127.0.0.1:${port}/0`, clock: jumpingClock() });
  await expect(host.session.cookie()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
  expect(Buffer.concat(heard).length).toBeGreaterThan(0);
  expect(Buffer.concat(heard).toString('latin1')).not.toContain(fleet.redis.password);
});

it.each([true, false])('works on this machine with TLS and without (%s)', async (tls) => {
  const fleet = await fleetBench({ redis: { tls } });
  await (await fleet.host()).use();
  await (await fleet.host({ hasPassword: false })).use();
  expect(fleet.service.logins).toBe(1);
});

it('tells a reader of the server neither token nor user', async () => {
  const fleet = await fleetWithSession();
  const host = await fleet.host({ hasPassword: false });
  const secrets = [await host.session.cookie()];
  await host.session.refresh();
  secrets.push(await host.session.cookie(), fleet.service.user, fleet.service.user.split('/')[2] ?? '');
  const all = JSON.stringify([await dump(fleet), await fleet.redis.ask('GET', keyOf(fleet))]);
  expect(all).toContain(keyOf(fleet));
  for (const secret of secrets) {
    for (const form of [secret, Buffer.from(secret).toString('base64'), Buffer.from(secret).toString('base64url')]) {
      expect(all).not.toContain(form.slice(0, 40));
    }
  }
});

it('keeps a session no longer than it lasts', async () => {
  const fleet = await fleetBench({ service: { sessionLifetime: 1000 } });
  await (await fleet.host()).session.cookie();
  const life = Number(await fleet.redis.ask('PTTL', keyOf(fleet)));
  expect(life).toBeGreaterThan(900_000);
  expect(life).toBeLessThanOrEqual(1_000_000);
});
