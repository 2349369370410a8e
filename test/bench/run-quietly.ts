import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs a program to its end, beside this process. Gives its status and what it wrote to its standard output. */
export async function runQuietly(
  [file = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ readonly status: number | null; readonly stdout: string }> {
  const run = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  let stdout = '';
  run.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const [status] = await once(run, 'close');
  return { status, stdout };
}
