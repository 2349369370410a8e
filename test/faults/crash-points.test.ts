import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SCENARIOS } from '../support/crash-scenarios.js';
import { type Trouble, troubleAtEveryCall } from '../support/failing-files.js';
import { programBench } from '../support/program-bench.js';
import { filesBelow } from '../support/temporary-home.js';
import { type RunResult, runLine } from '../support/test-context.js';

// The built program, killed by strace at each call: test/soak/crash-points.test.ts.

const TROUBLES: readonly Trouble[] = ['dies', 'finds no space'];

describe.each(Object.entries(SCENARIOS))('%s', (_, { line, prepare, next }) => {
  it.each(TROUBLES)('that %s at any call that changes its files leaves the old or the new session', async (trouble) => {
    const place = await programBench();
    const { home, env } = place;
    let old: string | undefined;
    let result: RunResult | undefined;
    const calls = await troubleAtEveryCall(trouble, {
      home,
      prepare: async () => {
        old = await prepare(place);
      },
      run: async () => {
        result = await runLine(line, { home, env });
      },
      check: async (context) => {
        // Throws where the file is not whole.
        const left = await place.storedToken();
        if (left !== old || trouble === 'finds no space') {
          expect(filesBelow(home).join(), context).not.toMatch(/unlink/.test(context) ? /^$/ : /\.tmp /);
        }
        if (trouble === 'finds no space' && result?.status !== 0) {
          expect(left, context).toBe(old);
          expect(result?.stderr, context).not.toBe('');
        }
        const after = await runLine(next, { home, env });
        expect(after, context).toMatchObject({ status: 0, stderr: '' });
        expect(await place.storedToken(), context).not.toBe(left);
        expect(filesBelow(dirname(place.cookiesFile)), context).toEqual([expect.stringMatching(/\.json 600$/)]);
      },
    });
    expect(calls.map((call) => call.split(' ', 1)[0])).toEqual(expect.arrayContaining(['openSync', 'unlinkSync']));
    expect(calls.length).toBeGreaterThan(3);
  });
});
