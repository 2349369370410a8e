import { execFileSync } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { newKeyLine, parseKeyLine, parseValue } from '../../lib/store/encryption.js';
import { sessionKeys } from '../../lib/store/redis-server.js';
import { type Fleet, fleetBench } from '../support/fleet.js';
import { temporaryHome } from '../support/temporary-home.js';

// One process, for which the files of the store change while it runs.

async function running(): Promise<
  { fleet: Fleet; passwordFile: string; keyFile: string } & Awaited<ReturnType<Fleet['host']>>
> {
  const fleet = await fleetBench({ redis: { tls: false } });
  const host = await fleet.host();
  await host.session.cookie();
  const [passwordFile = '', keyFile = ''] = [
    host.env.OPC_SESSION_STORE_PASSWORD_FILE,
    host.env.OPC_SESSION_STORE_KEY_FILE,
  ];
  return { ...host, fleet, passwordFile, keyFile };
}

it('the password of the server is read again for each renewal', async () => {
  const { fleet, session, passwordFile } = await running();
  await session.refresh();
  await fleet.redis.ask('ACL', 'SETUSER', 'opc', 'resetpass', '>another');
  writeFileSync(passwordFile, 'another\n');
  await session.refresh();
  const other = await fleet.host({ hasPassword: false, serverPassword: 'another' });
  expect(await other.session.cookie()).toBe(await session.cookie());
  expect(fleet.service).toMatchObject({ logins: 1, refreshes: 2 });
});

it('a file that is away for a moment fails what is done then, and nothing later', async () => {
  const { fleet, session, passwordFile, keyFile } = await running();
  for (const file of [passwordFile, keyFile]) {
    renameSync(file, `${file}.away`);
    await expect(session.refresh()).rejects.toMatchObject({ code: 'PASSWORD_FILE_MISSING' });
    renameSync(`${file}.away`, file);
    await session.refresh();
  }
  expect(fleet.service.refreshes).toBe(2);
});

it('a key that was added in front encrypts what is put from then on', async () => {
  const { fleet, session, keyFile } = await running();
  const added = newKeyLine();
  writeFileSync(keyFile, `${added}\n${fleet.keys}`);
  await session.refresh();
  const { value } = sessionKeys(fleet.service.origin, fleet.service.user);
  const kept = parseValue(String(await fleet.redis.ask('GET', value)));
  expect(kept?.keyId).toBe(parseKeyLine(added)?.id);
});

it('a pipe, which gives its password once, is read once', async () => {
  const fleet = await fleetBench();
  const pipe = join(temporaryHome(), 'pipe');
  execFileSync('mkfifo', ['-m', '600', pipe]);
  const { opening } = await fleet.host();
  const { openSession } = await import('../../lib/index.js');
  const store = { url: fleet.redis.url, keyFile: opening.session.store?.keyFile ?? '', passwordFile: pipe };
  const session = await openSession({ ...opening.session, store });
  const [token] = await Promise.all([session.cookie(), writeFile(pipe, `${fleet.redis.password}\n`)]);
  await session.refresh();
  expect(await session.cookie()).not.toBe(token);
});
