import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { startComputeService } from '../../fixtures/compute-service/server.js';
import { type ProgramHome, programHome } from './program-bench.js';
import { type SeededRandom, seededRandom } from './random.js';
import { filesBelow } from './temporary-home.js';

const LANES = 4;

const LINES = [['auth', '-q'], ['refresh_token'], ['refresh_token', '-q', '--reauthenticate'], ['exec', '--', 'true']];

interface Tally {
  killed: number;
  lockLeft: number;
  temporaryLeft: number;
  replaced: number;
}

/** Runs a line and kills it at an instant that is chosen by time, or by the changes in the folder of the session. */
async function killedRun(place: ProgramHome, line: string[], duration: number, random: SeededRandom): Promise<boolean> {
  let started: ChildProcess | undefined;
  const kill = () => void started?.kill('SIGKILL');
  let changes = random.below(10);
  const byChange = random.below(2) === 0;
  const watcher = watch(dirname(place.cookiesFile), () => {
    if (byChange && changes-- === 0) kill();
  });
  const timer = byChange ? undefined : setTimeout(kill, random.next() * duration);
  const { signal } = await place.run(line, {
    onStart: (child) => {
      started = child;
    },
  });
  clearTimeout(timer);
  watcher.close();
  return signal === 'SIGKILL';
}

/** One round; gives the time that an undisturbed run took. */
async function playRound(place: ProgramHome, duration: number, random: SeededRandom, tally: Tally): Promise<number> {
  const old = await place.storeOldSession();
  const line = LINES[random.below(LINES.length)] ?? [];
  if (await killedRun(place, line, duration, random)) tally.killed++;

  const left = readdirSync(dirname(place.cookiesFile));
  if (left.some((name) => name.endsWith('.lock'))) tally.lockLeft++;
  if (left.some((name) => name.endsWith('.tmp'))) tally.temporaryLeft++;
  // Throws where the program or tough-cookie cannot read the file, or where they read different things.
  const token = await place.storedToken();
  expect(token).toBeDefined();
  if (token !== old) tally.replaced++;

  const started = performance.now();
  const next = await place.run(['refresh_token', '-q']);
  expect(next, `after ${line.join(' ')} was killed`).toMatchObject({ status: 0, stdout: '', stderr: '' });
  expect(await place.storedToken()).not.toBe(token);
  expect(filesBelow(dirname(place.cookiesFile))).toEqual([expect.stringMatching(/\.json 600$/)]);
  return performance.now() - started;
}

/** So many rounds of SIGKILL leave the old or the new session, and no lock. */
export async function playRounds(rounds: number): Promise<void> {
  const random = seededRandom();
  const service = await startComputeService();
  onTestFinished(() => service.close());
  const tally: Tally = { killed: 0, lockLeft: 0, temporaryLeft: 0, replaced: 0 };
  const lane = async (place: ProgramHome, index: number) => {
    mkdirSync(dirname(place.cookiesFile), { recursive: true, mode: 0o700 });
    let duration = 500;
    for (let round = index; round < rounds; round += LANES) duration = await playRound(place, duration, random, tally);
  };
  const places = Array.from({ length: LANES }, () => programHome(service));
  await Promise.all(places.map(lane)).catch((cause: unknown) => {
    throw new Error(`with TEST_SEED=${random.seed}`, { cause });
  });
  process.stdout.write(`SIGKILL, TEST_SEED=${random.seed}: ${JSON.stringify({ rounds, ...tally })}\n`);
}
