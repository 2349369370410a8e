import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../cli/commands/index.js';
import { OCI_GROUPS } from '../../cli/line/command.js';
import { EVERY_PATH } from '../../fixtures/compute-service/faults.js';
import { type Clock, systemClock } from '../../lib/clock.js';
import { withLock } from '../../lib/files/lock.js';
import { runLine } from '../support/test-world.js';
import { PASSPHRASE, PASSWORD, SECRETIVE_LINES, type SecretiveLine } from './lines.js';
import { type Place, secretivePlace } from './place.js';

/** What Node prints of requests, connections, streams and children. */
const NODE_DEBUG = 'http,https,http2,net,tls,stream,child_process,fetch,undici,websocket';

const isOci = ({ command }: SecretiveLine) => OCI_GROUPS.includes(command.split(' ')[0] ?? '');

it('the lines here are of every command that there is', () => {
  const commands = new Set(SECRETIVE_LINES.map(({ command }) => command));
  expect([...commands].sort()).toEqual(COMMANDS.map(({ path }) => path.join(' ')).sort());
  const files = readdirSync('cli/commands', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && name !== 'index.ts')
    .map((name) => name.replace(/^objects\/|\.ts$/g, '').replaceAll('/', ' '));
  expect([...commands].map((command) => command.replace('_', '-')).sort()).toEqual(files.sort());
});

/** Runs a line, and gives its exit status after everything that it said and left has been looked through. */
async function expectNoLeak(
  place: Place,
  line: SecretiveLine,
  flags: readonly string[],
  more: Parameters<Place['run']>[2] = {},
): Promise<number | null> {
  const result = await place.run(line, flags, more);
  const context = `${more.program ?? 'oracle-compute'} ${line.command} ${flags.join(' ')}`;
  const { status, stdout, stderr } = result;
  // The value asked for is the one place where a secret is shown.
  place.canaries.expectNoneIn({ stdout: line.shows === 'token' && status === 0 ? '' : stdout, stderr }, context);
  place.expectFilesInOrder(context);
  // What is left out is the secret, not the answer.
  expect(status === 0 || stdout !== '' || stderr !== '', context).toBe(true);
  return status;
}

interface Situation {
  readonly prepare?: (place: Place) => unknown;
  readonly flags: readonly string[];
  readonly keychain?: true;
}

/** With all that can be had to look for a fault. */
const DEBUGGED = ['--debug'];
/** As a program reads it. */
const READ = ['-f', 'json'];

/** Two situations side by side. Gives the exit statuses in each. */
async function expectNoLeaks(situations: [Situation, Situation], lines = SECRETIVE_LINES): Promise<Statuses[]> {
  const places: Place[] = [];
  for (const { keychain } of situations) places.push(await secretivePlace(keychain));
  return Promise.all(
    situations.map(async ({ prepare, flags }, index) => {
      const place = places[index] as Place;
      await prepare?.(place);
      place.keepState();
      const statuses: (number | null)[] = [];
      for (const line of lines) {
        const debugged = flags.includes('--debug');
        const program = isOci(line) && !debugged ? 'oci' : 'oracle-compute';
        statuses.push(await expectNoLeak(place, line, flags, { program, env: debugged ? { NODE_DEBUG } : {} }));
      }
      return statuses;
    }),
  );
}

type Statuses = readonly (number | null)[];

const count = (statuses: Statuses | undefined, status: number) => statuses?.filter((other) => other === status).length;

const speaking = SECRETIVE_LINES.filter(({ local }) => !local);

describe('no secret is shown, left in a file, or in what Node prints for NODE_DEBUG, by any command', () => {
  it('when all is well', async () => {
    const all = await expectNoLeaks([
      { flags: DEBUGGED, keychain: true },
      { flags: READ, keychain: true },
    ]);
    for (const statuses of all) {
      const failed = SECRETIVE_LINES.filter((_, index) => statuses[index] !== 0).map(({ command }) => command);
      // Of the doctor's findings one is that OPC_COOKIE stands before what is stored; a store there is none.
      expect(
        failed.filter((command) => command !== 'doctor' && !/^(?:store status|session pu(?:sh|ll))$/.test(command)),
      ).toEqual([]);
    }
  });

  it('when nothing answers, or what answers refuses', async () => {
    const close = ({ compute, oci }: Place) => Promise.all([compute.close(), oci.close()]);
    const refuse = ({ compute, oci }: Place) => {
      compute.faults.always(EVERY_PATH, { instead: { status: 401 } });
      oci.faults.always('any', { kind: 'status', status: 401 });
    };
    const [alone, refused] = await expectNoLeaks(
      [
        { prepare: close, flags: [...DEBUGGED, '--timeout', '0.3s'] },
        { prepare: refuse, flags: [...READ, '--timeout', '20s'] },
      ],
      speaking,
    );
    expect(count(alone, 3)).toBeGreaterThan(8);
    expect(count(refused, 10)).toBeGreaterThan(8);
  });

  it('when the service repeats what it should not even know, or redirects to an address that holds it', async () => {
    const repeat = (place: Place) => {
      const { headers, said } = telltale(place);
      place.compute.faults.always(EVERY_PATH, { instead: { status: 400, headers, body: said } });
      place.oci.faults.always('any', { kind: 'answer', status: 400, body: said });
    };
    const redirect = (place: Place) => {
      const { headers, said } = telltale(place);
      place.compute.faults.always(EVERY_PATH, { instead: { status: 302, headers, body: said } });
      place.oci.faults.always('any', { kind: 'redirect', location: headers.Location });
    };
    const [repeated, redirected] = await expectNoLeaks(
      [
        { prepare: repeat, flags: [...DEBUGGED, '--timeout', '20s'] },
        { prepare: redirect, flags: [...READ, '--timeout', '20s'] },
      ],
      speaking,
    );
    expect(count(repeated, 9)).toBeGreaterThan(8);
    expect(count(redirected, 5)).toBeGreaterThan(8);
  });

  it('when its files are cut off in the middle of a secret, or have one where something else is due', async () => {
    const cutOff = ({ home, cookiesFile, token, archive }: Place) => {
      truncateSync(cookiesFile, readFileSync(cookiesFile, 'utf8').indexOf(token) + token.length - 20);
      truncateSync(archive, 600);
      for (const file of ['token', 'oci_api_key.pem']) truncateSync(join(home, '.oci', 'sessions', 'T', file), 700);
    };
    const mixUp = ({ home, cookiesFile, token }: Place) => {
      const securityToken = readFileSync(join(home, '.oci', 'sessions', 'T', 'token'), 'utf8');
      const jar = readFileSync(cookiesFile, 'utf8');
      writeFileSync(cookiesFile, jar.replace(/"tokenExpiresAt": "[^"]+"/, `"tokenExpiresAt": "${token}"`));
      const config = join(home, '.oci', 'config');
      const text = readFileSync(config, 'utf8').replace(/^(security_token_file).*$/m, `$1=${securityToken}`);
      writeFileSync(config, text);
    };
    const all = await expectNoLeaks([
      { prepare: cutOff, flags: [...DEBUGGED, '--timeout', '20s'] },
      { prepare: mixUp, flags: [...READ, '--timeout', '20s'] },
    ]);
    for (const statuses of all) expect(count(statuses, 4)).toBeGreaterThan(6);
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
