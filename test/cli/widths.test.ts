import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { computeBench } from '../support/compute.js';

const UTF8 = { LANG: 'en_US.UTF-8', TERM: 'xterm' };
const BARS = /[█░]+/g;

async function loggedIn() {
  const bench = await computeBench();
  await bench.run(['auth']);
  const show = async (columns: number, env: Record<string, string | undefined> = UTF8, line = ['status']) =>
    stripVTControlCharacters(
      (await bench.run(line, { stdoutIsTTY: true, columns, env: { ...bench.env, ...env } })).stdout,
    );
  return { ...bench, show };
}

const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));

describe('status', () => {
  it('fits every terminal from 20 columns on, and leaves nothing out', async () => {
    const { show, service } = await loggedIn();
    const plain = (text: string) => text.replace(BARS, '').replace(/\s+/g, '');
    const whole = plain(await show(500));
    expect(whole).toContain(service.user);
    for (let columns = 20; columns <= 130; columns += 1) {
      const shown = await show(columns);
      expect(widest(shown), `${columns}:\n${shown}`).toBeLessThanOrEqual(columns);
      expect(plain(shown)).toBe(whole);
    }
  });

  it('has bars that shrink with the terminal, then go', async () => {
    const { show } = await loggedIn();
    const bars = async (columns: number) => (await show(columns)).match(BARS)?.map((bar) => bar.length) ?? [];
    expect(await bars(120)).toEqual([24, 24]);
    const [token = 0, session = 0] = await bars(66);
    expect(token).toBe(session);
    expect(token).toBeLessThan(24);
    expect(token).toBeGreaterThanOrEqual(4);
    expect(await bars(50)).toEqual([]);
    expect(await bars(20)).toEqual([]);
  });

  it.each([
    ['a terminal that can do nothing', { ...UTF8, TERM: 'dumb' }, false],
    ['LC_ALL=C before a LANG with UTF-8', { ...UTF8, LC_ALL: 'C' }, false],
    ['LC_CTYPE before LANG', { ...UTF8, LC_CTYPE: 'de_DE.ISO-8859-1' }, false],
    ['no locale', { TERM: 'xterm' }, false],
    ['an empty LC_ALL, which is as good as none', { ...UTF8, LC_ALL: '' }, true],
    ['utf8 in another spelling', { TERM: 'xterm', LC_ALL: 'C.utf8' }, true],
  ])('has bars only where they can be shown: %s', async (_, env, isShown) => {
    const { show } = await loggedIn();
    expect(BARS.test(await show(120, env))).toBe(isShown);
    BARS.lastIndex = 0;
  });
});

it.each([
  [['status', '--all']],
  [['status', '-f', 'table']],
  [['password', 'status']],
  [['password', 'status', '-f', 'table']],
  [['doctor', '-f', 'table']],
  [['list', 'instance']],
  [['get', 'shape', 'oc3']],
])('%j fits every terminal from 20 columns on', async (line) => {
  const { show } = await loggedIn();
  for (const columns of [20, 21, 30, 40, 57, 80, 132]) {
    const shown = await show(columns, UTF8, line);
    expect(shown).not.toBe('');
    expect(widest(shown), `${columns}:\n${shown}`).toBeLessThanOrEqual(columns);
  }
});
