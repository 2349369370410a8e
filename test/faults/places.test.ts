import { execFileSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startComputeService } from '../../fixtures/compute-service/server.js';
import { LOCK_ENDING } from '../../lib/files/lock.js';
import { giveAway, otherUser } from '../support/other-user.js';
import { runProgram } from '../support/program.js';
import { programBench, programHome } from '../support/program-bench.js';
import { smallDisk } from '../support/small-disk.js';
import { filesBelow, modeOf, temporaryHome, writeFileWithMode } from '../support/temporary-home.js';

const LINES = [['auth'], ['refresh_token'], ['logout']];

async function readOnlyDisk() {
  const service = await startComputeService();
  onTestFinished(() => service.close());
  const disk = smallDisk('size=128k');
  const place = programHome(service, disk.path);
  return { service, disk, ...place, lock: () => execFileSync('mount', ['-o', 'remount,ro', disk.path]) };
}

describe('where nothing can be written', () => {
  it('a disk that is read-only keeps the session, and status still shows it', async () => {
    const { service, runHere: run, storeOldSession, cookiesFile, lock } = await readOnlyDisk();
    await storeOldSession();
    const before = readFileSync(cookiesFile);
    lock();
    for (const line of LINES) {
      const result = await run(line);
      expect(result).toMatchObject({ status: 2, stdout: line[0] === 'logout' ? '' : 'false\n' });
      expect(result.stderr).toMatch(
        /cannot be written \(EROFS\)\ncheck it: ls -ld .*--no-cookie-file.*OPC_COOKIE_FILE/,
      );
      expect(readFileSync(cookiesFile)).toEqual(before);
    }
    // No password goes out for a session that cannot be kept.
    expect(service.requests).toEqual([]);
    expect(await run(['status', '-q'])).toMatchObject({ status: 0, stderr: '' });
    // No lock can be made, and none is needed.
    expect(await run(['refresh_token', '-q', '--min-valid', '1m'])).toMatchObject({ status: 0, stderr: '' });
    expect(await run(['auth', '--no-cookie-file'])).toMatchObject({ status: 0 });
  });

  it('a folder without the right to write keeps the session, too', async () => {
    const { service, env, storeOldSession } = await programBench();
    const user = otherUser();
    const passwordFile = giveAway(writeFileWithMode(join(user.open, 'password'), service.password));
    const path = join(user.home, 'jars', 'jar.json');
    await storeOldSession(path);
    giveAway(path);
    giveAway(dirname(path));
    chmodSync(dirname(path), 0o500);
    const before = readFileSync(path);
    const options = { env: { ...env, HOME: user.home, OPC_PASSWORD_FILE: passwordFile } };
    for (const line of LINES) {
      const result = await runProgram([...line, '--cookie-file', path], options, user.command);
      expect(result).toMatchObject({ status: 2, stdout: line[0] === 'logout' ? '' : 'false\n' });
      expect(result.stderr).toMatch(/cannot be written \(EACCES\)\ncheck it: ls -ld /);
    }
    expect(readFileSync(path)).toEqual(before);
    expect(filesBelow(dirname(path))).toEqual(['jar.json 600']);
    expect(modeOf(dirname(path))).toBe('500');
  });

  it('another user’s file in the place of the lock is not taken for one', async () => {
    const { service, env } = await programBench();
    const user = otherUser();
    const passwordFile = giveAway(writeFileWithMode(join(user.open, 'password'), service.password));
    const path = join(user.home, 'jar.json');
    const lock = writeFileWithMode(`${path}${LOCK_ENDING}`, '', 0o666);
    const options = { env: { ...env, HOME: user.home, OPC_PASSWORD_FILE: passwordFile } };
    const refused = await runProgram(['auth', '--cookie-file', path], options, user.command);
    expect(refused).toMatchObject({ status: 2, stdout: 'false\n' });
    expect(refused.stderr).toContain(
      `${lock} cannot be written: it is not your lock file\ncheck it, and move it away: ls -ld ${lock}`,
    );
    expect(filesBelow(user.home)).toEqual([`jar.json${LOCK_ENDING} 666`]);
  });

  it('a home folder that is not there is made where that is allowed, and else named', async () => {
    const { service, env, runHere: run } = await programBench();
    const home = join(temporaryHome(), 'far', 'away');
    expect(await run(['auth'], { ...env, HOME: home })).toMatchObject({ status: 0 });
    expect(filesBelow(home).map((file) => file.replace(/ \d+$/, ''))).toHaveLength(3);
    expect(modeOf(home)).toBe('700');

    const user = otherUser();
    const passwordFile = giveAway(writeFileWithMode(join(user.open, 'password'), service.password));
    const nowhere = join(user.open, 'nowhere');
    const options = { env: { ...env, HOME: nowhere, OPC_PASSWORD_FILE: passwordFile } };
    const refused = await runProgram(['auth'], options, user.command);
    expect(refused).toMatchObject({ status: 2, stdout: 'false\n' });
    expect(refused.stderr).toMatch(/\/nowhere\S* cannot be written \(EACCES\)\n/);
    expect(await runProgram(['status', '-q'], options, user.command)).toMatchObject({ status: 10, stderr: '' });
    expect(await runProgram(['auth', '--no-cookie-file'], options, user.command)).toMatchObject({ status: 0 });
  });

  it('a file where a folder should be is named', async () => {
    const { home, runHere: run } = await programBench();
    writeFileSync(join(home, '.opc'), 'no folder');
    const result = await run(['auth']);
    expect(result).toMatchObject({ status: 2, stdout: 'false\n' });
    expect(result.stderr).toMatch(/\.opc\/cookies cannot be written \((ENOTDIR|EEXIST)\)\n/);
    expect(readFileSync(join(home, '.opc'), 'utf8')).toBe('no folder');
  });
});

