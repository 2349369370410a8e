import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fleetBench, type Host } from '../support/fleet.js';
import { cleanEnvironment, PROGRAM, runProgram } from '../support/program.js';
import { temporaryHome, writeFileWithMode } from '../support/temporary-home.js';

/** Runs the built program and tells whether it has loaded a client of the engine. */
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

it('loads no client of an engine where no store is named', async () => {
  const fleet = await fleetBench();
  const { home, env } = await fleet.host();
  const alone = Object.fromEntries(Object.entries(env).filter(([name]) => !name.includes('STORE')));
  for (const line of [['auth', '-q'], ...READS, ['refresh_token', '-q'], ['logout']]) {
    expect([line, await loadsClient({ home, env: alone }, line)]).toEqual([line, false]);
  }
});

it('loads one for a store, and not as long as the copy of this host is good enough', async () => {
  const fleet = await fleetBench();
  const host = await fleet.host();
  expect(await loadsClient(host, ['refresh_token', '-q', '--reauthenticate', '--min-valid', '10m'])).toBe(true);
  for (const line of READS) expect([line, await loadsClient(host, line)]).toEqual([line, false]);
  expect(await loadsClient(host, ['refresh_token', '-q'])).toBe(true);
});
