import { mkdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { cleanEnvironment, type ProgramResult, runProgram } from '../support/program.js';

/** A home for npm: its cache and settings are of the test's own, and no proxy, token or setting of the machine's. */
export function npmEnvironment(home: string): Record<string, string | undefined> {
  return {
    ...cleanEnvironment(home),
    // npm begins with `#!/usr/bin/env node`.
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    npm_config_cache: join(home, 'npm-cache'),
    npm_config_globalconfig: join(home, 'no-such-npmrc'),
    npm_config_update_notifier: 'false',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_ignore_scripts: 'true',
    // Whatever is not on this machine is out of reach.
    npm_config_https_proxy: 'http://127.0.0.1:9',
    npm_config_noproxy: '127.0.0.1',
  };
}

/** Runs npm, which must succeed. */
export async function npm(
  args: readonly string[],
  at: { readonly home: string; readonly cwd?: string },
): Promise<ProgramResult> {
  const result = await runProgram(args, { env: npmEnvironment(at.home), cwd: at.cwd }, ['npm']);
  if (result.status !== 0) throw new Error(`npm ${args.join(' ')} ended with ${result.status}: ${result.stderr}`);
  return result;
}

export interface PackedFile {
  readonly path: string;
  readonly size: number;
  readonly mode: number;
}

export interface PackReport {
  readonly filename: string;
  readonly files: readonly PackedFile[];
  readonly size: number;
  readonly unpackedSize: number;
}

/** Packs this package as it is, without building it. */
export async function packThis(destination: string): Promise<PackReport> {
  const home = join(destination, 'npm-home');
  mkdirSync(home, { recursive: true });
  const { stdout } = await npm(['pack', '.', '--json', '--pack-destination', destination], { home });
  const [report] = JSON.parse(stdout) as PackReport[];
  if (report === undefined) throw new Error('npm pack said nothing');
  return report;
}
