import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../cli/commands/index.js';
import { OCI_GROUPS } from '../../cli/parser/command.js';
import { EVERY_PATH } from '../../fixtures/compute-service/faults.js';
import { type Clock, systemClock } from '../../lib/clock.js';
import { withLock } from '../../lib/files/lock.js';
import type { ProgramResult } from '../support/program.js';
import { type RunResult, runLine } from '../support/test-context.js';
import { PASSPHRASE, PASSWORD, SECRETIVE_LINES, type SecretiveLine } from './lines.js';
import { type Place, secretivePlace } from './place.js';

/** What Node prints of requests, connections, streams and children. */
const NODE_DEBUG = 'http,https,http2,net,tls,stream,child_process,fetch,undici,websocket';

/**
 * The lines that differ in what Node would print: each has a request, a body, a child or a page of another kind. Lines of
 * the other commands send the same requests.
 */
const TRACED = 'auth,exec,request,add,password set,doctor,session authenticate,session refresh'.split(',');

const isOci = ({ command }: SecretiveLine) => OCI_GROUPS.includes(command.split(' ')[0] ?? '');

it('the lines here are of every command that there is', () => {
  const commands = new Set(SECRETIVE_LINES.map(({ command }) => command));
  expect([...commands].sort()).toEqual(COMMANDS.map(({ path }) => path.join(' ')).sort());
  const files = readdirSync('cli/commands', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && name !== 'index.ts')
    .map((name) => name.replace(/^objects\/|\.ts$/g, '').replaceAll('/', ' '));
  expect([...commands].map((command) => command.replace('_', '-')).sort()).toEqual(files.sort());
});

/** Expects no secret in what a line said and left. */
function expectNoLeak(place: Place, line: SecretiveLine, result: RunResult | ProgramResult, context: string): void {
  const { status, stdout, stderr } = result;
  // The value asked for is the one place where a secret is shown.
  place.canaries.expectNoneIn({ stdout: line.shows === 'token' && status === 0 ? '' : stdout, stderr }, context);
  place.expectFilesInOrder(context);
  // What is left out is the secret, not the answer.
  expect(status === 0 || stdout !== '' || stderr !== '', context).toBe(true);
}

/** With all that can be had to look for a fault. */
const DEBUGGED = ['--debug'];
/** As a program reads it. */
const READ = ['-f', 'json'];

/** Runs lines in a place that has been prepared. Gives their exit statuses. */
async function statusesOf(
  flags: readonly string[],
  lines: readonly SecretiveLine[],
  prepare: (place: Place) => unknown = () => undefined,
): Promise<number[]> {
  const place = await secretivePlace();
  await prepare(place);
  place.keepState();
  const statuses: number[] = [];
  for (const line of lines) {
    // Nobody finishes this login in the browser; the others do not come near their limit.
    const limit = line.visited && flags.includes('--timeout') ? ['--timeout', '1s'] : [];
    const result = await place.runHere(line, [...flags, ...limit], isOci(line) ? 'oci' : 'oracle-compute');
    expectNoLeak(place, line, result, `${line.command} ${flags.join(' ')}`);
    statuses.push(result.status);
  }
  return statuses;
}

const count = (statuses: readonly number[], status: number) => statuses.filter((other) => other === status).length;

const speaking = SECRETIVE_LINES.filter(({ local }) => !local);

/** Lines that need not succeed where all is well: the doctor finds OPC_COOKIE, and there is no store. */
function expectSuccess(lines: readonly SecretiveLine[], statuses: readonly (number | null)[]): void {
  const failed = lines.filter((_, index) => statuses[index] !== 0).map(({ command }) => command);
  expect(
    failed.filter((command) => command !== 'doctor' && !/^(?:store status|session pu(?:sh|ll))$/.test(command)),
  ).toEqual([]);
}

