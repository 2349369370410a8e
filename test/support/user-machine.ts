import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type ComputeServiceOptions, startComputeService } from '../../fixtures/compute-service/server.js';
import { cleanEnvironment, PROGRAM, runProgram } from './program.js';
import { temporaryHome, writeFileWithMode } from './temporary-home.js';

/** A user's machine: the program on the PATH, a password file, and a service. */
export async function userMachine(options: ComputeServiceOptions = {}) {
  const home = temporaryHome();
  const service = await startComputeService(options);
  onTestFinished(() => service.close());
  writeFileWithMode(join(home, '.opc', 'password'), `${service.password}\n`);
  mkdirSync(join(home, 'bin'));
  chmodSync(PROGRAM, 0o755);
  symlinkSync(PROGRAM, join(home, 'bin', 'oracle-compute'));
  const PATH = [join(home, 'bin'), process.env.PATH].join(delimiter);
  const env = cleanEnvironment(home, { PATH, OPC_API: service.url });
  const shell = (name: string, script: string, more: Record<string, string> = {}) => {
    const file = writeFileWithMode(join(home, `script.${name}`), script);
    return runProgram([file], { env: { ...env, ...more } }, [name]);
  };
  return { home, service, env, shell };
}
