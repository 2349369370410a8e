import { posix, win32 } from 'node:path';
import { describe, expect, it } from 'vitest';
import { homeFolder } from '../../../lib/files/owner.js';
import { expandHome, looksLikePath } from '../../../lib/files/paths.js';
import { isReservedName, whileBusy } from '../../../lib/files/windows.js';

const systemError = (code: string) => Object.assign(new Error(code), { code });

/** Fails with the codes, one after the other, and then succeeds. */
function failing(...codes: string[]) {
  const call = () => {
    calls.count++;
    const code = codes.shift();
    if (code !== undefined) throw systemError(code);
    return 'done';
  };
  const calls = { count: 0, call };
  return calls;
}

describe('a call of the file system', () => {
  it('is made again on Windows while another process has the file open', async () => {
    const calls = failing('EPERM', 'EACCES', 'EBUSY');
    expect(await whileBusy(calls.call, 'win32')).toBe('done');
    expect(calls.count).toBe(4);
  });

  it.each([
    ['linux', 'EPERM'],
    ['win32', 'ENOENT'],
  ] as const)('is made once on %s if it ends with %s', async (system, code) => {
    const calls = failing(code);
    await expect(whileBusy(calls.call, system)).rejects.toMatchObject({ code });
    expect(calls.count).toBe(1);
  });

  it('is not made for ever', async () => {
    const calls = failing(...Array(1000).fill('EPERM'));
    await expect(whileBusy(calls.call, 'win32')).rejects.toMatchObject({ code: 'EPERM' });
  });
});

it.each([
  'con',
  'CON',
  'nul.txt',
  'com1',
  'LPT9.old',
  'aux',
  'x.',
  'x ',
  'conin$',
])('%j is no name on Windows', (name) => {
  expect([isReservedName(name, 'win32'), isReservedName(name, 'linux')]).toEqual([true, false]);
});

it.each(['console', 'com', 'com10', 'default', 'a.con', 'jack@example.com'])('%j is a name on Windows', (name) => {
  expect(isReservedName(name, 'win32')).toBe(false);
});

it.each([
  ['~\\x', 'C:\\jack\\x', '~\\x'],
  ['~/x', 'C:\\jack\\x', '/home/jack/x'],
  ['~', 'C:\\jack', '/home/jack'],
  ['~jack\\x', '~jack\\x', '~jack\\x'],
  ['a~', 'a~', 'a~'],
])('%s is %s on Windows, and %s elsewhere', (path, windows, unix) => {
  // Joined to nothing, a home folder has its separator at its end.
  expect(expandHome(path, 'C:\\jack', win32).replace(/\\$/, '')).toBe(windows);
  expect(expandHome(path, '/home/jack', posix)).toBe(unix);
});

it.each([
  ['.\\password', true, false],
  ['..\\password', true, false],
  ['~\\password', true, false],
  ['\\\\server\\share', true, false],
  ['C:\\password', true, true],
  ['./password', true, true],
  ['hunter2\\', false, false],
  ['Secret', false, false],
])('%s looks like a path on Windows: %s, elsewhere: %s', (text, onWindows, elsewhere) => {
  expect([looksLikePath(text, win32), looksLikePath(text, posix)]).toEqual([onWindows, elsewhere]);
});

it('the home folder of Windows is USERPROFILE, also if a Unix shell has set HOME', () => {
  const env = { HOME: '/unix/jack', USERPROFILE: '/windows/jack' };
  expect([homeFolder(env, 'win32'), homeFolder(env, 'linux')]).toEqual(['/windows/jack', '/unix/jack']);
});
