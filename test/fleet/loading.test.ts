import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { fleetBench, type Host } from '../support/fleet.js';
import { cleanEnvironment, PROGRAM, runProgram } from '../support/program.js';
import { temporaryHome, writeFileWithMode } from '../support/temporary-home.js';
import { runLine } from '../support/test-context.js';

/** Runs the built program and tells whether it has loaded a client of the server. */
async function loadsClient({ home, env }: Pick<Host, 'home' | 'env'>, line: readonly string[]): Promise<boolean> {
  const folder = temporaryHome();
  const [list, preload] = [join(folder, 'loaded'), join(folder, 'preload.cjs')];
  const script = `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(list)}, Object.keys(require.cache).join('\\n')));`;
  writeFileWithMode(preload, script);
  const { status, stderr } = await runProgram(line, { env: cleanEnvironment(home, env) }, [
    process.execPath,
    '--require',
    preload,
    PROGRAM,
  ]);
  expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: '' });
  return readFileSync(list, 'utf8').includes('@redis');
}

const READS = [
  ['status'],
  ['refresh_token', '-q', '--min-valid', '10m'],
  ['request', 'GET', '/account/'],
  ['exec', '--', 'true'],
];

it('only what opens a server, or looks at one, can load a client of it, and that when it connects', () => {
  const folder = dirname(PROGRAM);
  const able = readdirSync(folder).filter((name) => readFileSync(join(folder, name), 'utf8').includes('@redis/client'));
  expect(able.sort()).toEqual([
    'cli-commands-doctor.js',
    'cli-commands-store-status.js',
    'lib-store-open-remote-session.js',
  ]);
  for (const name of able) {
    const uses = readFileSync(join(folder, name), 'utf8').match(/.{30}"@redis\/client"/g);
    expect(uses).toEqual([expect.stringMatching(/\.then\(\(\)=>[\w$]+\(require\("@redis\/client"$/)]);
  }
});

it('loads no client of a server where no store is named', async () => {
  const fleet = await fleetBench();
  const { home, env } = await fleet.host();
  const alone = Object.fromEntries(Object.entries(env).filter(([name]) => !name.includes('STORE')));
  for (const line of [['auth', '-q'], ['doctor']]) {
    expect([line, await loadsClient({ home, env: alone }, line)]).toEqual([line, false]);
  }
});

it('loads one for a store, and not as long as the copy of this host is good enough', async () => {
  const fleet = await fleetBench();
  const host = await fleet.host();
  expect(await loadsClient(host, ['refresh_token', '-q', '--reauthenticate', '--min-valid', '10m'])).toBe(true);
  expect(await loadsClient(host, ['refresh_token', '-q', '--min-valid', '10m'])).toBe(false);
});

it('opens no server as long as the copy of this host is good enough', async () => {
  const fleet = await fleetBench();
  const { home, env } = await fleet.host();
  const auth = ['refresh_token', '-q', '--reauthenticate', '--min-valid', '10m'];
  expect(await runLine(auth, { home, env })).toMatchObject({ status: 0 });
  // Who opens the server finds its key file gone.
  const without = { ...env, OPC_SESSION_STORE_KEY_FILE: join(home, 'nowhere') };
  for (const line of READS) {
    expect([line, await runLine(line, { home, env: without })]).toEqual([line, expect.objectContaining({ status: 0 })]);
  }
  expect(await runLine(['refresh_token', '-q'], { home, env: without })).toMatchObject({ status: 2 });
});
