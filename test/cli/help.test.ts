import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../cli/commands/index.js';
import { temporaryHome } from '../support/temporary-home.js';
import { runLine } from '../support/test-context.js';

async function help(words: readonly string[], columns?: number): Promise<string[]> {
  const { stdout, stderr } = await runLine([...words, '--help'], { home: temporaryHome(), columns });
  return (stdout + stderr).trimEnd().split('\n');
}

describe.each(COMMANDS)('the help of $path', ({ path, load }) => {
  it('says what it does, its options, an example and the exit statuses, on one page', async () => {
    const { help: known } = await load();
    const lines = await help(path);
    expect(lines.length).toBeLessThanOrEqual(50);
    expect(lines[0]).toMatch(new RegExp(`^Usage: oracle-compute ${path.join(' ')} .*\\[options\\]`));
    const text = lines.join('\n');
    const [description = ''] = lines.slice(2).join(' ').split('  ');
    const sentences = known.description.split(/(?<=\.)\s+/);
    expect(description.startsWith(sentences[0] ?? '')).toBe(true);
    expect(description.split(/(?<=\.)\s+/).length).toBeGreaterThanOrEqual(Math.min(2, sentences.length));
    const order = ['\n  -h, --help', '\nExamples:\n', '\nExit status:\n  '].map((part) => text.indexOf(part));
    expect(order).toEqual([...order].sort((one, other) => one - other));
    expect(order[0]).toBeGreaterThan(0);
    const pasted = known.examples.map(([line]) => line.replaceAll('$0', ['oracle-compute', ...path].join(' ')));
    const tooWide = lines.filter((line) => line.length > 80 && !pasted.includes(line.trim()));
    expect(tooWide).toEqual([]);
  });

  it('fits a narrow terminal', async () => {
    const { help: known } = await load();
    const pasted = known.examples.map(([line]) => line.replaceAll('$0', ['oracle-compute', ...path].join(' ')));
    const lines = (await help(path, 60)).filter((line) => !pasted.includes(line.trim()));
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(62);
  });
});

it('has only the shared options that matter to a command', async () => {
  const auth = (await help(['auth'])).join('\n');
  expect(auth).not.toMatch(/^ +-[FfH], /m);
  expect((await help(['list', 'instance'])).join('\n')).toMatch(/^ +-F, --fields NAMES /m);
});

it('has groups of options for a login to OCI', async () => {
  const lines = await help(['session', 'authenticate']);
  expect(lines).toEqual(expect.arrayContaining(['Options:', 'With a browser:', 'Without a browser:']));
});

it('of the program and of groups fits a page, too', async () => {
  for (const words of [[], ['session'], ['password'], ['store'], ['iam'], ['ce']]) {
    const lines = await help(words);
    expect(lines.length).toBeLessThanOrEqual(50);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  }
});
