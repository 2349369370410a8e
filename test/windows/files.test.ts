import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ComputeServiceOptions, startComputeService } from '../../fixtures/compute-service/server.js';
import { defaultCookiesFile } from '../../lib/compute/cookies/cookies-file-store.js';
import { storeOldComputeSession } from '../support/stored-sessions.js';
import { NODE, windowsUser } from './machine.js';

async function userWithOldSession(options: ComputeServiceOptions = {}) {
  const service = await startComputeService(options);
  onTestFinished(() => service.close());
  const user = await windowsUser({ OPC_API: service.url, OPC_USER: service.user });
  const cookiesFile = defaultCookiesFile(user.folder, service.origin, service.user);
  const token = await storeOldComputeSession(service, cookiesFile);
  const left = () => readdirSync(join(user.folder, '.opc', 'cookies'));
  return { ...user, service, cookiesFile, token, left };
}

describe('the files of a session', () => {
  it('are changed by one of twenty processes, and read by all', async () => {
    const { run, service, left } = await userWithOldSession();
    const lines = Array.from({ length: 20 }, () => run(['refresh_token', '-q', '--min-valid', '10m']));
    for (const result of await Promise.all(lines)) expect(result).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(service.refreshes).toBe(1);
    expect(left()).toHaveLength(1);
  });

  it('are free as soon as the process that holds their lock is killed', async () => {
    const { run, service, left } = await userWithOldSession();
    let kill = () => {};
    let answer = () => {};
    const delay = new Promise<void>((resolve) => {
      answer = resolve;
    });
    service.faults.once('/refresh/', { delay });
    const killed = run(['refresh_token', '-q'], {
      onStart: (end) => {
        kill = end;
      },
    });
    await expect.poll(left).toContainEqual(expect.stringMatching(/\.lock$/));
    kill();
    expect((await killed).status).not.toBe(0);
    answer();
    expect(await run(['refresh_token', '-q'])).toMatchObject({ status: 0 });
    expect(left()).toHaveLength(1);
  });

  it('are replaced while others read them', async () => {
    const { run, start, write, service, folder, cookiesFile, home } = await userWithOldSession();
    const windowsPath = home + cookiesFile.slice(folder.length).replaceAll('/', '\\');
    const reader = write(
      'reader.js',
      `const { existsSync, openSync, readFileSync, closeSync } = require('node:fs');
let reads = 0;
while (!existsSync('stop')) {
  try {
    const file = openSync(${JSON.stringify(windowsPath)}, 'r');
    JSON.parse(readFileSync(file, 'utf8'));
    closeSync(file);
    reads++;
  } catch (error) {
    if (!['EPERM', 'EACCES', 'EBUSY'].includes(error.code)) throw error;
  }
}
console.log(reads);`,
    );
    const readers = [1, 2].map(() => start(NODE, [reader]));
    const lines: number[] = [];
    for (let round = 0; round < 4; round++) {
      const { status } = await run(['refresh_token', '-q']);
      lines.push(status ?? -1);
    }
    writeFileSync(join(folder, 'stop'), '');
    expect(lines).toEqual([0, 0, 0, 0]);
    for (const { status, stdout } of await Promise.all(readers)) {
      expect(status).toBe(0);
      expect(Number(stdout)).toBeGreaterThan(0);
    }
    expect(service.refreshes).toBe(4);
  });

  it('are named with drives, backslashes, blanks and long paths, and nothing hangs at a drive that does not exist', async () => {
    const { run, folder, home, service, write } = await userWithOldSession();
    const password = write('.opc/password', service.password);
    const long = join('long', 'l'.repeat(60), 'o'.repeat(60), 'n'.repeat(60), 'g '.repeat(30).trim());
    const cookieFile = `${home}\\${long.replaceAll('/', '\\')}\\session.json`;
    expect(cookieFile.length).toBeGreaterThan(260);
    expect(await run(['auth', '-q', '-p', password, '--cookie-file', cookieFile])).toMatchObject({ status: 0 });
    expect(readdirSync(join(folder, long))).toEqual(['session.json']);
    expect(await run(['auth', '-q', '-p', 'p', '--cookie-file', `${home}\\x.json`])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('never put it on the command line'),
    });
    expect(await run(['auth', '-q', '-p', '.\\missing', '--cookie-file', `${home}\\x.json`])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/\.\\missing does not exist\r?\n.*Read-Host \| Set-Content/),
    });
    expect(existsSync(join(folder, 'x.json'))).toBe(false);
    const nowhere = await run(['auth', '-q', '-p', password, '--cookie-file', 'Q:\\no\\drive.json']);
    expect(nowhere).toMatchObject({ status: 2, stderr: expect.stringContaining('Q:\\no') });
    const homeless = await run(['auth', '-q', '-p', password], { env: { USERPROFILE: 'Q:\\jack' } });
    expect(homeless).toMatchObject({ status: 2, stderr: expect.stringContaining('Q:\\jack') });
  });
});
