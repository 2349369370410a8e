import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { EVERY_PATH, type Fault, trouble } from '../../fixtures/compute-service/faults.js';
import { type ComputeService, DEFAULT_PASSWORD, startComputeService } from '../../fixtures/compute-service/server.js';
import { decodeCookiesFile } from '../../lib/compute/cookies/cookies-file.js';
import { defaultCookiesFile } from '../../lib/compute/cookies/cookies-file-store.js';
import { isOracleComputeError, systemErrorCode } from '../../lib/errors.js';
import { type OciBench, ociBench } from '../support/oci.js';
import { cleanEnvironment, OCI_PROGRAM, PROGRAM, runProgram } from '../support/program.js';
import { type SeededRandom, seededRandom } from '../support/random.js';
import { filesBelow, writeFileWithMode } from '../support/temporary-home.js';

/** Fewer where minutes count. */
const INVOCATIONS = Number(process.env.LOAD_RUNS || 1000);
const AT_A_TIME = 64;
/** Seconds. Tokens are renewed many times in a run; none expires, however slow the machine is. */
const LIFETIMES = { tokenLifetime: 600, sessionLifetime: 3600 };
const MIN_VALID = ['--min-valid', '9m'];
const PATH = '/account/Compute-acme/default';
/** Of a hundred. */
const KILLED = 6;
const FAULTY = 12;

type Kind = 'auth' | 'logout' | 'other' | 'oci';

/** Lines by how often they come; none asks for more than a busy crontab and its scripts do. */
const LINES: ReadonlyArray<readonly [weight: number, kind: Kind, line: readonly string[]]> = [
  [28, 'other', ['refresh_token', '-q', '--reauthenticate', ...MIN_VALID]],
  [26, 'other', ['request', 'GET', PATH]],
  [14, 'other', ['status', '-q']],
  [8, 'other', ['refresh_token', '-q']],
  [6, 'other', ['exec', ...MIN_VALID, '--', 'true']],
  [3, 'auth', ['auth', '-q']],
  [1, 'logout', ['logout']],
  [5, 'oci', ['session', 'refresh', '-q']],
  [3, 'oci', ['session', 'refresh', '-q', '--min-valid', '30m']],
  [3, 'oci', ['session', 'validate']],
  [2, 'oci', ['session', 'validate', '--local']],
  [1, 'oci', ['session', 'list']],
];

const COMPUTE_FAULTS: readonly Fault[] = [
  trouble(500),
  trouble(502),
  trouble(503),
  { drop: 'before-answer' },
  { drop: 'during-answer' },
  { delay: 400 },
];

interface Tally {
  readonly statuses: Record<string, number>;
  readonly durations: number[];
  killed: number;
  faults: number;
  auths: number;
  logouts: number;
  looks: number;
}

interface Stage {
  readonly bench: OciBench;
  readonly service: ComputeService;
  readonly users: readonly string[];
  readonly profiles: readonly string[];
  run(line: readonly string[], user: string, profile: string, killAfter?: number): Promise<Outcome>;
  cookiesFile(user: string): string;
}

