import { chmodSync, copyFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type OciBench, ociBench } from '../support/oci.js';

async function examine(bench: OciBench) {
  const { stdout, stderr } = await bench.run(['doctor', '-f', 'json'], { program: 'oracle-compute' });
  expect(stderr).toBe('');
  const lines: Record<string, string | null>[] = JSON.parse(stdout).list;
  return lines.filter(({ check }) => check === 'oci').map(({ state, code, message }) => ({ state, code, message }));
}

const fileOf = ({ home }: OciBench, profile: string, name: string) => join(home, '.oci', 'sessions', profile, name);

it('says so where there is no config file, or no session in it', async () => {
  const bench = await ociBench();
  expect(await examine(bench)).toEqual([
    { state: 'pass', code: null, message: `there is no config file ${bench.configFile}` },
  ]);
  await bench.addSession('ONE');
  writeFileSync(bench.configFile, '[DEFAULT]\nregion=eu-zurich-1\n');
  expect(await examine(bench)).toEqual([{ state: 'pass', code: null, message: `${bench.configFile} has no session` }]);
});

it('passes sessions as this program makes them, over or not', async () => {
  const bench = await ociBench();
  await bench.addSession('ONE');
  await bench.addSession('TWO');
  bench.pass(48 * 3_600_000);
  const message = `2 sessions are in order in ${bench.configFile}`;
  expect(await examine(bench)).toEqual([{ state: 'pass', code: null, message }]);
});

it('finds what is open to others, missing, damaged, or of another session, each in a line of its own', async () => {
  const bench = await ociBench();
  for (const name of ['OPEN', 'GONE', 'CUT', 'MIXED', 'GOOD']) await bench.addSession(name);
  chmodSync(bench.configFile, 0o644);
  chmodSync(fileOf(bench, 'OPEN', 'oci_api_key.pem'), 0o640);
  chmodSync(fileOf(bench, 'OPEN', 'token'), 0o604);
  unlinkSync(fileOf(bench, 'GONE', 'token'));
  chmodSync(fileOf(bench, 'GONE', 'oci_api_key.pem'), 0o644);
  writeFileSync(fileOf(bench, 'CUT', 'token'), 'half');
  copyFileSync(fileOf(bench, 'GOOD', 'oci_api_key.pem'), fileOf(bench, 'MIXED', 'oci_api_key.pem'));
  const found = await examine(bench);
  expect(found.map(({ state, code }) => `${state} ${code}`)).toEqual([
    'fail FILE_UNSAFE',
    'fail FILE_UNSAFE',
    'fail FILE_UNSAFE',
    'fail FILE_UNSAFE',
    'fail TOKEN_FILE_MISSING',
    'fail TOKEN_FILE_CORRUPT',
    'fail KEY_MISMATCH',
  ]);
  expect(found[0]?.message).toBe(`${bench.configFile} is open to others (mode 0644)`);
});

it('names a config file that cannot be read', async () => {
  const bench = await ociBench();
  await bench.addSession('ONE');
  writeFileSync(bench.configFile, Buffer.from([0xff, 0xfe]));
  expect(await examine(bench)).toMatchObject([{ state: 'fail', code: 'CONFIG_FILE_CORRUPT' }]);
});
