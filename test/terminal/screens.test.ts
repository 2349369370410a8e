import { expect, it } from 'vitest';
import { programBench } from '../support/program-bench.js';
import { atTerminal, line } from './at-terminal.js';

/** What a terminal of this width shows. */
async function shown(bench: Awaited<ReturnType<typeof programBench>>, words: readonly string[], columns: number) {
  const command = `sh -c "stty columns ${columns}; exec ${line(words)}"`;
  const { stdout } = await atTerminal(bench, command, 'expect eof {} timeout { exit 97 }');
  return stdout.replaceAll('\r', '').split('\n').slice(0, -1);
}

it('rows can be told apart, and colors are for who wants them', async () => {
  const bench = await programBench();
  await bench.run(['auth']);
  const [note, heading, ...rows] = await shown(bench, ['list', 'instance'], 80);
  expect(note).toBe('oracle-compute: names without /Compute-acme/jack.jones@example.com/');
  expect(heading).toMatch(/^NAME +STATE +IP +SHAPE +LABEL$/);
  expect(rows).toHaveLength(2);
  expect(new Set(rows.map((row) => row.slice(0, 24))).size).toBe(2);
  for (const row of rows) expect(row.length).toBeLessThanOrEqual(80);

  const status = (await shown(bench, ['status'], 100)).join('\n');
  expect(status).toMatch(/^token .*32min 30 min, \d{4}-.* UTC {2}█{24}.*$/m);
  expect(status).toContain('\u001b[32m');
  expect((await shown(bench, ['status', '--no-color'], 100)).join('\n')).not.toContain('\u001b');
});
