import { promises as fs } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../lib/clock.js';
import { createHttpClient } from '../../../lib/environment.js';
import { withLock } from '../../../lib/files/lock.js';
import { decodeSecurityToken, tokenTimes } from '../../../lib/oci/credentials/security-token.js';
import { refreshSession } from '../../../lib/oci/refresh-session.js';
import { readSession, tokenFileStore } from '../../../lib/oci/token-file-store.js';
import { HOUR, MINUTE, modesUnder, START, sessionHome } from './support/session-home.js';
import { tokenWith } from './support/vectors.js';

const failure = (code: string, fields: object = {}) =>
  expect.objectContaining({ code, fields: expect.objectContaining(fields) });
const read = (path: string) => fs.readFile(path, 'utf8');

test('extends the token by an hour and replaces the file whole', async () => {
  const { addSession, clock, parts, service, home } = await sessionHome();
  const session = await addSession();
  clock.time += 20 * MINUTE;
  const { change, times, token } = await refreshSession(session, parts);
  expect(change).toBe('refreshed');
  expect(times).toEqual({ tokenExpiresAt: START + 80 * MINUTE, sessionExpiresAt: START + 24 * HOUR });
  expect(await read(session.securityTokenFile)).toBe(token.value);
  expect(token.value).not.toBe(session.token);
  expect(service.counters.refreshes).toBe(1);
  expect(await modesUnder(`${home}/.oci/sessions`)).toEqual({
    TokenDemo: 'd700',
    'TokenDemo/oci_api_key.pem': '600',
    'TokenDemo/token': '600',
  });
});

test('carries a session through its 24 hours, and then refuses before any request', async () => {
  const { addSession, clock, parts, service } = await sessionHome();
  const session = await addSession();
  const changes: string[] = [];
  for (clock.time = START + 50 * MINUTE; clock.time < START + 24 * HOUR; clock.time += 50 * MINUTE) {
    changes.push((await refreshSession(session, parts)).change);
  }
  expect(new Set(changes.slice(0, -1))).toEqual(new Set(['refreshed']));
  clock.time = START + 24 * HOUR - MINUTE;
  const last = await refreshSession(session, parts);
  expect(last).toMatchObject({ change: 'at-session-end', times: { tokenExpiresAt: START + 24 * HOUR } });
  const sent = service.requests.length;
  clock.time = START + 24 * HOUR;
  await expect(refreshSession(session, parts)).rejects.toEqual(failure('SESSION_OVER', { endedAt: START + 24 * HOUR }));
  await expect(refreshSession(session, parts)).rejects.toThrow('the 24-hour session ended at 2026-02-04 07:00:00 UTC');
  expect(service.requests.length).toBe(sent);
});

test('never makes a session longer, even if its new token claims so', async () => {
  const { addSession, clock, parts, service } = await sessionHome({ sessionLifetime: 8 * 3600 });
  const session = await addSession();
  clock.time += 30 * MINUTE;
  service.faults.next('refresh', { kind: 'longer-session' });
  const { times } = await refreshSession(session, parts);
  expect(times).toEqual({ tokenExpiresAt: START + 90 * MINUTE, sessionExpiresAt: START + 8 * HOUR });
});

test('says that the token is gone if its folder goes while the lock is waited for', async () => {
  const { addSession, clock } = await sessionHome();
  const session = await addSession();
  const path = session.securityTokenFile;
  const sleep = () => fs.rm(dirname(path), { recursive: true, force: true });
  const store = tokenFileStore(session, { ...clock, sleep });
  const waiting = { clock: systemClock, wait: 1000 };
  await withLock(path, waiting, async () => {
    const second = store.exclusively(waiting, async () => undefined);
    await expect(second).rejects.toEqual(failure('TOKEN_FILE_MISSING', { path }));
  });
});

test('never sends a token that has expired', async () => {
  const { addSession, clock, parts, service } = await sessionHome();
  const session = await addSession();
  clock.time += HOUR;
  await expect(refreshSession(session, parts)).rejects.toEqual(failure('TOKEN_EXPIRED', { expiredAt: START + HOUR }));
  expect(service.requests).toHaveLength(0);
});

