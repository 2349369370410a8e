import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MINUTE } from '../support/compute.js';
import { type Trouble, troubleAtEveryCall } from '../support/failing-files.js';
import { type OciBench, ociBench } from '../support/oci.js';
import { filesBelow, keptFiles, temporaryHome } from '../support/temporary-home.js';
import type { RunResult } from '../support/test-context.js';

// The built program, killed by strace at each call: test/soak/oci-crash-points.test.ts.

const HEAD = '# by hand, and to be kept\n[DEFAULT]\nregion = eu-frankfurt-1 ; no comment\n';
const TROUBLES: readonly Trouble[] = ['dies', 'finds no space'];

/** A home folder with two sessions, the archive of a third one, and what makes all that again. */
interface Place extends OciBench {
  readonly archive: string;
  restoreFiles(): void;
}

async function newPlace(): Promise<Place> {
  const bench = await ociBench({}, Date.now());
  const elsewhere = temporaryHome();
  const archive = join(elsewhere, 'third.zip');
  await bench.addSession('THIRD');
  expect((await bench.run(['session', 'export', '--profile', 'THIRD', '--output-file', archive])).status).toBe(0);
  expect((await bench.run(['session', 'terminate', '--profile', 'THIRD'])).status).toBe(0);
  writeFileSync(bench.configFile, HEAD);
  const loggedInAt = bench.clock.time - 30 * MINUTE;
  for (const name of ['OTHER', 'TokenDemo']) await bench.addSession(name, { loggedInAt });
  return { ...bench, archive, restoreFiles: keptFiles(join(bench.home, '.oci')) };
}

/** The state before, at the present time. */
function restore({ restoreFiles, clock }: Place): void {
  restoreFiles();
  clock.time = Date.now();
}

const isThere = (place: Place, name: string) => readFileSync(place.configFile, 'utf8').includes(`[${name}]`);

/** The token names the key that is stored beside it. */
const isWhole = async (place: Place, name: string) =>
  (await place.run(['session', 'validate', '--profile', name, '--local'])).status === 0;

/** What is kept of a session that no line here is about. */
function otherSession({ home, configFile }: Place): readonly string[] {
  const files = ['token', 'oci_api_key.pem'].map((name) => join(home, '.oci', 'sessions', 'OTHER', name));
  const section = /^\[OTHER\]\n[^[]*/m.exec(readFileSync(configFile, 'utf8'))?.[0] ?? '';
  return [section.trim(), ...files.map((path) => readFileSync(path, 'utf8'))];
}

interface Scenario {
  line(place: Place): string[];
  /** Looks at what is left, and runs what a person would run next. */
  check(place: Place, context: string): Promise<void>;
}

const importLine = ({ archive }: Place, ...flags: string[]) => [
  ...['session', 'import', '--session-archive', archive, '--force'],
  ...flags,
];

const SCENARIOS: Record<string, Scenario> = {
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
    },
  },
  'an import': {
    line: (place) => importLine(place),
    check: async (place, context) => {
      if (isThere(place, 'THIRD')) expect(await isWhole(place, 'THIRD'), context).toBe(true);
      expect(await place.run(importLine(place)), context).toMatchObject({ status: 0 });
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
};

describe.each(Object.entries(SCENARIOS))('%s', (_, { line, check }) => {
  it.each(
    TROUBLES,
  )('that %s at any call that changes its files leaves whole sessions, and the next run succeeds', async (trouble) => {
    const place = await newPlace();
    const other = otherSession(place);
    let result: RunResult | undefined;
    const calls = await troubleAtEveryCall(trouble, {
      home: join(place.home, '.oci'),
      prepare: async () => restore(place),
      run: async () => {
        result = await place.run(line(place));
      },
      check: async (context) => {
        if (trouble === 'finds no space' && result?.status !== 0) expect(result?.stderr, context).not.toBe('');
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
      },
    });
    expect(calls.map((call) => call.split(' ', 1)[0])).toEqual(expect.arrayContaining(['openSync', 'renameSync']));
    expect(calls.length).toBeGreaterThanOrEqual(6);
  });
});
