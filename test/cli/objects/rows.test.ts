import { describe, expect, it } from 'vitest';
import type { Context } from '../../../cli/context/context.js';
import type { GeneralOptions } from '../../../cli/flags/general.js';
import { renderRows } from '../../../cli/output/rows.js';
import { type Batches, writeRows } from '../../../cli/output/write-rows.js';
import { systemClock } from '../../../lib/clock.js';

interface Written {
  stdout: string;
  stderr: string;
}

interface Output extends Partial<Context['stdout']> {
  readonly onWrite?: (soFar: string) => void;
}

/** As much of a context as rows need. */
function context(written: Written, { onWrite, ...stdout }: Output = {}): Context {
  const write = (name: keyof Written) => (text: string | Uint8Array) => {
    written[name] += String(text);
    if (name === 'stdout') onWrite?.(written.stdout);
  };
  return {
    program: 'oracle-compute',
    clock: systemClock,
    stdout: { isTTY: false, columns: 80, write: write('stdout'), drained: async () => true, ...stdout },
    stderr: { isTTY: false, columns: 80, write: write('stderr'), drained: async () => true },
  } as unknown as Context;
}

async function written(rows: unknown[], options: GeneralOptions = {}, output?: Output): Promise<Written> {
  const result = { stdout: '', stderr: '' };
  await writeRows(batches(rows), options, context(result, output));
  return result;
}

async function* batches(...all: unknown[][]): Batches {
  yield* all;
}

