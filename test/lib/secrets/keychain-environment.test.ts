import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { keychainEnvironment } from '../../../lib/secrets/system-keychain.js';
import { temporaryHome, writeFileWithMode } from '../../support/temporary-home.js';

const UID = process.geteuid?.() ?? 0;

/** The runtime folders of a machine with a bus of ours in the folder of this user. */
async function runtimeFolders(uid = UID): Promise<string> {
  const folders = temporaryHome();
  mkdirSync(join(folders, String(uid)));
  const bus = createServer().listen(join(folders, String(uid), 'bus'));
  onTestFinished(() => void bus.close());
  await new Promise((resolve) => bus.once('listening', resolve));
  return folders;
}

describe('the environment of the helper', () => {
  it("names the user's bus where none is named, as under cron", async () => {
    const folders = await runtimeFolders();
    expect(await keychainEnvironment({ HOME: '/h' }, UID, folders)).toEqual({
      HOME: '/h',
      DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(folders, String(UID), 'bus')}`,
    });
  });

  it.each([
    { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/x' },
    { XDG_RUNTIME_DIR: '/run/x' },
  ])('leaves %o alone', async (env) => {
    expect(await keychainEnvironment(env, UID, await runtimeFolders())).toEqual(env);
  });

  it.each([
    ["another user's bus", async () => ({ folders: await runtimeFolders(UID + 1), uid: UID + 1 })],
    [
      'a file in its place',
      async () => {
        const folders = temporaryHome();
        writeFileWithMode(join(folders, String(UID), 'bus'), '');
        return { folders, uid: UID };
      },
    ],
    ['a system without user ids', async () => ({ folders: await runtimeFolders(), uid: undefined })],
  ])('takes no bus from %s', async (_, environment) => {
    const { folders, uid } = await environment();
    expect(await keychainEnvironment({}, uid, folders)).toEqual({});
  });

  it('has none of our secrets, and nothing that changes Node', async () => {
    const env = {
      OPC_COOKIE: 'x',
      OPC_COMPUTE_COOKIE: 'x',
      NIMBULA_COOKIE: 'x',
      OCI_CLI_PASSPHRASE: 'x',
      NODE_OPTIONS: 'x',
    };
    expect(await keychainEnvironment({ ...env, DISPLAY: ':0' }, undefined)).toEqual({ DISPLAY: ':0' });
  });
});