test('asks once where only this machine’s clock speaks against the token', async () => {
  const { addSession, clock, parts, service } = await sessionHome();
  const session = await addSession();
  // As a machine has it whose clock is five hours ahead: the file's time, too.
  const ahead = { ...systemClock, now: () => clock.time + 5 * HOUR };
  const http = createHttpClient({
    clock: ahead,
    timeout: 30_000,
    userAgent: 'test',
    certificateAuthorities: service.certificatePem,
  });
  const written = new Date(ahead.now());
  await fs.utimes(session.securityTokenFile, written, written);
  clock.time += 20 * MINUTE;
  expect((await refreshSession(session, { ...parts, http, clock: ahead })).change).toBe('refreshed');
  expect(service.counters.refreshes).toBe(1);
  // What has expired by both is not asked about.
  await fs.utimes(session.securityTokenFile, written, written);
  clock.time += 3 * HOUR;
  const sent = service.requests.length;
  await expect(refreshSession(session, { ...parts, http, clock: ahead })).rejects.toEqual(failure('TOKEN_EXPIRED'));
  expect(service.requests.length).toBe(sent);
});

test('holds to an hour and a day, whatever a token claims', async () => {
  const { addSession, clock, parts, service } = await sessionHome({
    tokenLifetime: 9 * 3600,
    sessionLifetime: 99 * 3600,
  });
  const session = await addSession();
  clock.time += 30 * MINUTE;
  expect((await refreshSession(session, parts)).times).toEqual({
    tokenExpiresAt: START + 90 * MINUTE,
    sessionExpiresAt: START + 24 * HOUR,
  });
  clock.time += HOUR;
  await expect(refreshSession(session, parts)).rejects.toEqual(failure('TOKEN_EXPIRED'));
  expect(service.counters.refreshes).toBe(1);
});

describe('--min-valid', () => {
  test('leaves a token alone that lives longer', async () => {
    const { addSession, clock, parts, service } = await sessionHome();
    const session = await addSession();
    clock.time += 40 * MINUTE;
    expect((await refreshSession(session, parts, { minValid: 19 * MINUTE })).change).toBe('long-enough');
    expect(service.requests).toHaveLength(0);
    expect((await refreshSession(session, parts, { minValid: 21 * MINUTE })).change).toBe('refreshed');
  });

  test('one request for many at the same time', async () => {
    const { addSession, clock, parts, service } = await sessionHome();
    const session = await addSession();
    clock.time += 55 * MINUTE;
    const results = await Promise.all(
      Array.from({ length: 12 }, () => refreshSession(session, parts, { minValid: 10 * MINUTE })),
    );
    expect(service.counters.refreshes).toBe(1);
    expect(new Set(results.map(({ token }) => token.value)).size).toBe(1);
    expect(results.filter(({ change }) => change === 'refreshed')).toHaveLength(1);
  });
});

test('takes what another process has stored while this one waited', async () => {
  const { addSession, clock, parts, service } = await sessionHome();
  const session = await addSession();
  clock.time += 30 * MINUTE;
  const both = await Promise.all([refreshSession(session, parts), refreshSession(session, parts)]);
  expect(both.map(({ change }) => change).sort()).toEqual(['refreshed', 'renewed-elsewhere']);
  expect(service.counters.refreshes).toBe(1);
});

test('never replaces a newer token that was written without a lock meanwhile', async () => {
  const { addSession, clock, parts, service } = await sessionHome();
  const session = await addSession();
  clock.time += 10 * MINUTE;
  const newer = tokenWith({ ...claimsOf(session.token), exp: (START + 3 * HOUR) / 1000, iat: clock.time / 1000 });
  let release = () => {};
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  service.faults.next('refresh', { kind: 'hold', until });
  const refreshing = refreshSession(session, parts);
  await expect.poll(() => service.requests.length).toBe(1);
  await fs.writeFile(session.securityTokenFile, newer);
  release();
  expect((await refreshing).change).toBe('renewed-elsewhere');
  expect(await read(session.securityTokenFile)).toBe(newer);
});