interface Outcome {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

async function newStage(sessions: number): Promise<Stage> {
  const users = Array.from({ length: sessions }, (_, index) => `/Compute-acme/user${index}@example.com`);
  const service = await startComputeService({
    ...LIFETIMES,
    users: Object.fromEntries(users.map((user) => [user, DEFAULT_PASSWORD])),
  });
  onTestFinished(() => service.close());
  const bench = await ociBench({ clock: Date.now }, Date.now());
  const { home } = bench;
  const profiles = sessions === 1 ? ['P0'] : ['P0', 'P1', 'P2', 'P3', 'P4'];
  for (const profile of profiles) await bench.addSession(profile);
  const env = cleanEnvironment(home, {
    ...bench.env,
    OPC_API: service.url,
    OPC_PASSWORD_FILE: writeFileWithMode(join(home, 'password'), DEFAULT_PASSWORD),
  });
  // They leave room for the services in this process, and for the other soak tests: a keyring has 3 s to answer.
  const nice = ['nice', '-n', '19', process.execPath];
  return {
    bench,
    service,
    users,
    profiles,
    cookiesFile: (user) => defaultCookiesFile(home, service.origin, user),
    run: (line, user, profile, killAfter) => {
      const isOci = line[0] === 'session';
      let timer: NodeJS.Timeout | undefined;
      const options = {
        env: { ...env, OPC_USER: user, OCI_CLI_PROFILE: profile },
        onStart: (child: { kill(signal: 'SIGKILL'): boolean }) => {
          if (killAfter !== undefined) timer = setTimeout(() => child.kill('SIGKILL'), killAfter);
        },
      };
      return runProgram(line, options, [...nice, isOci ? OCI_PROGRAM : PROGRAM]).finally(() => clearTimeout(timer));
    },
  };
}

function anyLine(random: SeededRandom): (typeof LINES)[number] {
  let left = random.below(LINES.reduce((sum, [weight]) => sum + weight, 0));
  for (const entry of LINES) {
    left -= entry[0];
    if (left < 0) return entry;
  }
  throw new RangeError('no line');
}

/** The next request to one of the services goes wrong. */
function breakSomething({ service, bench }: Stage, kind: Kind, random: SeededRandom): void {
  if (kind !== 'oci') {
    service.faults.once(EVERY_PATH, COMPUTE_FAULTS[random.below(COMPUTE_FAULTS.length)] ?? {});
  } else if (random.below(2) === 0) {
    bench.service.faults.next('any', { kind: 'status', status: 503 });
  } else {
    bench.service.faults.next('any', { kind: 'drop', after: 'request' });
  }
}

async function invoke(stage: Stage, random: SeededRandom, tally: Tally): Promise<void> {
  const [, kind, line] = anyLine(random);
  const user = stage.users[random.below(stage.users.length)] ?? '';
  const profile = stage.profiles[random.below(stage.profiles.length)] ?? '';
  if (random.below(100) < FAULTY) {
    tally.faults += 1;
    breakSomething(stage, kind, random);
  }
  const killAfter = random.below(100) < KILLED ? random.next() * 4000 : undefined;
  if (kind === 'auth') tally.auths += 1;
  if (kind === 'logout') tally.logouts += 1;
  const started = performance.now();
  const { status, signal, stderr } = await stage.run(line, user, profile, killAfter);
  if (signal === 'SIGKILL') {
    tally.killed += 1;
    return;
  }
  tally.durations.push(performance.now() - started);
  const key = `${line.slice(0, 2).join(' ')}: ${status}`;
  tally.statuses[key] = (tally.statuses[key] ?? 0) + 1;
  // 3: the service is in trouble. 10: somebody has logged out, or a token has died while the service was in trouble.
  const allowed = kind === 'oci' ? [0, 3] : line.includes('--reauthenticate') ? [0, 3] : [0, 3, 10];
  expect(allowed, `${line.join(' ')} ended with ${status}: ${stderr}`).toContain(status);
}

/** Looks at the sessions all the time, as a reader without the lock does: each is whole, or not there. */
async function watchSessions(stage: Stage, ended: AbortSignal, tally: Tally): Promise<void> {
  while (!ended.aborted) {
    for (const user of stage.users) {
      try {
        const path = stage.cookiesFile(user);
        expect(decodeCookiesFile(readFileSync(path), path).user).toBe(user);
        tally.looks += 1;
      } catch (error) {
        if (isOracleComputeError(error) || systemErrorCode(error) !== 'ENOENT') throw error;
      }
    }
    await wait(20);
  }
}

const cookieOf = ({ headers }: { headers: ReadonlyArray<readonly [string, string]> }) =>
  headers.find(([name]) => name.toLowerCase() === 'cookie')?.[1] ?? '';

/** After all of it every session is at work, and the folders hold nothing but sessions. */
async function expectAllWell(stage: Stage): Promise<void> {
  stage.service.faults.clear();
  stage.bench.service.faults.clear();
  for (const user of stage.users) {
    const line = ['refresh_token', '-q', '--reauthenticate'];
    expect(await stage.run(line, user, 'P0')).toMatchObject({ status: 0, stderr: '' });
    expect(await stage.run(['request', 'GET', PATH], user, 'P0')).toMatchObject({ status: 0, stderr: '' });
  }
  for (const profile of stage.profiles) {
    expect(await stage.run(['session', 'refresh', '-q'], '', profile)).toMatchObject({ status: 0, stderr: '' });
    expect(await stage.run(['session', 'validate'], '', profile)).toMatchObject({ status: 0 });
  }
  const jars = filesBelow(dirname(stage.cookiesFile(stage.users[0] ?? '')));
  expect(jars).toHaveLength(stage.users.length);
  expect(jars.filter((name) => !name.endsWith('.json 600'))).toEqual([]);
  const oci = filesBelow(join(stage.bench.home, '.oci'));
  expect(oci.filter((name) => /\.(?:lock|tmp) |\.new-/.test(name) || !/ (?:600|700)$/.test(name))).toEqual([]);
}

it.each([
  1, 50,
])(`${INVOCATIONS} runs of all sorts, ${AT_A_TIME} at a time, on %i session(s), with kills and faults, lose nothing`, async (sessions) => {
  const random = seededRandom();
  const stage = await newStage(sessions);
  const tally: Tally = { statuses: {}, durations: [], killed: 0, faults: 0, auths: 0, logouts: 0, looks: 0 };
  for (const user of stage.users) expect((await stage.run(['auth', '-q'], user, 'P0')).status).toBe(0);

  const ended = new AbortController();
  const watching = watchSessions(stage, ended.signal, tally);
  const started = performance.now();
  let left = INVOCATIONS;
  const lane = async () => {
    while (left-- > 0) await invoke(stage, random, tally);
  };
  try {
    await Promise.all([...Array.from({ length: AT_A_TIME }, lane)]);
  } catch (cause) {
    throw new Error(`with TEST_SEED=${random.seed}`, { cause });
  } finally {
    ended.abort();
  }
  await watching;
  const seconds = (performance.now() - started) / 1000;

  const { requests } = stage.service;
  const good = (path: string) => requests.filter((request) => request.path === path && request.status === 204);
  const logins = good('/authenticate/').length;
  const refreshed = good('/refresh/').map(cookieOf);
  const twice = refreshed.length - new Set(refreshed).size;
  const durations = tally.durations.sort((one, other) => one - other);
  const percentile = (part: number) => Math.round(durations[Math.floor(durations.length * part)] ?? 0);
  const figures = {
    sessions,
    seed: random.seed,
    perSecond: Number((INVOCATIONS / seconds).toFixed(1)),
    milliseconds: { median: percentile(0.5), p95: percentile(0.95), most: percentile(0.9999) },
    requests: requests.length,
    logins,
    refreshes: refreshed.length,
    twice,
    ...tally,
    durations: undefined,
  };
  process.stderr.write(`load: ${JSON.stringify(figures)}\n`);

  // What was killed or cut off may have to be done again. A session is begun by auth, and after a logout.
  const undone = tally.killed + tally.faults;
  expect(logins).toBeLessThanOrEqual(sessions + tally.auths + tally.logouts + undone);
  expect(twice).toBeLessThanOrEqual(undone);
  expect(tally.killed).toBeGreaterThan(0);
  expect(tally.looks).toBeGreaterThan(100);
  await expectAllWell(stage);
});
