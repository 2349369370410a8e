import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VERSION } from '../../lib/version.js';
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
  it.each(['oracle-compute.ts', 'oci.ts'])('%s says its version', async (entry) => {
    const env = cleanEnvironment(temporaryHome());
    const { stdout, stderr } = await runProgram(['--version'], { env }, source(entry));
    expect({ stdout, stderr }).toEqual({ stdout: `${VERSION}\n`, stderr: '' });
  });

  it('logs in, and says who is logged in', async () => {
    const { service, env, storedToken } = await programBench();
    const login = await runProgram(['auth'], { env }, source('oracle-compute.ts'));
    expect({ status: login.status, stderr: login.stderr }).toEqual({ status: 0, stderr: '' });
    expect(tokenIn(login.stdout)).toBe(await storedToken());
    const { stdout } = await runProgram(['status', '-f', 'json'], { env }, source('oracle-compute.ts'));
    expect(JSON.parse(stdout)).toMatchObject({ state: 'valid', user: service.user });
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

  it.each(['lib/index.ts', 'lib/oci/index.ts'])('%s can be imported', async (file) => {
    const script = `import(${JSON.stringify(resolve(file))}).then((library) => console.log(Object.keys(library).join()))`;
    const env = cleanEnvironment(temporaryHome());
    const { stdout, stderr } = await runProgram(['-e', script], { env }, tsx);
    expect(stderr).toBe('');
    expect(stdout).toContain('OracleComputeError');
  });
});