describe('links in the way', () => {
  it('a cookies file that is a link stays one, and what it leads to is replaced', async () => {
    const { home, cookiesFile, runHere: run, storeOldSession, storedToken } = await programBench();
    const target = join(home, 'synced', 'jar.json');
    const old = await storeOldSession(target);
    mkdirSync(dirname(cookiesFile), { recursive: true, mode: 0o700 });
    symlinkSync(target, cookiesFile);
    expect(await run(['refresh_token', '-q'])).toMatchObject({ status: 0 });
    expect(readlinkSync(cookiesFile)).toBe(target);
    expect(await storedToken()).not.toBe(old);
    expect(filesBelow(dirname(target))).toEqual(['jar.json 600']);
    expect(await run(['logout'])).toMatchObject({ status: 0 });
    expect(filesBelow(dirname(target))).toEqual([]);
    expect(await run(['status', '-q'])).toMatchObject({ status: 10 });
    expect(await run(['auth'])).toMatchObject({ status: 0 });
    expect(readlinkSync(cookiesFile)).toBe(target);
    expect(filesBelow(dirname(target))).toEqual(['jar.json 600']);
  });

  it('a link that leads to itself is refused, and stays', async () => {
    const { service, home, runHere: run } = await programBench();
    const loop = join(home, 'loop.json');
    symlinkSync(loop, loop);
    expect(await run(['auth', '--cookie-file', loop])).toMatchObject({ status: 2, stdout: 'false\n' });
    expect(lstatSync(loop).isSymbolicLink()).toBe(true);
    expect(service.requests).toEqual([]);
  });

  it('a link to a file that is not ours to write is refused before anything is sent', async () => {
    const { service, home, runHere: run } = await programBench();
    const precious = writeFileWithMode(join(home, 'precious'), 'my thesis\n');
    const jar = join(home, 'jar.json');
    symlinkSync(precious, jar);
    for (const line of LINES) expect((await run([...line, '--cookie-file', jar])).status).toBe(4);
    expect(readFileSync(precious, 'utf8')).toBe('my thesis\n');
    expect(service.requests).toEqual([]);
  });

  it('links with the names of temporary files are not written through', async () => {
    const { home, cookiesFile, runHere: run, storeOldSession } = await programBench();
    await storeOldSession();
    const precious = writeFileWithMode(join(home, 'precious'), 'my thesis\n');
    for (const name of ['tmp', 'abcdefgh.tmp', '0.tmp']) symlinkSync(precious, `${cookiesFile}.${name}`);
    expect(await run(['refresh_token', '-q'])).toMatchObject({ status: 0 });
    expect(readFileSync(precious, 'utf8')).toBe('my thesis\n');
  });
});
