import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROGRAM } from '../support/program.js';
import { requirePart } from '../support/real-part.js';
import { writeFileWithMode } from '../support/temporary-home.js';
import { runLine } from '../support/test-context.js';
import { userMachine } from '../support/user-machine.js';

const USER = '/Compute-acme/jack.jones@example.com';

/** A user of a slow service, with orchestrations of these names. */
async function machineWith(names: readonly string[]) {
  const machine = await userMachine({ latency: 5, startTime: 100, failing: '/bad' });
  const { home, shell, service } = machine;
  const env = { ...machine.env, OPC_USER: USER, OPC_PASSWORD_FILE: join(home, '.opc', 'password') };
  for (const name of names) {
    writeFileWithMode(join(home, `${name}.json`), JSON.stringify({ name: `${USER}/${name}`, oplans: [] }));
  }
  const run = (script: string) =>
    shell(requirePart('bash'), `cd; set -o pipefail\n${script}\n`, env as Record<string, string>);
  for (const name of names) {
    const line = ['add', 'orchestration', join(home, `${name}.json`)];
    expect(await runLine(line, { home, env })).toMatchObject({ status: 0, stderr: '' });
  }
  return { ...machine, env, run, requests: () => service.requests.filter(({ method }) => method !== 'POST') };
}

describe('many objects', () => {
  it('are started, awaited, stopped and deleted in the lines of docs/objects.md', async () => {
    const { run, service } = await machineWith(['web', 'db']);
    const { status, stdout, stderr } = await run(`
CONTAINER=${USER}
oracle-compute start orchestration web db --wait -HFname,status && echo ---
oracle-compute discover orchestration $CONTAINER | oracle-compute stop orchestration - --force --wait 20m > stopped
cat stopped; echo ---
oracle-compute discover orchestration $CONTAINER | oracle-compute delete orchestration -
oracle-compute wait orchestration web db --for deleted --interval 1s && oracle-compute list orchestration -H`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [started, stopped, left] = stdout.split('---\n');
    expect(started).toBe(`${USER}/web  ready\n${USER}/db   ready\n`);
    expect(stopped?.match(/stopped/g)).toHaveLength(2);
    expect(left).toBe('');
    expect(service.logins).toBe(1);
  });

  it('end with 5 if one has failed, 75 if one is late, and name them', async () => {
    const { run } = await machineWith(['bad', 'idle']);
    const { status, stdout, stderr } = await run(`
oracle-compute start orchestration bad --wait; echo $?
oracle-compute wait orchestration bad idle --for status=ready --timeout 1s --interval 1s; echo $?
oracle-compute wait orchestration idle --for status=ready --timeout 0 -f json 2>&1; echo $?`);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^5\n5\n\{"error":\{"code":"NOT_IN_TIME",.*\n75\n$/);
    expect(stderr).toContain(`oracle-compute: ${USER}/idle is not there after 1 s: status is stopped\n`);
    expect(stderr.match(/bad has failed: status is error/g)).toHaveLength(2);
  });

  it('are all started, though nobody reads the rest of what is printed', async () => {
    const names = Array.from({ length: 20 }, (_, number) => `o${number}`);
    const { run, requests } = await machineWith(names);
    const { status, stderr } = await run(`oracle-compute start orchestration ${names.join(' ')} -f json | true`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(requests().filter(({ method }) => method === 'PUT')).toHaveLength(20);
    const looked = await run(
      'yes "o1" | awk \'{print $1 NR}\' | oracle-compute get orchestration - -f json | head -c 1',
    );
    expect(looked.stdout).toBe('{');
  });

  it('stop at Ctrl-C while names are still to come, and say how many were done', async () => {
    const { env, requests } = await machineWith(['web']);
    const args = [PROGRAM, 'delete', 'orchestration', '-'];
    const child = spawn(process.execPath, args, { env: env as NodeJS.ProcessEnv, stdio: ['pipe', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.stdin.write('web\n');
    await expect.poll(() => requests().filter(({ method, status }) => method === 'DELETE' && status).length).toBe(1);
    child.kill('SIGINT');
    const [status] = await once(child, 'close');
    expect(status).toBe(130);
    expect(stderr).toMatch(/^oracle-compute: interrupted by SIGINT \([01] done\)\n/);
  });
});
