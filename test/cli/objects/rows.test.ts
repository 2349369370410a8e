import { describe, expect, it } from 'vitest';
import type { GeneralOptions } from '../../../cli/options/general.js';
import { type Batches, writeRows } from '../../../cli/output/rows/write-rows.js';
import { renderRows } from '../../../cli/output/rows.js';
import type { World } from '../../../cli/world/world.js';
import { systemClock } from '../../../lib/clock.js';

interface Written {
  stdout: string;
  stderr: string;
}

interface Output extends Partial<World['stdout']> {
  readonly onWrite?: (soFar: string) => void;
}

/** As much of a world as rows need. */
function world(written: Written, { onWrite, ...stdout }: Output = {}): World {
  const write = (name: keyof Written) => (text: string | Uint8Array) => {
    written[name] += String(text);
    if (name === 'stdout') onWrite?.(written.stdout);
  };
  return {
    program: 'oracle-compute',
    clock: systemClock,
    stdout: { isTTY: false, columns: 80, write: write('stdout'), drained: async () => true, ...stdout },
    stderr: { isTTY: false, columns: 80, write: write('stderr'), drained: async () => true },
  } as unknown as World;
}

async function written(rows: unknown[], options: GeneralOptions = {}, output?: Output): Promise<Written> {
  const result = { stdout: '', stderr: '' };
  await writeRows(batches(rows), options, world(result, output));
  return result;
}

async function* batches(...all: unknown[][]): Batches {
  yield* all;
}

/** ESC, C1, a mark that turns the text around, and a line break. */
const NASTY = 'a\u001b[31m\u009b\u202eb\nc"d';

describe('cells', () => {
  it('have nothing in them that acts on a terminal', async () => {
    const row = { name: NASTY, list: [NASTY] };
    for (const format of [undefined, 'tabbed']) {
      const { stdout } = await written([row], { format, noHeader: true } as GeneralOptions);
      expect(stdout).toMatch(/^a\?\[31m\?\?b c"d\s+\["a\\u001b\[31m\\u009b\\u202eb\\nc\\"d"\]\n$/);
    }
    const csv = await written([row], { format: 'csv', noHeader: true });
    expect(csv.stdout).toBe('"a?[31m??b\nc""d","[""a\\u001b[31m\\u009b\\u202eb\\nc\\""d""]"\n');
    const json = await written([row], { format: 'json' });
    expect(JSON.parse(json.stdout)).toEqual({ list: [row] });
    expect(json.stdout).toContain('\\u009b\\u202eb\\nc');
  });

  it('of headings neither', async () => {
    expect((await written([{ name: 'x', [NASTY]: 1 }])).stdout.split('\n')).toHaveLength(3);
  });

  it('are quoted in CSV as RFC 4180 says', async () => {
    const row = { name: 'plain', a: 'x,y', b: 'say "no"', c: 'two\r\nlines', d: '', e: null, f: true, g: 1.5, h: {} };
    expect((await written([row], { format: 'csv', noHeader: true })).stdout).toBe(
      'plain,"x,y","say ""no""","two\r\nlines",,,true,1.5,{}\n',
    );
  });

  it('of rows that have fields of their own are empty elsewhere', async () => {
    const rows = [{ a: 1 }, { name: 'n', b: 2, __proto__: null }, 'text', null];
    expect((await written(rows, { format: 'csv' })).stdout).toBe('name,a,b\n,1,\nn,,2\ntext,,\n,,\n');
  });
});

describe('a table', () => {
  it('pads by the width of characters on the screen', async () => {
    const { stdout } = await written([
      { name: '日本', a: 1 },
      { name: 'abcde', a: 2 },
    ]);
    expect(stdout).toBe('NAME   A\n日本   1\nabcde  2\n');
  });

  it('fits the terminal: the widest columns give way', async () => {
    const row = { name: 'n'.repeat(50), short: 'ok', other: 'o'.repeat(60) };
    const { stdout, stderr } = await written([row], {}, { isTTY: true, columns: 40 });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.length)).toEqual([expect.any(Number), 39]);
    expect(lines[1]).toMatch(/^n+… {2}ok {5}o+…$/);
    expect(stderr).toBe('');
  });

  it('leaves columns out where they cannot fit, and says so', async () => {
    const row = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`field${index}`, 'v'.repeat(20)]));
    const { stdout, stderr } = await written([row], {}, { isTTY: true, columns: 60 });
    for (const line of stdout.trimEnd().split('\n')) expect(line.length).toBeLessThanOrEqual(60);
    expect(stderr).toMatch(/^oracle-compute: \d+ more columns do not fit here: choose with -F, or take -f json\n$/);
    expect((await written([row], { quiet: true }, { isTTY: true, columns: 60 })).stderr).toBe('');
    expect((await written([{ name: 'n'.repeat(99) }], { noHeader: true }, { isTTY: true, columns: 20 })).stdout).toBe(
      `${'n'.repeat(19)}…\n`,
    );
  });

  it('is whole in a pipe', async () => {
    const row = { name: 'n'.repeat(300), other: 'o'.repeat(300) };
    expect((await written([row])).stdout).toContain(`${row.name}  ${row.other}\n`);
  });

  it('has its heading where there are no rows', async () => {
    expect((await written([])).stdout).toBe('NAME\n');
    expect((await written([], { fields: 'name,ip' })).stdout).toBe('NAME  IP\n');
    expect((await written([], { noHeader: true })).stdout).toBe('');
  });
});

describe('rows that come slowly', () => {
  /** A list whose second row comes when `release` is called. */
  function slow() {
    let release: () => void = () => {};
    const wait = new Promise<void>((resolve) => {
      release = resolve;
    });
    async function* rows(): Batches {
      yield [{ name: 'first' }];
      await wait;
      yield [{ name: 'the second one', late: true }];
    }
    return { rows: rows(), release };
  }

  it.each(['table', 'tabbed', 'csv', 'json'])('are written as they come: %s', async (format) => {
    const { rows, release } = slow();
    const result = { stdout: '', stderr: '' };
    const onWrite = (soFar: string) => {
      if (soFar.includes('first')) release();
    };
    await writeRows(rows, { format }, world(result, { onWrite }));
    expect(result.stdout).toContain('the second one');
  });

  it('are waited for where a field that is asked for has not come yet', async () => {
    const { rows, release } = slow();
    const result = { stdout: '', stderr: '' };
    const done = writeRows(rows, { format: 'csv', fields: 'late' }, world(result));
    await systemClock.sleep(300);
    release();
    await done;
    expect(result.stdout).toBe('late\n\ntrue\n');
  });

  it('are not asked for where nobody reads any more', async () => {
    let given = 0;
    async function* endless(): Batches {
      for (;;) yield [{ name: String(given++) }];
    }
    await writeRows(endless(), { format: 'csv' }, world({ stdout: '', stderr: '' }, { drained: async () => false }));
    expect(given).toBeLessThan(1000);
  });
});

describe('a short list', () => {
  it('has the same formats', () => {
    const rows = [{ a: 'x\u001b', b: null }];
    expect(renderRows(['a', 'b'], rows, {})).toBe('A   B\nx?\n');
    expect(renderRows(['a', 'b'], rows, { fields: 'B,a', format: 'csv' })).toBe('b,a\n,x?\n');
    expect(renderRows(['a', 'b'], rows, { format: 'json' })).toBe('{"list":[{"a":"x\\u001b","b":null}]}\n');
  });
});
