import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { OciServiceOptions } from '../../../fixtures/oci-service/server.js';
import { systemClock } from '../../../lib/clock.js';
import {
  authenticate,
  exportSession,
  importSession,
  listSessions,
  openSession,
  readTokenFile,
  terminateSession,
} from '../../../lib/oci/index.js';
import { visitor } from '../../support/oci.js';
import { filesBelow } from '../../support/temporary-home.js';
import { sessionHome } from './support/session-home.js';

const failure = (code: string) => expect.objectContaining({ code });

async function library(options: OciServiceOptions = {}) {
  const bench = await sessionHome(options);
  await bench.addSession('TokenDemo');
  const { home, clock, service, parts } = bench;
  return { ...bench, machine: { home, env: parts.env, clock, certificateAuthorities: service.certificatePem } };
}

test('a program opens a session, proves it, keeps it alive and gives its variables to others', async () => {
  const { machine, service, clock } = await library();
  const session = await openSession({ ...machine, profile: 'TokenDemo' });
  expect(await session.validate({ local: true })).toMatchObject({ profile: { name: 'TokenDemo' } });
  const { token } = await session.validate();
  expect(await (await session.identityClient()).listRegions()).toContainEqual(
    expect.objectContaining({ name: service.region }),
  );
  expect(await session.variables()).toEqual([
    { name: 'OCI_CLI_PROFILE', value: 'TokenDemo' },
    { name: 'OCI_CLI_AUTH', value: 'security_token' },
  ]);
  clock.time += 10 * 60_000;
  const refreshed = await session.refresh({ minValid: 55 * 60_000 });
  expect(refreshed).toMatchObject({ change: 'refreshed', profile: { name: 'TokenDemo' } });
  expect(refreshed.token.value).not.toBe(token.value);
  await expect(session.refresh({ minValid: 61 * 60_000 })).rejects.toEqual(failure('TOKEN_ENDS_SOON'));
  expect((await session.refresh({ aim: 1000 })).change).toBe('long-enough');
  await expect(openSession({ ...machine, profile: 'NONE' })).rejects.toEqual(failure('PROFILE_NOT_FOUND'));
});

