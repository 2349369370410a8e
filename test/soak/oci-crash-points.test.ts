import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  expectOrder,
  newPlace,
  otherSession,
  restore,
  SCENARIOS,
  troubleInScenario,
} from '../support/oci-crash-scenarios.js';
import { OCI_PROGRAM } from '../support/program.js';
import { killAtEveryCall } from '../support/system-calls.js';

const LIMIT = { timeout: 900_000 };
const LANES = 3;

describe.each(Object.entries(SCENARIOS))('%s', (_, scenario) => {
  it.each([
    'dies',
    'finds no space',
  ] as const)('that %s at any call that changes its files leaves whole sessions, and the next run succeeds', (trouble) =>
    troubleInScenario(trouble, scenario));

  it(
    'that is killed at any call that changes its files leaves whole sessions, and the next run succeeds',
    LIMIT,
    async () => {
      const lanes = await Promise.all(
        Array.from({ length: LANES }, async () => {
          const place = await newPlace();
          return { ...place, other: otherSession(place) };
        }),
      );
      const labels = await killAtEveryCall(lanes, {
        traced: (place) => ({
          command: [process.execPath, OCI_PROGRAM],
          line: scenario.line(place),
          env: place.programEnv,
          home: join(place.home, '.oci'),
        }),
        prepare: async (place) => restore(place),
        changesOnly: true,
        check: (place, context) => expectOrder(place, scenario, place.other, context),
      });
      process.stdout.write(
        `${scenario
          .line(lanes[0] as (typeof lanes)[number])
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
