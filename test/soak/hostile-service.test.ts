import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { endlessly, type HostileAnswer } from '../../fixtures/hostile-service.js';
import {
  COOKIE,
  CUT_ANSWERS,
  expectCutsToLeaveSession,
  head,
  hostileBench,
  withCookie,
} from '../support/hostile-bench.js';
import { cleanEnvironment, PROGRAM, runProgram } from '../support/program.js';
import { writeFileWithMode } from '../support/temporary-home.js';

describe('the memory of the program', () => {
  const RSS_ON_EXIT = `process.on('exit', () => require('node:fs').writeSync(3, String(process.resourceUsage().maxRSS)))`;

  /** How much V8 lets rubbish lie before it clears up depends on how busy the machine is, unless it is told. */
  const HEAP = ['--max-semi-space-size=2', '--max-old-space-size=48'];

  /** The most memory that the real program had, in KiB. */
  async function memoryOf(answer: HostileAnswer): Promise<number> {
    const { home, env } = await hostileBench(answer);
    const hook = writeFileWithMode(join(home, 'hook.cjs'), RSS_ON_EXIT);
    const result = join(home, 'rss');
    const script = `"$0" ${HEAP.join(' ')} --require "$1" "$2" auth --timeout 3 3>"$3" >"$3.out" 2>&1; true`;
    const words = [process.execPath, hook, PROGRAM, result];
    await runProgram(words, { env: cleanEnvironment(home, env) }, ['sh', '-c', script]);
    const memory = readFileSync(result, 'utf8');
    expect(memory, readFileSync(`${result}.out`, 'utf8')).toMatch(/^\d+$/);
    return Number(memory);
  }

  it('does not grow with what a service sends', { timeout: 600_000 }, async () => {
    const plain = await memoryOf(withCookie());
    expect(plain).toBeGreaterThan(10_000);
    const megabyte = Buffer.alloc(2 ** 20, 'x');
    const floods = {
      body: endlessly(head('200 OK', COOKIE.trim()), megabyte),
      headers: endlessly('HTTP/1.1 204 No Content\r\n', 'X-Flood: 0123456789\r\n'.repeat(1000)),
      interim: endlessly('', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1000)),
    };
    for (const [name, flood] of Object.entries(floods)) {
      expect((await memoryOf(flood)) - plain, name).toBeLessThan(64 * 1024);
    }
  });
});

it.each(CUT_ANSWERS)('an answer %s that is cut after any byte, by %s, leaves the session', (_, how, bytes) =>
  expectCutsToLeaveSession(how, bytes, [...bytes.keys()]));