describe('a refresh that gains nothing', () => {
  test('is a failure, and the token stays', async () => {
    const { addSession, clock, parts, service } = await sessionHome();
    const session = await addSession();
    clock.time += 10 * MINUTE;
    service.faults.next('refresh', { kind: 'unchanged-expiry' });
    await expect(refreshSession(session, parts)).rejects.toEqual(failure('NOT_EXTENDED', { expiresAt: START + HOUR }));
    expect(await read(session.securityTokenFile)).toBe(session.token);
  });

  test('is none where the token is as long as its session', async () => {
    const { addSession, clock, parts, service } = await sessionHome();
    const session = await addSession('S', { loggedInAt: START - 23.5 * HOUR, issuedAt: START });
    clock.time += 10 * MINUTE;
    const { change, times } = await refreshSession(session, parts);
    expect(change).toBe('at-session-end');
    expect(times.tokenExpiresAt).toBe(times.sessionExpiresAt);
    expect(service.requests).toHaveLength(0);
  });

  test.each([
    ['as long as its session', {}, { loggedInAt: START - 23.5 * HOUR, issuedAt: START }],
    ['long enough', { minValid: 10 * MINUTE }, {}],
  ])('is none of a token that is %s, and no success with another key or no region', async (_what, options, wish) => {
    const { addSession, clock, parts, service } = await sessionHome();
    const session = await addSession('S', wish);
    const other = await addSession('OTHER', wish);
    clock.time += 10 * MINUTE;
    expect((await refreshSession(session, parts, options)).change).toMatch(/^at-session-end|long-enough$/);
    const refuse = (changed: object) => expect(refreshSession({ ...session, ...changed }, parts, options)).rejects;
    await refuse({ keyFile: other.keyFile }).toEqual(failure('KEY_MISMATCH'));
    await refuse({ keyFile: '/nowhere' }).toEqual(failure('KEY_FILE_MISSING'));
    await refuse({ region: undefined }).toEqual(failure('PROFILE_INCOMPLETE', { key: 'region' }));
    expect(service.requests).toHaveLength(0);
  });

  test('is none in the second in which the token was issued', async () => {
    const { addSession, parts } = await sessionHome();
    expect((await refreshSession(await addSession(), parts)).change).toBe('long-enough');
  });
});

describe('an answer that must not be kept', () => {
  test.each([
    ['other-key', 'TOKEN_FOREIGN'],
    ['other-subject', 'TOKEN_FOREIGN'],
    ['other-tenancy', 'TOKEN_FOREIGN'],
    ['no-token', 'NO_TOKEN'],
    ['empty-body', 'ANSWER_UNREADABLE'],
    ['not-json', 'ANSWER_UNREADABLE'],
  ] as const)('%s', async (kind, code) => {
    const { addSession, clock, parts, service } = await sessionHome();
    const session = await addSession();
    clock.time += 10 * MINUTE;
    service.faults.next('refresh', { kind });
    await expect(refreshSession(session, parts)).rejects.toEqual(failure(code));
    expect(await read(session.securityTokenFile)).toBe(session.token);
  });

  test.each([
    [401, 'TOKEN_REFUSED', { detail: 'NotAuthenticated' }],
    [403, 'REQUEST_REFUSED', { status: 403 }],
    [404, 'REQUEST_REFUSED', { status: 404, detail: 'NotAuthorizedOrNotFound' }],
    [409, 'REQUEST_REFUSED', { status: 409 }],
    [429, 'TOO_MANY_REQUESTS', { status: 429 }],
    [500, 'SERVICE_FAILED', { status: 500 }],
    [503, 'SERVICE_FAILED', { status: 503 }],
  ] as const)('status %i', async (status, code, fields) => {
    const { addSession, clock, parts, service } = await sessionHome();
    const session = await addSession();
    clock.time += 10 * MINUTE;
    service.faults.always('refresh', { kind: 'status', status });
    const refusal = refreshSession(session, parts);
    await expect(refusal).rejects.toEqual(
      failure(code, { ...fields, callId: expect.stringMatching(/^[0-9A-F]{32}$/) }),
    );
    expect(await read(session.securityTokenFile)).toBe(session.token);
  });

  test('a redirect', async () => {
    const { addSession, clock, parts, service } = await sessionHome();
    const session = await addSession();
    clock.time += 10 * MINUTE;
    service.faults.next('refresh', { kind: 'redirect', location: 'https://evil.example/?x=1' });
    const redirected = refreshSession(session, parts);
    await expect(redirected).rejects.toMatchObject({
      code: 'REDIRECTED',
      message: expect.not.stringContaining('evil'),
    });
  });

  test.each([
    'canary-Pass1',
    'Password',
    '',
  ])('a code that is none of the documented is not repeated: %j', async (code) => {
    const { addSession, clock, parts, service } = await sessionHome();
    const session = await addSession();
    clock.time += 10 * MINUTE;
    const body = JSON.stringify({ code, message: 'canary-Pass1' });
    service.faults.next('refresh', { kind: 'answer', status: 400, body });
    await expect(refreshSession(session, parts)).rejects.toMatchObject({
      message: expect.stringMatching(/ answered 400$/),
      fields: expect.not.objectContaining({ detail: expect.anything() }),
    });
  });
});