describe('no secret is shown or left in a file by any command', () => {
  it('when all is well, by the built program, nor in what Node prints for NODE_DEBUG', async () => {
    const place = await secretivePlace(true);
    place.keepState();
    const statuses: (number | null)[] = [];
    const isFirst = ({ command }: SecretiveLine, index: number) =>
      SECRETIVE_LINES.findIndex((other) => other.command === command) === index;
    const lines = SECRETIVE_LINES.filter((line, index) => isFirst(line, index) && TRACED.includes(line.command));
    for (const line of lines) {
      const result = await place.run(line, DEBUGGED, { env: { NODE_DEBUG } });
      expectNoLeak(place, line, result, `oracle-compute ${line.command}`);
      statuses.push(result.status);
    }
    expectSuccess(lines, statuses);
  });

  it('when all is well, in JSON', async () => {
    expectSuccess(SECRETIVE_LINES, await statusesOf(READ, SECRETIVE_LINES));
  });

  it('when nothing answers', async () => {
    const statuses = await statusesOf([...DEBUGGED, '--timeout', '0.1s'], speaking, ({ compute, oci }) =>
      Promise.all([compute.close(), oci.close()]),
    );
    expect(count(statuses, 3)).toBeGreaterThan(8);
  });

  it('when what answers refuses', async () => {
    const statuses = await statusesOf([...READ, '--timeout', '20s'], speaking, ({ compute, oci }) => {
      compute.faults.always(EVERY_PATH, { instead: { status: 401 } });
      oci.faults.always('any', { kind: 'status', status: 401 });
    });
    expect(count(statuses, 10)).toBeGreaterThan(8);
  });

  it('when the service repeats what it should not even know', async () => {
    const statuses = await statusesOf([...DEBUGGED, '--timeout', '20s'], speaking, (place) => {
      const { headers, said } = telltale(place);
      place.compute.faults.always(EVERY_PATH, { instead: { status: 400, headers, body: said } });
      place.oci.faults.always('any', { kind: 'answer', status: 400, body: said });
    });
    expect(count(statuses, 9)).toBeGreaterThan(8);
  });

  it('when the service redirects to an address that holds it', async () => {
    const statuses = await statusesOf([...READ, '--timeout', '20s'], speaking, (place) => {
      const { headers, said } = telltale(place);
      place.compute.faults.always(EVERY_PATH, { instead: { status: 302, headers, body: said } });
      place.oci.faults.always('any', { kind: 'redirect', location: headers.Location });
    });
    expect(count(statuses, 5)).toBeGreaterThan(8);
  });

  it('when its files are cut off in the middle of a secret', async () => {
    const statuses = await statusesOf([...DEBUGGED, '--timeout', '20s'], SECRETIVE_LINES, (place) => {
      const { home, cookiesFile, token, archive } = place;
      truncateSync(cookiesFile, readFileSync(cookiesFile, 'utf8').indexOf(token) + token.length - 20);
      truncateSync(archive, 600);
      for (const file of ['token', 'oci_api_key.pem']) truncateSync(join(home, '.oci', 'sessions', 'T', file), 700);
    });
    expect(count(statuses, 4)).toBeGreaterThan(6);
  });

  it('when its files have a secret where something else is due', async () => {
    const statuses = await statusesOf(
      [...READ, '--timeout', '20s'],
      SECRETIVE_LINES,
      ({ home, cookiesFile, token }) => {
        const securityToken = readFileSync(join(home, '.oci', 'sessions', 'T', 'token'), 'utf8');
        const jar = readFileSync(cookiesFile, 'utf8');
        writeFileSync(cookiesFile, jar.replace(/"tokenExpiresAt": "[^"]+"/, `"tokenExpiresAt": "${token}"`));
        const config = join(home, '.oci', 'config');
        const text = readFileSync(config, 'utf8').replace(/^(security_token_file).*$/m, `$1=${securityToken}`);
        writeFileSync(config, text);
      },
    );
    expect(count(statuses, 4)).toBeGreaterThan(6);
  });

  it('that waits for another process in vain', async () => {
    const { home, cookiesFile, env, canaries } = await secretivePlace();
    const locked = [cookiesFile, join(home, '.oci', 'sessions', 'T', 'token'), join(home, '.oci', 'config')];
    let skipped = 0;
    const clock: Clock = {
      ...systemClock,
      monotonic: () => systemClock.monotonic() + skipped,
      // Long waits pass at once.
      sleep: async () => {
        skipped += 5000;
      },
    };
    const changing = ['auth', 'refresh_token', 'logout', 'session refresh', 'session terminate'];
    await holding(locked, async () => {
      for (const { command, words } of SECRETIVE_LINES.filter(({ command }) => changing.includes(command))) {
        const line = [...command.split(' '), ...words.filter((word) => word !== '--no-cookie-file'), '--debug'];
        const result = await runLine(line, { home, env, clock, stdin: PASSWORD });
        expect(result).toMatchObject({ status: 75, stderr: expect.stringMatching(/another process \(\d+\) has held/) });
        canaries.expectNoneIn(result, line.join(' '));
      }
    });
  });
});

/** An answer that holds all the secrets of a place. */
function telltale({ token, home }: Place) {
  const securityToken = readFileSync(join(home, '.oci', 'sessions', 'T', 'token'), 'utf8');
  const message = [
    `Cookie: nimbula=${token}`,
    JSON.stringify({ user: 'x', password: PASSWORD }),
    `pass_phrase=${PASSPHRASE}`,
    securityToken,
  ].join('\r\n');
  const headers = {
    'Content-Type': 'application/json',
    Location: `https://evil.example/${token}?nimbula=${token}#${securityToken}`,
  };
  return { headers, said: JSON.stringify({ code: 'InvalidParameter', message }) };
}

/** Runs something while this process holds the locks of files. */
async function holding<T>([path, ...others]: string[], action: () => Promise<T>): Promise<T> {
  if (path === undefined) return action();
  return withLock(path, { clock: systemClock, wait: 1000 }, () => holding(others, action));
}
