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
  it('logs in, and starts the keychain’s helper', async () => {
    const { env, service, storedToken } = await programBench();
    const login = await runProgram(
      ['auth', service.user, '-', '--save-password'],
      { env, input: service.password },
      source('oracle-compute.ts'),
    );
    expect(tokenIn(login.stdout)).toBe(await storedToken());
    // The reason is the keychain's own, so its helper has answered.
    expect({ status: login.status, stderr: login.stderr }).toEqual({
      status: 2,
      stderr: expect.stringMatching(/the password was not saved: no keychain is available: .*D-Bus/),
    });
  });

  it('can be imported, and says its version', async () => {
    const files = ['lib/index.ts', 'lib/oci/index.ts'].map((file) => JSON.stringify(resolve(file)));
    // One process, because the loader reads all of the source again in each.
    const script = `const libraries = Promise.all([${files}].map((file) => import(file)));
      libraries.then((all) => {
        for (const library of all) console.log(Object.keys(library).join());
        process.argv = [process.execPath, 'oci', '--version'];
        return import(${JSON.stringify(resolve('cli/oci.ts'))});
      });`;
    const env = cleanEnvironment(temporaryHome());
    const { stdout, stderr } = await runProgram(['-e', script], { env }, tsx);
    expect(stderr).toBe('');
    const library = expect.stringMatching(/\bOracleComputeError\b/);
    expect(stdout.trim().split('\n')).toEqual([library, library, VERSION]);
  });
});
