import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startComputeService } from '../../fixtures/compute-service/server.js';
import { ociBench } from '../support/oci.js';
import { programHome } from '../support/program-bench.js';
import { smallDisk } from '../support/small-disk.js';
import { filesBelow } from '../support/temporary-home.js';

/** A page, the least that a disk in memory can have free. */
const PAGE = 4096;
const LONG_TOKEN = 'x'.repeat(2 * PAGE);

const LINES = [['auth'], ['refresh_token'], ['refresh_token', '--reauthenticate']];

async function smallHome(options = 'size=128k') {
  const service = await startComputeService();
  onTestFinished(() => service.close());
  const disk = smallDisk(options);
  return { service, disk, ...programHome(service, disk.path) };
}

describe('a full disk leaves the old session, and nothing half-written', () => {
  it.each([
    ['no byte is free, by the built program', 0, 'run'],
    ['there is room for the first part of the file', PAGE, 'runHere'],
  ] as const)('%s', async (_, free, how) => {
    const { service, disk, cookiesFile, storeOldSession, ...place } = await smallHome();
    const run = (line: readonly string[]) => place[how](line);
    await storeOldSession();
    const before = readFileSync(cookiesFile);
    disk.fillUpTo(free);
    for (const line of LINES) {
      service.faults.nextCookieValue(LONG_TOKEN);
      const result = await run(line);
      expect(result).toMatchObject({ status: 2, stdout: 'false\n' });
      expect(result.stderr).toMatch(/^oracle-compute: .* cannot be written: the disk is full\nmake room: df -h .*\n$/);
      expect(result.stderr).not.toContain(LONG_TOKEN.slice(0, 20));
      expect(readFileSync(cookiesFile)).toEqual(before);
      expect(filesBelow(dirname(cookiesFile))).toEqual([expect.stringMatching(/\.json 600$/)]);
    }
    expect(service.faults.pending).toBe(0);
    writeFileSync(join(disk.path, 'filler'), '');
    expect(await run(['refresh_token', '-q'])).toMatchObject({ status: 0 });
    expect(readFileSync(cookiesFile)).not.toEqual(before);
  });

  it('no file can be made any more', async () => {
    const { service, disk, runHere: run, cookiesFile, storeOldSession } = await smallHome('size=128k,nr_inodes=16');
    await storeOldSession();
    const before = readFileSync(cookiesFile);
    for (let left = true, number = 0; left; number++) {
      try {
        writeFileSync(join(disk.path, `filler-${number}`), '');
      } catch {
        left = false;
      }
    }
    for (const line of LINES) {
      const result = await run(line);
      expect(result).toMatchObject({ status: 2, stdout: 'false\n' });
      expect(result.stderr).toMatch(/the disk is full/);
      expect(readFileSync(cookiesFile)).toEqual(before);
      expect(filesBelow(dirname(cookiesFile))).toEqual([expect.stringMatching(/\.json 600$/)]);
    }
    // The lock comes first, so what could not be kept was never asked for.
    expect(service.refreshes).toBe(0);
  });

  it('an exported folder is whole, or has no key and no token', async () => {
    const bench = await ociBench();
    await bench.addSession('T');
    const disk = smallDisk('size=64k');
    const line = ['session', 'export', '--profile', 'T', '--output-dir', join(disk.path, 'oci')];
    disk.fillUpTo(2 * PAGE);
    expect(await bench.run(line)).toMatchObject({ status: 2, stderr: expect.stringContaining('the disk is full') });
    expect(filesBelow(join(disk.path, 'oci'))).toEqual(['sessions 700', 'sessions/T 700']);
    writeFileSync(join(disk.path, 'filler'), '');
    expect(await bench.run(line)).toMatchObject({ status: 0 });
  });

  it('a first login is told so too, and leaves nothing', async () => {
    const { service, disk, runHere: run } = await smallHome();
    disk.fillUpTo(0);
    expect(await run(['auth'])).toMatchObject({ status: 2, stdout: 'false\n' });
    expect(service.logins).toBe(1);
    expect(filesBelow(disk.path).filter((name) => !/^(filler|password|\.opc|\.opc\/cookies) /.test(name))).toEqual([]);
  });
});
