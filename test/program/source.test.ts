import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VERSION } from '../../lib/environment.js';
import { tokenIn } from '../support/compute.js';
import { cleanEnvironment, runProgram } from '../support/program.js';
import { programBench } from '../support/program-bench.js';
import { temporaryHome } from '../support/temporary-home.js';

const tsx = [process.execPath, '--import', import.meta.resolve('tsx')];
const source = (entry: string) => [...tsx, resolve('cli', entry)];

it('the version of the source is the package’s', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(VERSION).toBe(version);
});

describe('the source, run as it stands by a TypeScript loader', () => {
  it('says its version', async () => {
    const env = cleanEnvironment(temporaryHome());
    const { stdout, stderr } = await runProgram(['--version'], { env }, source('oci.ts'));
    expect({ stdout, stderr }).toEqual({ stdout: `${VERSION}\n`, stderr: '' });
  });

  it('logs in', async () => {
    const { env, storedToken } = await programBench();
    const login = await runProgram(['auth'], { env }, source('oracle-compute.ts'));
    expect({ status: login.status, stderr: login.stderr }).toEqual({ status: 0, stderr: '' });
    expect(tokenIn(login.stdout)).toBe(await storedToken());
  });

  it('starts the keychain’s helper', async () => {
    const { env } = await programBench();
    const args = ['password', 'status', '-f', 'json'];
    const [built, run] = await Promise.all([
      runProgram(args, { env }),
      runProgram(args, { env }, source('oracle-compute.ts')),
    ]);
    expect(run.status).toBe(built.status);
    expect(JSON.parse(run.stdout)).toEqual(JSON.parse(built.stdout));
  });

  it('can be imported', async () => {
    const files = ['lib/index.ts', 'lib/oci/index.ts'].map((file) => JSON.stringify(resolve(file)));
    const script = `for (const file of [${files}]) import(file).then((library) => console.log(Object.keys(library).join()))`;
    const env = cleanEnvironment(temporaryHome());
    const { stdout, stderr } = await runProgram(['-e', script], { env }, tsx);
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n')).toEqual(Array(2).fill(expect.stringMatching(/\bOracleComputeError\b/)));
  });
});