const LATE = 'some rows have fields without a column, which appeared after the heading was printed:';

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

  it('are whole words for other programs, joiners included', async () => {
    const words = 'می\u200cخواهم 👩\u200d💻 co\u00adop';
    const row = { name: words, list: [words] };
    for (const format of ['table', 'tabbed', 'csv', 'json']) {
      const { stdout } = await written([row], { format, noHeader: true });
      expect(stdout.split(words), format).toHaveLength(3);
      const shown = await written([row], { format, noHeader: true }, { isTTY: true, columns: 200 });
      expect(shown.stdout, format).not.toMatch(/(?!\p{Join_Control})\p{Cf}/u);
    }
  });

  it('have a carriage return alone in CSV, but on no terminal', async () => {
    const row = { name: 'a\rb', other: 'c\r\nd' };
    const options = { format: 'csv', noHeader: true };
    expect((await written([row], options)).stdout).toBe('"a\rb","c\r\nd"\n');
    expect((await written([row], options, { isTTY: true })).stdout).toBe('a?b,"c\r\nd"\n');
  });

  it('are quoted in CSV as RFC 4180 says', async () => {
    const row = { name: 'plain', a: 'x,y', b: 'say "no"', c: 'two\r\nlines', d: '', e: null, f: true, g: 1.5, h: {} };
    expect((await written([row], { format: 'csv', noHeader: true })).stdout).toBe(
      'plain,"x,y","say ""no""","two\r\nlines",,,true,1.5,{}\n',
    );
  });

  it.each([
    ['a lone CR', 'two\rlines', '"two\rlines"'],
    ['a lone LF', 'two\nlines', '"two\nlines"'],
    ['a CR at the end', 'one\r', '"one\r"'],
    ['a comma', ',', '","'],
    ['a quote', '"', '""""'],
    ['a tab', 'two\tcells', 'two\tcells'],
    ['blanks at the ends', ' a ', ' a '],
  ])('with %s are, in the heading too', async (_, cell, shown) => {
    const row = { name: cell, [cell]: 'x' };
    expect((await written([row], { format: 'csv' })).stdout).toBe(`name,${shown}\n${shown},x\n`);
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

  it('fits the terminal: the widest columns give way, and the name last', async () => {
    const row = { name: 'n'.repeat(50), short: 'ok', other: 'o'.repeat(60) };
    const { stdout, stderr } = await written([row], {}, { isTTY: true, columns: 60 });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.length)).toEqual([expect.any(Number), 60]);
    expect(lines[1]).toBe(`${'n'.repeat(19)}…${'n'.repeat(19)}  ok     ${'o'.repeat(11)}…`);
    expect(stderr).toBe('');
  });

  it('leaves columns out where they cannot fit, and says so', async () => {
    const row = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`field${index}`, 'v'.repeat(20)]));
    const { stdout, stderr } = await written([row], {}, { isTTY: true, columns: 60 });
    for (const line of stdout.trimEnd().split('\n')) expect(line.length).toBeLessThanOrEqual(60);
    expect(stderr).toMatch(/^oracle-compute: \d+ more columns do not fit here: choose with -F, or use -f json\n$/);
    expect((await written([row], { quiet: true }, { isTTY: true, columns: 60 })).stderr).toBe('');
    expect((await written([{ name: 'n'.repeat(99) }], { noHeader: true }, { isTTY: true, columns: 20 })).stdout).toBe(
      `${'n'.repeat(10)}…${'n'.repeat(9)}\n`,
    );
  });

  it('is drawn at once, however large its cells and however many its columns', async () => {
    const fields = Array.from({ length: 900 }, (_, index) => [`field${index}`, 'value'.repeat(1 + (index % 3))]);
    const row = {
      name: 'n',
      big: 'A'.repeat(3_000_000),
      marks: `e${'\u0301'.repeat(1_000_000)}`,
      ...Object.fromEntries(fields),
    };
    const rows = Array.from({ length: 50 }, (_, index) => (index === 7 ? row : { name: `n${index}` }));
    for (const columns of [40, 400]) {
      const { stdout } = await written(rows, {}, { isTTY: true, columns });
      // A width found by steps of one, or a cell measured once for each of its characters, would not end within the test.
      expect(stdout.length).toBeLessThan(51 * 5_000);
      expect(stdout.split('\n')[8]).toMatch(/^n +A+… /);
    }
  });

  it('is filled up to no more than some cells, where one is huge', async () => {
    const rows = [{ name: 'n', big: 'A'.repeat(1_000_000), last: 'l' }, ...Array(400).fill({ name: 'n', last: 'l' })];
    const { stdout } = await written(rows);
    expect(stdout).toContain('A'.repeat(1_000_000));
    expect(stdout.length).toBeLessThan(402 * 10_050 + 1_000_000);
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

  it.each([
    ['table', 'name', false],
    ['tabbed', 'name', false],
    ['csv', 'NAME', false],
    ['json', undefined, false],
    ['table', undefined, true],
  ])('are written as they come: %s of %s', async (format, fields, isTTY) => {
    const { rows, release } = slow();
    const result = { stdout: '', stderr: '' };
    const onWrite = (soFar: string) => {
      if (soFar.includes('first')) release();
    };
    await writeRows(rows, { format, fields }, context(result, { onWrite, isTTY }));
    expect(result.stdout).toMatch(/the second one|th…ne/);
    expect(result.stderr).toBe(isTTY ? `oracle-compute: ${LATE} late: choose with -F, or use -f json\n` : '');
  });

  it.each(['table', 'tabbed', 'csv'])('are waited for where they may have columns: %s', async (format) => {
    const { rows, release } = slow();
    const result = { stdout: '', stderr: '' };
    const done = writeRows(rows, { format, noHeader: true }, context(result));
    await systemClock.sleep(300);
    release();
    await done;
    expect(result.stdout).toMatch(/^first\W*\nthe second one\W*true\n$/);
  });

  it('are waited for where a field that is asked for has not come yet', async () => {
    const { rows, release } = slow();
    const result = { stdout: '', stderr: '' };
    const done = writeRows(rows, { format: 'csv', fields: 'late' }, context(result));
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
    await writeRows(endless(), { format: 'csv' }, context({ stdout: '', stderr: '' }, { drained: async () => false }));
    expect(given).toBeLessThan(1000);
  });
});