test('a session is kept alive until the program ends it, and its end is told', async () => {
  const { machine, clock, home } = await library();
  const stored = () => readTokenFile(join(home, '.oci', 'sessions', 'TokenDemo', 'token'));
  const before = await stored();
  const ended = new AbortController();
  const told: string[] = [];
  const jumping = {
    ...clock,
    now: () => clock.time,
    sleep: async (milliseconds: number, signal?: AbortSignal) => {
      if (signal?.aborted) throw signal.reason;
      clock.time += milliseconds;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  const session = await openSession({ ...machine, clock: jumping, profile: 'TokenDemo' });
  await session.keepAlive({
    signal: ended.signal,
    onEndNear: () => told.push('near'),
    onEnd: () => {
      told.push('end');
      ended.abort();
    },
  });
  expect(told).toEqual(['near', 'end']);
  expect(await stored()).not.toBe(before);
});

test('a session is listed, exported, ended and imported again', async () => {
  const { machine, home } = await library();
  expect(await listSessions(machine)).toMatchObject([{ profile: 'TokenDemo', state: 'valid' }]);
  const token = await readTokenFile(join(home, '.oci', 'sessions', 'TokenDemo', 'token'));
  expect(await exportSession({ ...machine, profile: 'TokenDemo', file: '~/demo.zip' })).toMatchObject({ leftOut: [] });
  await expect(exportSession({ ...machine, profile: 'TokenDemo', file: '~/demo.zip' })).rejects.toEqual(
    failure('FILE_EXISTS'),
  );
  await exportSession({ ...machine, profile: 'TokenDemo', directory: '~/for-a-container', mountedAt: '/run/oci' });
  expect(await fs.readFile(join(home, 'for-a-container', 'config'), 'utf8')).toContain(
    'security_token_file=/run/oci/sessions/TokenDemo/token',
  );
  expect(filesBelow(home).filter((file) => /zip|container/.test(file))).toEqual(
    expect.arrayContaining(['demo.zip 600', 'for-a-container/config 600']),
  );
  const later = { ...machine, clock: { ...systemClock, now: () => machine.clock.time + 2 * 3_600_000 } };
  const expired = { ...later, profile: 'TokenDemo', file: '~/expired.zip' };
  await expect(exportSession(expired)).rejects.toEqual(failure('TOKEN_EXPIRED'));
  expect(filesBelow(home)).not.toContain('expired.zip 600');
  expect(await exportSession({ ...expired, evenIfExpired: true })).toMatchObject({ leftOut: [] });
  const taken = importSession('~/demo.zip', machine);
  await expect(taken).rejects.toEqual(failure('PROFILE_EXISTS'));
  const named = await importSession('~/demo.zip', { ...machine, profileName: async (name) => `${name}2` });
  expect(named.profile).toBe('TokenDemo2');
  expect(await terminateSession({ ...machine, profile: 'TokenDemo' })).toMatchObject({ keptFiles: [] });
  await importSession('~/demo.zip', machine);
  const again = await openSession({ ...machine, profile: 'TokenDemo' });
  expect((await again.validate({ local: true })).token.value).toBe(token);
  expect((await listSessions(machine)).map(({ profile }) => profile).sort()).toEqual(['TokenDemo', 'TokenDemo2']);
});

test('a program logs in through a browser, with an API key, and with a session', async () => {
  const { machine: still, service, home } = await library({ anyRedirectPort: true, loginMode: 'auto-consent' });
  // The person at the browser takes real time.
  const machine = { ...still, clock: { ...systemClock, now: still.clock.now } };
  const { region } = service;
  const visit = visitor(service);
  const opened: string[] = [];
  const browsed = await authenticate({
    ...machine,
    method: 'browser',
    profile: 'BROWSER',
    region,
    port: 0,
    openBrowser: async (url) => opened.push(url) > 0,
    onLoginPage: (url, isOpened) => {
      expect(isOpened).toBe(true);
      visit(`${url}\n`);
    },
  });
  expect(opened).toHaveLength(1);
  expect(browsed).toMatchObject({ profile: 'BROWSER', region, configFile: join(home, '.oci', 'config') });
  const exchanged = await authenticate({
    ...machine,
    method: 'session',
    from: 'BROWSER',
    profile: 'SHORT',
    region,
    minutes: 5,
  });
  expect(exchanged.times.sessionExpiresAt - machine.clock.now()).toBeLessThanOrEqual(5 * 60_000);
  const states = (await listSessions(machine)).map(({ profile, state }) => `${profile} ${state}`);
  expect(states).toEqual(['TokenDemo valid', 'BROWSER valid', expect.stringMatching(/^SHORT /)]);
  expect(filesBelow(join(home, '.oci')).filter((file) => !/ (?:600|700)$/.test(file))).toEqual([]);
  const again = { ...machine, method: 'session', from: 'BROWSER', profile: 'SHORT', region } as const;
  await expect(authenticate({ ...again, replace: 'none' })).rejects.toEqual(failure('PROFILE_EXISTS'));
  await expect(authenticate({ ...again, minutes: 61 })).rejects.toEqual(failure('DURATION_MALFORMED'));
  await expect(authenticate({ ...again, region: 'nowhere-1' })).rejects.toEqual(failure('REGION_UNKNOWN'));
  await expect(authenticate({ ...again, method: 'api-key' })).rejects.toEqual(failure('PROFILE_INCOMPLETE'));
  const pipeline = authenticate({ ...machine, method: 'token-exchange', profile: 'CI', region });
  await expect(pipeline).rejects.toEqual(failure('MISSING_VALUE'));
});