test('a key of another session is found before anything is sent', async () => {
  const { addSession, clock, parts, service } = await sessionHome();
  const [one, other] = [await addSession('ONE'), await addSession('OTHER')];
  clock.time += 10 * MINUTE;
  const mixed = { ...one, keyFile: other.keyFile };
  await expect(refreshSession(mixed, parts)).rejects.toEqual(failure('KEY_MISMATCH', { path: other.keyFile }));
  expect(service.requests).toHaveLength(0);
});

test('a wrong clock of this machine is made up for by a second signature', async () => {
  const { addSession, clock, parts, service } = await sessionHome({ clock: () => START + 30 * MINUTE });
  const session = await addSession('S', { loggedInAt: START, issuedAt: START });
  clock.time = START + 10 * MINUTE;
  const { change, times } = await refreshSession(session, parts);
  expect(change).toBe('refreshed');
  expect(times.tokenExpiresAt).toBe(START + 90 * MINUTE);
  expect(service.requests.map(({ refusal }) => refusal)).toHaveLength(2);
});

test('files that are not there, or not what they should be', async () => {
  const { addSession, clock, parts } = await sessionHome();
  const session = await addSession();
  clock.time += 10 * MINUTE;
  await fs.writeFile(session.keyFile, 'nothing');
  await expect(refreshSession(session, parts)).rejects.toEqual(failure('KEY_FILE_MALFORMED'));
  await fs.unlink(session.keyFile);
  await expect(refreshSession(session, parts)).rejects.toEqual(failure('KEY_FILE_MISSING'));
  await fs.writeFile(session.securityTokenFile, 'nothing');
  await expect(refreshSession(session, parts)).rejects.toEqual(failure('TOKEN_FILE_CORRUPT'));
  await fs.unlink(session.securityTokenFile);
  await expect(refreshSession(session, parts)).rejects.toEqual(failure('TOKEN_FILE_MISSING'));
});

test('white space around a stored token does no harm', async () => {
  const { addSession, clock, parts } = await sessionHome();
  const session = await addSession();
  clock.time += 10 * MINUTE;
  await fs.writeFile(session.securityTokenFile, `${session.token}\r\n`);
  expect((await refreshSession(session, parts)).change).toBe('refreshed');
});

test('a session end that was noted at login counts where the token is silent', async () => {
  const { addSession, clock, parts } = await sessionHome();
  const session = await addSession();
  const { sess_exp: _, ...claims } = claimsOf(session.token);
  await fs.writeFile(session.securityTokenFile, tokenWith(claims));
  const noted = { ...session, notedSessionEnd: START + 30 * MINUTE };
  expect((await readSession(noted, clock)).times.tokenExpiresAt).toBe(START + 30 * MINUTE);
  clock.time += 30 * MINUTE;
  await expect(refreshSession(noted, parts)).rejects.toEqual(failure('SESSION_OVER'));
  expect(tokenTimes(decodeSecurityToken(tokenWith(claims)), clock.time).sessionExpiresAt).toBe(START + 24 * HOUR);
});

test('no error of a refresh shows the token or the key', async () => {
  const { addSession, clock, parts, service } = await sessionHome();
  const session = await addSession();
  clock.time += 10 * MINUTE;
  for (const kind of ['other-key', 'unchanged-expiry', 'not-json', 'drop'] as const) {
    service.faults.clear();
    service.faults.always('refresh', { kind });
    const error: unknown = await refreshSession(session, parts).catch((caught: unknown) => caught);
    const shown = JSON.stringify(error, (_key, value) =>
      value instanceof Error ? { ...value, message: value.message, stack: value.stack, cause: value.cause } : value,
    );
    expect(shown).toContain('"code"');
    expect(shown).not.toContain(session.token.slice(-40));
    expect(shown).not.toContain(session.privateKeyPem.split('\n')[3]);
  }
});

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}
