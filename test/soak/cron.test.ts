import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { type ComputeService, startComputeService } from '../../fixtures/compute-service/server.js';
import { privateCron } from '../cron/private-cron.js';
import { openKeyring, privateBus } from '../keychain/keyring-session.js';
import { cleanEnvironment, runProgram } from '../support/program.js';
import { temporaryHome, writeFileWithMode } from '../support/temporary-home.js';

/** Seconds. A run each minute meets a token with 40 s left, which it renews, then a session with 30 s left. */
const LIFETIMES = { tokenLifetime: 100, sessionLifetime: 150 };
const SCHEDULE = ['schedule', 'cron', '--every', '1m', '--min-valid', '70s'];

interface Job {
  readonly service: ComputeService;
  readonly home: string;
  /** What `schedule cron` printed, with this job's home before it. */
  readonly crontab: string;
}

it('cron keeps sessions alive past two of their ends, with a password file and with the keychain, and mails nothing', async () => {
  const jobs = await Promise.all([jobWithPasswordFile(), jobWithKeychain()]);
  const cron = await privateCron(temporaryHome(), jobs.map(({ crontab }) => crontab).join(''));

  const ends = jobs.map(() => new Set<number>());
  const isPastTwoEnds = () => ends.every((seen) => [...seen].filter((end) => end <= Date.now()).length >= 2);
  while (!isPastTwoEnds()) {
    await wait(500);
    jobs.forEach((job, index) => {
      const { tokenExpiresAt, sessionExpiresAt } = storedTimes(job.home);
      expect(tokenExpiresAt, `job ${index}`).toBeGreaterThan(Date.now());
      ends[index]?.add(sessionExpiresAt);
    });
    expect(cron.mail()).toBe('');
  }
  for (const { service } of jobs) {
    expect(service.requests.filter(({ status }) => status !== 204)).toEqual([]);
    expect(service.logins).toBeLessThanOrEqual(4);
    // The first session may begin at a moment of the minute at which cron finds only its end; the next one does not.
    expect(service.refreshes).toBeGreaterThanOrEqual(1);
  }
});

async function jobWithPasswordFile(): Promise<Job> {
  const { service, home, env } = await bench();
  const passwordFile = writeFileWithMode(join(home, 'pass word%'), `${service.password}\n`);
  return job(service, home, { ...env, OPC_PASSWORD_FILE: passwordFile }, '');
}

async function jobWithKeychain(): Promise<Job> {
  const { service, home, env } = await bench();
  const bus = await privateBus(home);
  await openKeyring(bus);
  const scheduled = { ...env, DBUS_SESSION_BUS_ADDRESS: bus.DBUS_SESSION_BUS_ADDRESS };
  const saved = await runProgram(['password', 'set'], { env: scheduled, input: `${service.password}\n` });
  expect(saved).toMatchObject({ status: 0 });
  return job(service, home, scheduled, 'DBUS_SESSION_BUS_ADDRESS=');
}

async function bench() {
  const service = await startComputeService(LIFETIMES);
  onTestFinished(() => service.close());
  const home = temporaryHome();
  return { service, home, env: cleanEnvironment(home, { OPC_API: service.url, OPC_USER: service.user }) };
}

async function job(service: ComputeService, home: string, env: Record<string, string | undefined>, beginning: string) {
  const loggedIn = await runProgram(['auth'], { env });
  expect(loggedIn).toMatchObject({ status: 0, stderr: '' });
  const { stdout, stderr, status } = await runProgram(SCHEDULE, { env });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  expect(stdout).toContain(`\n* * * * * ${beginning}`);
  expect(stdout).toContain('--reauthenticate');
  expect(stdout).not.toContain(service.password);
  return { service, home, crontab: `HOME=${home}\n${stdout}` };
}

function storedTimes(home: string): { tokenExpiresAt: number; sessionExpiresAt: number } {
  const folder = join(home, '.opc', 'cookies');
  const [name = ''] = readdirSync(folder).filter((file) => file.endsWith('.json'));
  const { session } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  return {
    tokenExpiresAt: Date.parse(session.tokenExpiresAt),
    sessionExpiresAt: Date.parse(session.sessionExpiresAt),
  };
}
