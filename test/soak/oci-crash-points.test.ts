import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MINUTE } from '../support/compute.js';
import { type OciBench, ociBench, ociEnvironment } from '../support/oci.js';
import { cleanEnvironment, OCI_PROGRAM } from '../support/program.js';
import { killAtEveryCall } from '../support/system-calls.js';
import { filesBelow, temporaryHome } from '../support/temporary-home.js';

const RETRY_BUDGET_MS = { timeout: 900_000 };
const LANES = 3;
const HEAD = '# by hand, and to be kept\n[DEFAULT]\nregion = eu-frankfurt-1 ; no comment\n';

/** A home folder with two sessions, the archive of a third one, and a copy of all that to begin again from. */
interface Place extends OciBench {
  readonly copy: string;
  readonly archive: string;
  readonly programEnv: Readonly<Record<string, string | undefined>>;
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
  const copy = join(elsewhere, 'copy');
  cpSync(join(bench.home, '.oci'), copy, { recursive: true });
  const programEnv = cleanEnvironment(bench.home, ociEnvironment(bench.service, elsewhere));
  return { ...bench, copy, archive, programEnv };
}

/** The state before, at the present time. */
function restore({ home, copy, clock }: Place): void {
  rmSync(join(home, '.oci'), { recursive: true });
  cpSync(copy, join(home, '.oci'), { recursive: true });
  clock.time = Date.now();
}

const isThere = (place: Place, name: string) => readFileSync(place.configFile, 'utf8').includes(`[${name}]`);

/** The service takes the token together with a signature by the key. */
const isWhole = async (place: Place, name: string) =>
  (await place.run(['session', 'validate', '--profile', name])).status === 0;

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
};

describe.each(Object.entries(SCENARIOS))('%s that is killed', (_, { line, check }) => {
  it(
    'at any call that touches its files leaves whole sessions, and the next run succeeds',
    RETRY_BUDGET_MS,
    async () => {
      const places = await Promise.all(Array.from({ length: LANES }, newPlace));
      const labels = await killAtEveryCall(places, {
        traced: (place) => ({
          command: [process.execPath, OCI_PROGRAM],
          line: line(place),
          env: place.programEnv,
          home: join(place.home, '.oci'),
        }),
        prepare: async (place) => restore(place),
        changesOnly: true,
        check: async (place, context) => {
          expect(readFileSync(place.configFile, 'utf8').startsWith(HEAD), context).toBe(true);
          expect(await isWhole(place, 'OTHER'), context).toBe(true);
          await check(place, context);
          expect(await isWhole(place, 'OTHER'), context).toBe(true);
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
      process.stdout.write(
        `${line(places[0] as Place)
          .slice(0, 2)
          .join(' ')}: killed at ${labels.length} calls\n`,
      );
      expect(labels.map((label) => label.split(' ', 1)[0])).toEqual(
        expect.arrayContaining(['openat', 'rename', 'unlink']),
      );
      expect(labels.length).toBeGreaterThanOrEqual(6);
    },
  );
});
