import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startComputeService } from '../../fixtures/compute-service/server.js';
import { readTokenClaims } from '../../lib/compute/token/token.js';
import { cleanEnvironment, PROGRAM, runProgram } from '../support/program.js';
import { filesBelow, temporaryHome, writeFileWithMode } from '../support/temporary-home.js';

const WORKERS = 50;
const DURATION = 120_000;
const SESSION_LIFETIME = 60_000;
/** So many are begun: two of them come to their end. */
const SESSIONS = 3;
/** A session is not begun anew before its last thirtieth. */
const LAST_MOMENTS = 2000;
const PATH = '/account/Compute-acme/default';

it('50 workers that make requests for two minutes see no 401, and waste no login and no refresh', async () => {
  const service = await startComputeService({ tokenLifetime: 20, sessionLifetime: SESSION_LIFETIME / 1000 });
  onTestFinished(() => service.close());
  const home = temporaryHome();
  const env = cleanEnvironment(home, {
    OPC_API: service.url,
    OPC_USER: service.user,
    OPC_PASSWORD_FILE: writeFileWithMode(join(home, 'password'), `${service.password}\n`),
  });
  // They leave room for the service in this process, and for the other soak tests: a keyring has 3 s to answer.
  const command = ['nice', '-n', '19', process.execPath, PROGRAM];
  const request = () => runProgram(['request', 'GET', PATH], { env }, command);

  const started = Date.now();
  let made = 0;
  const work = async () => {
    while (Date.now() - started < DURATION || service.logins < SESSIONS) {
      const { status, stdout, stderr } = await request();
      expect({ status, stderr }).toEqual({
        status: 0,
        stderr: expect.stringMatching(/^(?:oracle-compute: waiting .*\n)*$/),
      });
      expect(JSON.parse(stdout)).toMatchObject({ name: '/Compute-acme/default' });
      made += 1;
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  // Whoever comes next uses the newest token: nothing is lost.
  await request();

  const calls = service.requests.filter(({ path }) => path === PATH);
  const refreshed = service.requests.filter(({ path }) => path === '/refresh/').map(cookieOf);
  const sessions = sessionsOf([...calls.map(cookieOf), ...refreshed]);
  const answered = calls.filter(({ status }) => status === 200).length;
  const { logins, refreshes } = service;
  // A crowded machine may take so long over a request that its token dies on the way; no worker sees that.
  const diedOnTheWay = calls.length - answered;
  process.stderr.write(`${JSON.stringify({ answered, diedOnTheWay, logins, refreshes })}\n`);

  expect(answered).toBe(made + 1);
  expect(answered).toBeGreaterThan(WORKERS);
  // No login while the session before was good for anything.
  expect(sessions.length).toBeGreaterThanOrEqual(SESSIONS);
  expect(logins).toBe(sessions.length);
  for (const [index, { begun }] of sessions.entries()) {
    expect(begun).toBeGreaterThanOrEqual((sessions[index - 1]?.lastToken ?? 0) - LAST_MOMENTS);
  }
  // No token was refreshed twice. A newer one that was lost would have left an older one to be refreshed again.
  expect(new Set(refreshed).size).toBe(refreshed.length);
  expect(filesBelow(join(home, '.opc', 'cookies'))).toEqual([expect.stringMatching(/\.json 600$/)]);
});

function cookieOf({ headers }: { headers: ReadonlyArray<readonly [string, string]> }): string {
  const [, value = ''] = headers.find(([name]) => name.toLowerCase() === 'cookie') ?? [];
  return value.replace(/^nimbula=/, '');
}

/** When each session began, and when its last token ended. Milliseconds since the epoch. */
function sessionsOf(tokens: readonly string[]): { begun: number; lastToken: number }[] {
  const lastTokens = new Map<number, number>();
  for (const token of tokens) {
    const { sessionExpiresAt = 0, tokenExpiresAt = 0 } = readTokenClaims(token);
    lastTokens.set(sessionExpiresAt, Math.max(tokenExpiresAt, lastTokens.get(sessionExpiresAt) ?? 0));
  }
  return [...lastTokens]
    .sort(([one], [other]) => one - other)
    .map(([end, lastToken]) => ({ begun: end - SESSION_LIFETIME, lastToken }));
}
