import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultCookiesFile } from '../../lib/compute/cookies/cookies-file-store.js';
import { temporaryFor } from '../../lib/files/leftovers.js';
import { type ComputeBench, computeBench } from '../support/compute.js';
import { ociBench } from '../support/oci.js';
import { giveAway, otherUser } from '../support/other-user.js';
import { cleanEnvironment, runProgram } from '../support/program.js';
import { filesBelow, writeFileWithMode } from '../support/temporary-home.js';

/** As version 0.1 named it. */
const oldTemporaryFor = (path: string) => `${path}.k3j2h1g0.tmp`;

const cookiesFileOf = ({ home, service }: ComputeBench) => defaultCookiesFile(home, service.origin, service.user);

/** What other programs may keep beside a file of ours. */
const OTHERS = ['.bak', '.old.tmp', '.backup.tmp', '.20260301.tmp', '.oracle-compute.tmp', '.lock'];

describe('logout takes what killed processes left of the session with it', () => {
  it('and nothing else', async () => {
    const bench = await computeBench();
    const file = cookiesFileOf(bench);
    await bench.run(['auth', '-q']);
    const left = [temporaryFor(file), oldTemporaryFor(file)];
    for (const path of left) copyFileSync(file, path);
    const kept = [...OTHERS.map((ending) => file + ending), temporaryFor(join(dirname(file), 'other.json'))];
    for (const path of kept) writeFileWithMode(path, 'x');
    // Its name would fit, but everybody can read it: version 0.1 made no such file.
    kept.push(writeFileWithMode(`${file}.a1b2c3d4.tmp`, 'x', 0o644));
    expect(await bench.run(['logout'])).toMatchObject({ status: 0 });
    const names = filesBelow(dirname(file)).map((entry) => entry.replace(/ \d+$/, ''));
    expect(names).toEqual(kept.map((path) => basename(path)).sort());
  });

  it('also where the session itself is not there', async () => {
    const bench = await computeBench();
    const file = cookiesFileOf(bench);
    writeFileWithMode(temporaryFor(file), 'x');
    expect(await bench.run(['logout'])).toMatchObject({ status: 0 });
    expect(filesBelow(dirname(file))).toEqual([]);
    expect(await bench.run(['logout'])).toMatchObject({ status: 10 });
    writeFileWithMode(temporaryFor(file), 'x');
    expect(await bench.run(['logout', '--all'])).toMatchObject({ status: 0 });
    expect(filesBelow(dirname(file))).toEqual([]);
  });
});

it('logout --all removes what it can, keeps what is damaged, and says so', async () => {
  const bench = await computeBench();
  const folder = dirname(cookiesFileOf(bench));
  for (const user of [bench.service.user, '/Compute-acme/jill']) {
    const from = cookiesFileOf(bench);
    await bench.run(['auth', '-q']);
    if (user !== bench.service.user) {
      const other = defaultCookiesFile(bench.home, bench.service.origin, user);
      copyFileSync(from, other);
    }
  }
  writeFileWithMode(join(folder, 'a.json'), '{');
  const open = join(folder, 'b.json');
  copyFileSync(cookiesFileOf(bench), open);
  chmodSync(open, 0o644);
  const result = await bench.run(['logout', '--all']);
  expect(result).toMatchObject({ status: 4, stderr: expect.stringContaining(`${open} can be read by others`) });
  expect(result.stderr).toContain(`${join(folder, 'a.json')} is damaged`);
  expect(filesBelow(folder)).toEqual(['a.json 600', 'b.json 644']);
});

it('terminate takes them, too, and the lock that a killed process left', async () => {
  const { home, run, addSession } = await ociBench();
  await addSession('T');
  const folder = join(home, '.oci', 'sessions', 'T');
  for (const name of ['token', 'oci_api_key.pem']) {
    for (const path of [temporaryFor(join(folder, name)), oldTemporaryFor(join(folder, name))]) {
      copyFileSync(join(folder, name), path);
    }
  }
  writeFileSync(join(folder, 'token.oracle-compute.lock'), '4711\n', { mode: 0o600 });
  expect(await run(['session', 'terminate', '--profile', 'T'])).toMatchObject({ status: 0 });
  expect(existsSync(folder)).toBe(false);
});

it('doctor finds them in all places, and what lives it leaves alone', async () => {
  const bench = await ociBench();
  const { home, configFile, addSession } = bench;
  await addSession('T');
  const folder = join(home, '.oci', 'sessions', 'T');
  const named = join(home, 'jar.json');
  const staged = join(folder, '.new-deadbeef');
  const orphan = join(home, '.oci', 'sessions', 'ORPHAN');
  cpSync(folder, orphan, { recursive: true });
  cpSync(orphan, staged, { recursive: true });
  mkdirSync(`${configFile}.lock`);
  const files = [
    temporaryFor(join(folder, 'token')),
    oldTemporaryFor(join(folder, 'oci_api_key.pem')),
    temporaryFor(configFile),
    temporaryFor(named),
    temporaryFor(join(home, '.opc', 'cookies', 'gone.json')),
  ];
  for (const path of files) writeFileWithMode(path, 'x');
  const left = [...files, staged, orphan, `${configFile}.lock`];
  const foundBy = async () => {
    const env = { ...bench.env, OPC_COOKIE_FILE: named };
    const { stdout } = await bench.run(['doctor', '-f', 'json'], { program: 'oracle-compute', env });
    const lines: Record<string, string>[] = JSON.parse(stdout).list;
    return lines.filter(({ check }) => check === 'leftovers').map(({ message }) => message ?? '');
  };
  for (const path of left) utimesSync(path, bench.clock.now() / 1000 - 10, bench.clock.now() / 1000 - 10);
  expect(await foundBy()).toEqual(['no killed process has left anything']);
  bench.pass(120_000);
  const found = await foundBy();
  for (const path of left) expect(found.filter((message) => message.split(' ').includes(path))).toHaveLength(1);
  expect(found).toHaveLength(left.length);
});

it('doctor never says of a folder that it cannot look into that nothing is stored', async () => {
  const { home, command } = otherUser();
  const folder = join(home, '.opc', 'cookies');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  giveAway(dirname(folder));
  const { stdout } = await runProgram(['doctor'], { env: cleanEnvironment(home) }, command);
  expect(stdout).not.toMatch(/no session is stored|has left anything/);
  expect(stdout).toMatch(/^fail {2}folders .*cookies belongs to another user/m);
  for (const check of ['cookies', 'leftovers']) {
    expect(stdout).toMatch(
      new RegExp(`^fail  ${check} .*${folder} cannot be read \\(EACCES\\) -> .*sudo chown -R`, 'm'),
    );
  }
});
