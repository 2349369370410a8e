import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runQuietly } from './run-quietly.js';
import { median } from './statistics.js';

const RUNS = 5;

/** Whether the `time` on PATH is GNU's; that of BSD and macOS has other options, and shells have one built in. */
export async function hasGnuTime(): Promise<boolean> {
  const { stdout } = await runQuietly(['time', '--version'], process.env).catch(() => ({ stdout: '' }));
  return stdout.includes('GNU');
}

/** The most memory that a line had at one time, in MiB: the middle one of several runs. */
export async function peakMemory(line: string, env: NodeJS.ProcessEnv, folder: string): Promise<number> {
  const report = join(folder, 'peak-memory');
  const peaks: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    await runQuietly(['time', '-f', '%M', '-o', report, ...line.split(' ')], env);
    peaks.push(Number(readFileSync(report, 'utf8')) / 1024);
  }
  rmSync(report);
  return median(peaks);
}
