import { dirname } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startComputeService } from '../../fixtures/compute-service/server.js';
import { SCENARIOS } from '../support/crash-scenarios.js';
import { PROGRAM } from '../support/program.js';
import { type ProgramHome, programHome } from '../support/program-bench.js';
import { killAtEveryCall } from '../support/system-calls.js';
import { filesBelow } from '../support/temporary-home.js';
import { runLine } from '../support/test-context.js';

const LIMIT = { timeout: 600_000 };
const LANES = 3;

describe.each(Object.entries(SCENARIOS))('%s that is killed', (_, { line, prepare, next }) => {
  it('at any call that touches its files leaves the old or the new session', LIMIT, async () => {
    const service = await startComputeService();
    onTestFinished(() => service.close());
    const places = Array.from({ length: LANES }, () => programHome(service));
    const old = new Map<ProgramHome, string | undefined>();
    const labels = await killAtEveryCall(places, {
      traced: ({ home, env }) => ({ command: [process.execPath, PROGRAM], line, env, home }),
      prepare: async (place) => void old.set(place, await prepare(place)),
      check: async (place, context) => {
        // Throws where the file is not whole.
        const left = await place.storedToken();
        if (left !== old.get(place)) expect(filesBelow(place.home).join(), context).not.toMatch(/\.tmp /);
        const after = await runLine(next, { home: place.home, env: place.env });
        expect(after, context).toMatchObject({ status: 0, stderr: '' });
        expect(await place.storedToken(), context).not.toBe(left);
        expect(filesBelow(dirname(place.cookiesFile)), context).toEqual([expect.stringMatching(/\.json 600$/)]);
      },
    });
    process.stdout.write(`${line.join(' ')}: killed at ${labels.length} calls\n`);
    const calls = labels.map((label) => label.split(' ', 1)[0]);
    expect(calls).toEqual(expect.arrayContaining(['openat', 'unlink']));
  });
});
