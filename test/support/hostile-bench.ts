import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import {
  cutAfter,
  type HostileAnswer,
  type HostileServiceOptions,
  once,
  startHostileService,
} from '../../fixtures/hostile-service.js';
import { systemClock } from '../../lib/clock.js';
import { encodeCookiesFile } from '../../lib/compute/cookies/cookies-file.js';
import { defaultCookiesFile } from '../../lib/compute/cookies/cookies-file-store.js';
import { sessionFromLogin } from '../../lib/compute/stored-session.js';
import { MINUTE } from './compute.js';
import { filesBelow, temporaryHome, writeFileWithMode } from './temporary-home.js';
import { runLine } from './test-context.js';

const USER = '/Compute-acme/jack.jones@example.com';
export const PASSWORD = 'correct horse battery staple';
export const TOKEN = 'the-stored-token';
export const COOKIE = 'Set-Cookie: nimbula=a-new-token; Path=/; Max-Age=1800\r\n';

/** The lines that send a secret. */
export const LINES = [['auth'], ['refresh_token']];

/** Retries wait on it without taking time. */
const clock = { ...systemClock, sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) };

/** A home folder with a session at a service that is up to no good. */
export async function hostileBench(answer: HostileAnswer, options: HostileServiceOptions = {}) {
  const service = await startHostileService(answer, options);
  onTestFinished(() => service.close());
  const home = temporaryHome();
  const receivedAt = Date.now() - 5 * MINUTE;
  const session = sessionFromLogin(service.origin, USER, {
    value: TOKEN,
    maxAge: undefined,
    receivedAt,
    clockOffset: 0,
  });
  const jar = writeFileWithMode(defaultCookiesFile(home, service.origin, USER), await encodeCookiesFile(session));
  const env = {
    OPC_API: service.origin,
    OPC_USER: USER,
    OPC_PASSWORD_FILE: writeFileWithMode(join(home, 'password'), PASSWORD),
  };
  const before = readFileSync(jar);
  return {
    service,
    home,
    env,
    run: (line: readonly string[]) => runLine(line, { home, env, clock }),
    /** The session is as it was, and so is its folder. */
    expectUntouched: () => {
      expect(readFileSync(jar, 'latin1')).toBe(before.toString('latin1'));
      expect(filesBelow(dirname(jar))).toEqual([expect.stringMatching(/\.json 600$/)]);
    },
  };
}

export const head = (status: string, ...headers: string[]) =>
  `HTTP/1.1 ${status}\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`;
export const withCookie = (...headers: string[]) => once(head('204 No Content', COOKIE.trim(), ...headers));

/** Answers of each form, and how the connection ends in the middle of one. */
export const CUT_ANSWERS: readonly (readonly [form: string, how: 'end' | 'reset', bytes: Buffer])[] = [
  ['without a body', 'end', Buffer.from(head('204 No Content', COOKIE.trim()))],
  ['without a body', 'reset', Buffer.from(head('204 No Content', COOKIE.trim()))],
  ['with a body', 'end', Buffer.from(`${head('200 OK', 'Content-Length: 9', COOKIE.trim())}{"a": 12}`)],
  [
    'in chunks',
    'reset',
    Buffer.from(`${head('200 OK', 'Transfer-Encoding: chunked', COOKIE.trim())}4\r\nabcd\r\n0\r\n\r\n`),
  ],
];

/** An answer that is cut after so many bytes changes nothing; the whole one does. */
export async function expectCutsToLeaveSession(how: 'end' | 'reset', bytes: Buffer, lengths: readonly number[]) {
  const { service, run, expectUntouched } = await hostileBench(withCookie());
  for (const [index, length] of lengths.entries()) {
    service.answer = cutAfter(bytes, length, how);
    const result = await run([...(LINES[index % LINES.length] ?? []), '-f', 'json']);
    expect(result, `after ${length} bytes`).toMatchObject({ status: 3, stdout: '' });
    expect(JSON.parse(result.stderr).error.code).toBe('UNREACHABLE');
    expectUntouched();
  }
  service.answer = once(bytes);
  expect(await run(['refresh_token', '--shell', 'value'])).toMatchObject({ status: 0, stdout: 'a-new-token\n' });
}
