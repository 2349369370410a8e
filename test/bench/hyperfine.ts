import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Round } from './statistics.js';

export interface HyperfineOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Of each line, one right after the other. */
  readonly runs: number;
  /** Measures lines that fail, too. */
  readonly failing?: boolean;
  /** Where its report goes for a moment. */
  readonly folder: string;
}

/**
 * Measures each command line, without a shell. Beside this process, in which the services live and go on answering.
 * A line that fails is an error, unless said otherwise.
 */
export async function hyperfine(lines: readonly string[], options: HyperfineOptions): Promise<Round> {
  const { env, runs, failing = false, folder } = options;
  const report = join(folder, 'hyperfine.json');
  const flags = ['-N', '--style', 'none', '--runs', `${runs}`, '--export-json', report, ...(failing ? ['-i'] : [])];
  const run = spawn('hyperfine', [...flags, ...lines], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  run.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [status] = await once(run, 'close');
  if (status !== 0) throw new Error(`hyperfine ended with ${status}: ${said}`);
  const { results }: { results: { times: number[] }[] } = JSON.parse(readFileSync(report, 'utf8'));
  rmSync(report);
  return results.map(({ times }) => times.map((seconds) => seconds * 1000));
}
