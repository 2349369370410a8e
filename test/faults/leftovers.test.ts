import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultCookiesFile } from '../../lib/compute/cookies/cookies-file-store.js';
import { temporaryFor } from '../../lib/files/private-file.js';
import { type ComputeBench, computeBench } from '../support/compute.js';
import { ociBench } from '../support/oci.js';
import { giveAway, otherUser } from '../support/other-user.js';
import { cleanEnvironment, OCI_PROGRAM, runProgram } from '../support/program.js';
import { requirePart } from '../support/real-part.js';
import { filesBelow, temporaryHome, writeFileWithMode } from '../support/temporary-home.js';

const cookiesFileOf = ({ home, service }: ComputeBench) => defaultCookiesFile(home, service.origin, service.user);

/** What other programs may keep beside a file of ours. */
const OTHERS = ['.bak', '.old.tmp', '.backup.tmp', '.20260301.tmp', '.k3j2h1g0.tmp', '.oracle-compute.tmp', '.lock'];

describe('logout takes what killed processes left of the session with it', () => {
  it('and nothing else', async () => {
    const bench = await computeBench();
    const file = cookiesFileOf(bench);
    await bench.run(['auth', '-q']);
    copyFileSync(file, temporaryFor(file));
    const kept = [...OTHERS.map((ending) => file + ending), temporaryFor(join(dirname(file), 'other.json'))];
    for (const path of kept) writeFileWithMode(path, 'x');
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
    copyFileSync(join(folder, name), temporaryFor(join(folder, name)));
  }
  writeFileSync(join(folder, 'token.oracle-compute.lock'), '4711\n', { mode: 0o600 });
  expect(await run(['session', 'terminate', '--profile', 'T'])).toMatchObject({ status: 0 });
  expect(existsSync(folder)).toBe(false);
});

describe('what a killed export left, wherever that is', () => {
  /** Killed at the how-manieth rename, when the temporary file is complete. */
  async function killedExport(ordinal: number) {
    const bench = await ociBench({}, Date.now());
    await bench.addSession('T');
    const out = temporaryHome();
    const kill = `inject=rename:signal=SIGKILL:when=${ordinal}`;
    const trace = ['-f', '-qq', '-e', 'trace=rename', '-e', kill, '-o', '/dev/null'];
    const line = ['session', 'export', '--profile', 'T', '--output-dir', join(out, 'oci')];
    const command = [requirePart('strace'), ...trace, process.execPath, OCI_PROGRAM];
    await runProgram(line, { env: cleanEnvironment(bench.home) }, command);
    const left = filesBelow(out).filter((entry) => entry.includes('.tmp '));
    expect(left).toEqual([expect.stringMatching(/\.oracle-compute\.tmp 600$/)]);
    return { ...bench, out, left: join(out, left[0]?.replace(/ \d+$/, '') ?? '') };
  }

  it.each([1, 3])('is found by doctor, and goes with the session: file %i', async (ordinal) => {
    const { run, env, clock, left, home } = await killedExport(ordinal);
    clock.time = Date.now() + 120_000;
    const { stdout } = await run(['doctor'], { program: 'oracle-compute', env });
    expect(stdout).toContain(`left the temporary file ${left}`);
    // A refresh may meet an export that lives.
    await run(['session', 'refresh', '--profile', 'T']);
    expect(existsSync(left)).toBe(true);
    expect(await run(['session', 'terminate', '--profile', 'T'])).toMatchObject({ status: 0 });
    expect(existsSync(left)).toBe(false);
    expect(filesBelow(join(home, '.oci', 'sessions'))).toEqual([]);
  });

  it('and one that lives to its end leaves nothing, nor one that fails', async () => {
    const { run, addSession, home } = await ociBench();
    await addSession('T');
    const before = filesBelow(join(home, '.oci'));
    const line = ['session', 'export', '--profile', 'T', '--output-dir', 'out'];
    mkdirSync(join(home, 'out', 'sessions'), { recursive: true });
    writeFileWithMode(join(home, 'out', 'sessions', 'T'), 'in the way');
    expect(await run(line)).toMatchObject({ status: 2 });
    expect(await run([...line, '--output-dir', 'other'])).toMatchObject({ status: 0 });
    expect(filesBelow(join(home, '.oci'))).toEqual(before);
  });
});

it('doctor looks beside the file that a link leads to, and beside tokens that are elsewhere', async () => {
  const bench = await ociBench();
  const { home, configFile, addSession, run } = bench;
  await addSession('T');
  const [dotfiles, tokens] = [join(home, 'dotfiles', 'config'), join(home, 'tokens')];
  cpSync(join(home, '.oci', 'sessions', 'T'), tokens, { recursive: true });
  const text = readFileSync(configFile, 'utf8').replaceAll(join(home, '.oci', 'sessions', 'T'), tokens);
  writeFileWithMode(dotfiles, text);
  rmSync(configFile);
  symlinkSync(dotfiles, configFile);
  const left = [
    temporaryFor(dotfiles),
    temporaryFor(join(tokens, 'token')),
    temporaryFor(join(tokens, 'oci_api_key.pem')),
  ];
  for (const path of left) writeFileWithMode(path, 'x');
  for (const path of left) utimesSync(path, bench.clock.now() / 1000, bench.clock.now() / 1000);
  bench.pass(120_000);
  const { stdout } = await run(['doctor'], { program: 'oracle-compute' });
  for (const path of left) expect(stdout).toContain(`temporary file ${path}`);
  expect(await run(['session', 'terminate', '--profile', 'T'])).toMatchObject({ status: 0 });
  expect(left.filter((path) => existsSync(path))).toEqual([]);
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
  const files = [
    temporaryFor(join(folder, 'token')),
    temporaryFor(join(folder, 'oci_api_key.pem')),
    temporaryFor(configFile),
    temporaryFor(named),
    temporaryFor(join(home, '.opc', 'cookies', 'gone.json')),
  ];
  for (const path of files) writeFileWithMode(path, 'x');
  const left = [...files, staged, orphan];
  const foundBy = async () => {
    const env = { ...bench.env, OPC_COOKIE_FILE: named };
    const { stdout } = await bench.run(['doctor', '-f', 'json'], { program: 'oracle-compute', env });
    const lines: Record<string, string>[] = JSON.parse(stdout).list;
    return lines.filter(({ check }) => check === 'leftovers').map(({ message }) => message ?? '');
  };
  for (const path of left) utimesSync(path, bench.clock.now() / 1000 - 10, bench.clock.now() / 1000 - 10);
  expect(await foundBy()).toEqual(['no leftover files']);
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
  expect(stdout).not.toMatch(/no stored session|left anything/);
  expect(stdout).toMatch(/^fail {2}folders .*cookies belongs to another user/m);
  for (const check of ['cookies', 'leftovers']) {
    expect(stdout).toMatch(
      new RegExp(`^fail  ${check} .*${folder} cannot be read \\(EACCES\\) -> .*sudo chown -R`, 'm'),
    );
  }
});