describe('fields that come late', () => {
  /** Rows in batches of such sizes, the last row with a field of its own. */
  async function* many(count: number, ...sizes: number[]): Batches {
    const all = Array.from({ length: count }, (_, index) => ({
      name: String(index),
      ...(index === count - 1 && { Late: 1 }),
    }));
    for (let turn = 0; all.length > 0; turn += 1) yield all.splice(0, sizes[turn % sizes.length] ?? 1);
  }

  it.each(['table', 'tabbed', 'csv'])('are said in the end, when all rows are there: %s', async (format) => {
    const result = { stdout: '', stderr: '' };
    const done = writeRows(many(5900, 300), { format, quiet: true }, context(result));
    await expect(done).rejects.toMatchObject({ code: 'FIELDS_LATE', message: `${LATE} Late` });
    expect(result.stdout.split('\n')).toHaveLength(5902);
  });

  it('are none where they are asked for, whatever their case', async () => {
    const result = { stdout: '', stderr: '' };
    await writeRows(many(5900, 300), { format: 'csv', fields: 'late,name' }, context(result));
    expect(result.stdout).toMatch(/^late,name\n,0\n(?:,\d+\n)+1,5899\n$/);
  });

  it('that no row has are an error, with nothing on stdout where all rows are at hand', async () => {
    for (const [count, lines] of [
      [400, 0],
      [5900, 5901],
    ] as const) {
      const result = { stdout: '', stderr: '' };
      const done = writeRows(many(count, 300), { format: 'csv', fields: 'none' }, context(result));
      await expect(done).rejects.toMatchObject({
        code: 'USAGE',
        message: 'no field "none"; fields: name, Late',
      });
      expect(result.stdout.split('\n')).toHaveLength(lines + 1);
    }
  });

  it.each([[[1]], [[499, 2]], [[1000]]])('are told from the others by rows, not by pieces of %j', async (sizes) => {
    const last = async (count: number) => {
      const result = { stdout: '', stderr: '' };
      const done = writeRows(many(count, ...sizes), { format: 'csv' }, context(result)).then(
        () => 'a column',
        ({ code }) => code,
      );
      return [await done, result.stdout.split('\n')[0]];
    };
    expect(await last(500)).toEqual(['a column', 'name,Late']);
    expect(await last(501)).toEqual(['FIELDS_LATE', 'name']);
  });

  it('are more than any object has', async () => {
    const wide = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`field${index}`, index]));
    const result = { stdout: '', stderr: '' };
    const done = writeRows(batches([wide, {}]), { format: 'csv' }, context(result));
    await expect(done).rejects.toMatchObject({ code: 'FIELDS_LATE', message: expect.stringMatching(/^.{900,1200}…$/) });
    expect(result.stdout.split('\n')[2]).toBe(','.repeat(999));
  });
});

describe('rows that are held while columns are looked for', () => {
  it('are no more than a bound, however large they are', async () => {
    let given = 0;
    async function* huge(): Batches {
      for (; given < 100; given += 1) yield [{ name: 'n', data: 'x'.repeat(2 ** 20) }];
    }
    const result = { stdout: '', stderr: '' };
    let held = 0;
    const onWrite = () => {
      held ||= given;
    };
    await expect(writeRows(huge(), { format: 'csv', fields: 'none' }, context(result, { onWrite }))).rejects.toThrow();
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThan(6);
    expect(given).toBe(100);
  });

  it('give the list up when they are in vain', async () => {
    for (const options of [{ format: 'csv', fields: 'none' }, { format: 'csv' }]) {
      let isOver = false;
      async function* list(): Batches {
        try {
          yield [{ name: 'first' }];
          for (let index = 0; options.fields === undefined || index < 2; index++) yield [{ name: 'x' }];
        } finally {
          isOver = true;
        }
      }
      const nobody = { drained: async () => false };
      await writeRows(list(), options, context({ stdout: '', stderr: '' }, nobody)).catch(() => undefined);
      expect(isOver).toBe(true);
    }
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
