import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { MINUTE } from './compute.js';
import { type Trouble, troubleAtEveryCall } from './failing-files.js';
import { type OciBench, ociBench, ociEnvironment } from './oci.js';
import { cleanEnvironment } from './program.js';
import { filesBelow, keptFiles, temporaryHome } from './temporary-home.js';
import type { RunResult } from './test-context.js';

const HEAD = '# by hand, and to be kept\n[DEFAULT]\nregion = eu-frankfurt-1 ; no comment\n';

/** A home folder with two sessions, the archive of a third one, and what makes all that again. */
export interface Place extends OciBench {
  readonly archive: string;
  /** For the built program. */
  readonly programEnv: Readonly<Record<string, string | undefined>>;
  restoreFiles(): void;
}

export async function newPlace(): Promise<Place> {
  const bench = await ociBench({}, Date.now());
  const elsewhere = temporaryHome();
  const archive = join(elsewhere, 'third.zip');
  await bench.addSession('THIRD');
  expect((await bench.run(['session', 'export', '--profile', 'THIRD', '--output-file', archive])).status).toBe(0);
  expect((await bench.run(['session', 'terminate', '--profile', 'THIRD'])).status).toBe(0);
  writeFileSync(bench.configFile, HEAD);
  const loggedInAt = bench.clock.time - 30 * MINUTE;
  for (const name of ['OTHER', 'TokenDemo']) await bench.addSession(name, { loggedInAt });
  const programEnv = cleanEnvironment(bench.home, ociEnvironment(bench.service, elsewhere));
  return { ...bench, archive, programEnv, restoreFiles: keptFiles(join(bench.home, '.oci')) };
}

/** The state before, at the present time. */
export function restore({ restoreFiles, clock }: Place): void {
  restoreFiles();
  clock.time = Date.now();
}

const isThere = (place: Place, name: string) => readFileSync(place.configFile, 'utf8').includes(`[${name}]`);

/** The service takes the token together with a signature by the key. */
const isWhole = async (place: Place, name: string) =>
  (await place.run(['session', 'validate', '--profile', name])).status === 0;

/** What is kept of a session that no line here is about. */
export function otherSession({ home, configFile }: Place): readonly string[] {
  const files = ['token', 'oci_api_key.pem'].map((name) => join(home, '.oci', 'sessions', 'OTHER', name));
  const section = /^\[OTHER\]\n[^[]*/m.exec(readFileSync(configFile, 'utf8'))?.[0] ?? '';
  return [section.trim(), ...files.map((path) => readFileSync(path, 'utf8'))];
}

export interface Scenario {
  line(place: Place): string[];
  /** Looks at what is left, and runs what a person would run next. */
  check(place: Place, context: string): Promise<void>;
}

const importLine = ({ archive }: Place, ...flags: string[]) => [
  ...['session', 'import', '--session-archive', archive, '--force'],
  ...flags,
];

/** Commands that change several files of a session. */
export const SCENARIOS = {
  'a refresh': {
    line: () => ['session', 'refresh', '--profile', 'TokenDemo'],
    check: async (place, context) => {
      expect(await isWhole(place, 'TokenDemo'), context).toBe(true);
      const before = place.storedToken('TokenDemo');
      place.pass(MINUTE);
      expect(await place.run(['session', 'refresh', '--profile', 'TokenDemo']), context).toMatchObject({ status: 0 });
      expect(place.storedToken('TokenDemo'), context).not.toBe(before);
    },
  },
  'an import over a session': {
    line: (place) => importLine(place, '--profile-name', 'TokenDemo'),
    check: async (place, context) => {
      expect(await isWhole(place, 'TokenDemo'), context).toBe(true);
      expect(await place.run(importLine(place, '--profile-name', 'TokenDemo')), context).toMatchObject({ status: 0 });
      expect(await isWhole(place, 'TokenDemo'), context).toBe(true);
    },
  },
  'an import': {
    line: (place) => importLine(place),
    check: async (place, context) => {
      if (isThere(place, 'THIRD')) expect(await isWhole(place, 'THIRD'), context).toBe(true);
      expect(await place.run(importLine(place)), context).toMatchObject({ status: 0 });
      expect(await isWhole(place, 'THIRD'), context).toBe(true);
    },
  },
  'a termination': {
    line: () => ['session', 'terminate', '--profile', 'TokenDemo'],
    check: async (place, context) => {
      const { status } = await place.run(['session', 'terminate', '--profile', 'TokenDemo']);
      if (status !== 0) expect(isThere(place, 'TokenDemo'), context).toBe(false);
      expect(isThere(place, 'TokenDemo'), context).toBe(false);
      expect(filesBelow(join(place.home, '.oci', 'sessions')).filter((name) => /TokenDemo\/./.test(name))).toEqual([]);
    },
  },
} satisfies Record<string, Scenario>;

/** Expects that the other session, what was written by hand and the modes of files are as before, and no leftovers. */
export async function expectOrder(place: Place, { check }: Scenario, other: readonly string[], context: string) {
  expect(readFileSync(place.configFile, 'utf8').startsWith(HEAD), context).toBe(true);
  await check(place, context);
  expect(otherSession(place), context).toEqual(other);
  const left = filesBelow(place.home);
  expect(
    left.filter((name) => /\.(lock|tmp) |\.new-/.test(name)),
    context,
  ).toEqual([]);
  expect(
    left.filter((name) => !/(^ca\.pem | 600| 700)$/.test(name)),
    context,
  ).toEqual([]);
}

/** Runs a line in this process again and again, with trouble at one more call that changes its files each time. */
export async function troubleInScenario(trouble: Trouble, scenario: Scenario): Promise<void> {
  const place = await newPlace();
  const other = otherSession(place);
  let result: RunResult | undefined;
  const calls = await troubleAtEveryCall(trouble, {
    home: join(place.home, '.oci'),
    prepare: async () => restore(place),
    run: async () => {
      result = await place.run(scenario.line(place));
    },
    check: async (context) => {
      if (trouble === 'finds no space' && result?.status !== 0) expect(result?.stderr, context).not.toBe('');
      await expectOrder(place, scenario, other, context);
    },
  });
  expect(calls.map((call) => call.split(' ', 1)[0])).toEqual(expect.arrayContaining(['openSync', 'renameSync']));
  expect(calls.length).toBeGreaterThanOrEqual(6);
}
