import fs, {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isOracleComputeError, OracleComputeError } from '../../../lib/errors.js';
import {
  listFolder,
  makePrivateFolder,
  readPrivateFile,
  removeIfThere,
  removeOthersPermissions,
  removePrivateFile,
  removeTemporaries,
  replacePrivateFile,
  targetOf,
  temporariesIn,
  temporariesOf,
  temporaryFor,
} from '../../../lib/files/private-file.js';
import { systemError, watchFiles } from '../../support/file-calls.js';
import { filesBelow, modeOf, temporaryHome, writeFileWithMode } from '../../support/temporary-home.js';

const owner = { uid: process.geteuid?.() };
const tooLarge = () => new OracleComputeError('INTERNAL', 'too large', {});
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => (isOracleComputeError(error) ? error.code : error),
  );

describe('replacing a private file', () => {
  it('makes file and folders private, and nothing else', async () => {
    const home = temporaryHome();
    await replacePrivateFile(join(home, 'a', 'b', 'file'), 'content');
    expect(filesBelow(home)).toEqual(['a 700', 'a/b 700', 'a/b/file 600']);
  });

  it('narrows a file that others could read, and leaves the folder as it was', async () => {
    const home = temporaryHome();
    mkdirSync(join(home, 'open'));
    chmodSync(join(home, 'open'), 0o755);
    const path = writeFileWithMode(join(home, 'open', 'file'), 'old', 0o644);
    await replacePrivateFile(path, 'new');
    expect(filesBelow(home)).toEqual(['open 755', 'open/file 600']);
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  it('keeps a link a link', async () => {
    const home = temporaryHome();
    const target = writeFileWithMode(join(home, 'real', 'file'), 'old');
    symlinkSync(target, join(home, 'link'));
    await replacePrivateFile(join(home, 'link'), 'new');
    expect(readlinkSync(join(home, 'link'))).toBe(target);
    expect(readFileSync(target, 'utf8')).toBe('new');
  });

  it('writes it, flushes it, renames it and flushes its folder, in this order', async () => {
    const path = writeFileWithMode(join(temporaryHome(), 'file'), 'old');
    const calls = watchFiles();
    await replacePrivateFile(path, 'new');
    const temporary = calls.find(({ name }) => name === 'renameSync')?.path;
    const order = calls.filter(({ name }) => name !== 'unlinkSync' && name !== 'mkdirSync');
    expect(order).toEqual([
      { name: 'openSync', path: temporary, flags: 'wx' },
      { name: 'writeFileSync', path: temporary },
      { name: 'fsync', path: temporary },
      { name: 'closeSync', path: temporary },
      { name: 'renameSync', path: temporary, target: path },
      { name: 'openSync', path: dirname(path), flags: 'r' },
      { name: 'fsync', path: dirname(path) },
      { name: 'closeSync', path: dirname(path) },
    ]);
    expect(dirname(temporary ?? '')).toBe(dirname(path));
  });

  it.each([
    ['openSync', 'EACCES', 'FILE_UNWRITABLE'],
    ['writeFileSync', 'ENOSPC', 'DISK_FULL'],
    ['writeFileSync', 'EDQUOT', 'DISK_FULL'],
    ['fsync', 'EIO', 'FILE_UNWRITABLE'],
    ['renameSync', 'EPERM', 'FILE_UNWRITABLE'],
  ] as const)('that fails in %s with %s is %s, and leaves the old content alone', async (failing, code, expected) => {
    const path = writeFileWithMode(join(temporaryHome(), 'file'), 'old');
    const calls = watchFiles(({ name }) => {
      if (name === failing) throw systemError(code);
    });
    expect(await codeOf(replacePrivateFile(path, 'new'))).toBe(expected);
    expect(filesBelow(dirname(path))).toEqual(['file 600']);
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(calls.filter(({ name }) => name === 'closeSync')).toHaveLength(failing === 'openSync' ? 0 : 1);
  });

  it('has succeeded where only its folder cannot be flushed', async () => {
    const path = join(temporaryHome(), 'file');
    watchFiles(({ name, path: flushed }) => {
      if (name === 'fsync' && flushed === dirname(path)) throw systemError('EINVAL');
    });
    await replacePrivateFile(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  it('goes where a relative link leads from the folder that it really is in', async () => {
    const home = temporaryHome();
    mkdirSync(join(home, 'far', 'away'), { recursive: true });
    symlinkSync('far/away', join(home, 'folder'));
    symlinkSync('../real', join(home, 'far', 'away', 'link'));
    await replacePrivateFile(join(home, 'folder', 'link'), 'new');
    expect(readFileSync(join(home, 'far', 'real'), 'utf8')).toBe('new');
    expect(readdirSync(home).sort()).toEqual(['far', 'folder']);
    expect(readlinkSync(join(home, 'far', 'away', 'link'))).toBe('../real');
    expect(await removePrivateFile(join(home, 'folder', 'link'))).toBe(true);
    expect(readdirSync(join(home, 'far'))).toEqual(['away']);
  });

  it('clears away what a killed process left, and only that', async () => {
    const home = temporaryHome();
    const left = temporaryFor(join(home, 'file'));
    const others = ['file.abc123.tmp', 'file.ab12cd34.tmp', 'file.oracle-compute.tmp', 'file.tmp', 'file.json'];
    const ofOthers = [...others.map((name) => join(home, name)), temporaryFor(join(home, 'other'))];
    for (const path of [left, ...ofOthers]) writeFileWithMode(path, '');
    await replacePrivateFile(join(home, 'file'), 'x');
    expect(readdirSync(home).sort()).toEqual(['file', ...ofOthers.map((path) => basename(path))].sort());
  });

  it('leaves the old content and no temporary where it cannot be done', async () => {
    const home = temporaryHome();
    const path = join(home, 'folder-in-the-way');
    mkdirSync(path);
    expect(await codeOf(replacePrivateFile(path, 'new'))).toBe('FILE_UNWRITABLE');
    expect(filesBelow(home).map((entry) => entry.replace(/ \d+$/, ''))).toEqual(['folder-in-the-way']);
    writeFileSync(join(home, 'file'), '');
    expect(await codeOf(replacePrivateFile(join(home, 'file', 'below'), 'new'))).toBe('FILE_UNWRITABLE');
  });

  it('writes large content whole', async () => {
    const path = join(temporaryHome(), 'file');
    const content = Buffer.alloc(3_000_000, 'x');
    await replacePrivateFile(path, content);
    expect(readFileSync(path).equals(content)).toBe(true);
  });
});

describe('reading a private file', () => {
  it('returns its bytes, or undefined if it does not exist', async () => {
    const home = temporaryHome();
    const path = writeFileWithMode(join(home, 'file'), 'content', 0o400);
    expect((await readPrivateFile(path, owner, 100, tooLarge))?.toString()).toBe('content');
    expect(await readPrivateFile(join(home, 'none'), owner, 100, tooLarge)).toBeUndefined();
    expect(await readPrivateFile(join(path, 'below'), owner, 100, tooLarge)).toBeUndefined();
  });

  it.each([
    [0o640, 'FILE_UNSAFE'],
    [0o604, 'FILE_UNSAFE'],
    [0o620, 'FILE_UNSAFE'],
    [0o601, 'FILE_UNSAFE'],
    [0o600, undefined],
    [0o700, undefined],
  ])('with mode %o: %s', async (mode, code) => {
    const path = writeFileWithMode(join(temporaryHome(), 'file'), 'x', mode);
    expect(await codeOf(readPrivateFile(path, owner, 100, tooLarge))).toBe(code);
    expect(modeOf(path)).toBe(mode.toString(8));
  });

  it('says which file others can read, and its mode', async () => {
    const path = writeFileWithMode(join(temporaryHome(), 'file'), 'x', 0o644);
    await expect(readPrivateFile(path, owner, 100, tooLarge)).rejects.toMatchObject({
      message: `${path} can be read by others (mode 0644)`,
      fields: { path, mode: '0644' },
    });
  });

  it('refuses what is too large, a folder, a device', async () => {
    const home = temporaryHome();
    const path = writeFileWithMode(join(home, 'file'), 'x'.repeat(101));
    expect(await codeOf(readPrivateFile(path, owner, 100, tooLarge))).toBe('INTERNAL');
    expect(await codeOf(readPrivateFile(home, owner, 100, tooLarge))).toBe('FILE_UNREADABLE');
    expect(await codeOf(readPrivateFile('/dev/zero', owner, 100, tooLarge))).toBe('FILE_UNREADABLE');
  });

  it('refuses another user’s', async (context) => {
    if (process.geteuid?.() !== 0) return context.skip('only root can give a file away');
    const path = writeFileWithMode(join(temporaryHome(), 'file'), 'x');
    chownSync(path, 65534, 65534);
    expect(await codeOf(readPrivateFile(path, owner, 100, tooLarge))).toBe('FILE_FOREIGN_OWNER');
  });
});

describe('the permissions of others', () => {
  it.each([
    [0o644, '600'],
    [0o755, '700'],
    [0o660, '600'],
    [0o401, '400'],
    [0o600, '600'],
    [0o4600, '4600'],
  ])('are taken from a file of mode %o', (mode, left) => {
    const path = writeFileWithMode(join(temporaryHome(), 'file'), 'x', mode);
    removeOthersPermissions(path);
    expect(modeOf(path)).toBe(left);
  });

  it('are left to a file of another user, and are no error where there is none', (context) => {
    const home = temporaryHome();
    removeOthersPermissions(join(home, 'none'));
    if (process.geteuid?.() !== 0) return context.skip('needs root');
    const path = writeFileWithMode(join(home, 'file'), 'x', 0o644);
    chownSync(path, 65_534, 65_534);
    removeOthersPermissions(path);
    expect(modeOf(path)).toBe('644');
  });
});

describe('a private folder', () => {
  it('is made with its parents, and is no error if it is there', async () => {
    const home = temporaryHome();
    await makePrivateFolder(join(home, 'a', 'b'));
    for (const folder of ['a', 'a/b']) expect(modeOf(join(home, folder))).toBe('700');
    chmodSync(join(home, 'a', 'b'), 0o750);
    await makePrivateFolder(join(home, 'a', 'b'));
    expect(modeOf(join(home, 'a', 'b'))).toBe('750');
  });

  it('cannot be made in a file', async () => {
    const path = writeFileWithMode(join(temporaryHome(), 'file'), 'x');
    await expect(makePrivateFolder(join(path, 'folder'))).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
    await expect(makePrivateFolder(path)).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
  });
});

it('removing says whether there was anything', async () => {
  const home = temporaryHome();
  const path = writeFileWithMode(join(home, 'file'), 'x');
  expect(await removePrivateFile(path)).toBe(true);
  expect(await removePrivateFile(path)).toBe(false);
  expect(await codeOf(removePrivateFile(home))).toBe('FILE_UNWRITABLE');
});

/** Makes every folder one that cannot be looked into. */
function refuseToList(code: string): void {
  const { readdirSync: original } = fs;
  const set = (value: unknown) => {
    Object.assign(fs, { readdirSync: value });
    syncBuiltinESMExports();
  };
  onTestFinished(() => set(original));
  set(() => {
    throw systemError(code);
  });
}

describe('the name of a temporary file', () => {
  it('stands beside its file, says whose it is, and is another one each time', () => {
    const names = Array.from({ length: 200 }, () => temporaryFor('/home/jack/file'));
    expect(new Set(names).size).toBe(200);
    for (const name of names) {
      expect(name).toMatch(/^\/home\/jack\/file\.[0-9a-f]{8}\.oracle-compute\.tmp$/);
      expect(targetOf(name)).toBe('/home/jack/file');
    }
    expect(targetOf('/home/jack/file.oracle-compute.tmp')).toBe('/home/jack/file.oracle-compute.tmp');
  });
});

describe('what killed processes left', () => {
  it('has the name of a temporary file of this program', () => {
    const home = temporaryHome();
    const put = (name: string) => writeFileWithMode(join(home, name), '');
    const ours = [temporaryFor(join(home, 'file')), temporaryFor(join(home, 'other'))].sort();
    for (const path of ours) writeFileWithMode(path, '', 0o644);
    for (const name of ['ab12cd34.tmp', '1.oracle-compute.tmp', '0123456g.oracle-compute.tmp']) put(`file.${name}`);
    expect(temporariesIn(home)).toEqual(ours);
    expect(temporariesOf(join(home, 'file'))).toEqual([ours[0]]);
    expect(temporariesOf(join(home, 'none'))).toEqual([]);
  });

  it('is removed, and nothing else', () => {
    const home = temporaryHome();
    const path = join(home, 'file');
    for (const left of [temporaryFor(path), temporaryFor(path), `${path}.ab12cd34.tmp`, path]) {
      writeFileWithMode(left, '');
    }
    expect(removeTemporaries(path)).toBe(true);
    expect(removeTemporaries(path)).toBe(false);
    expect(readdirSync(home)).toEqual(['file', 'file.ab12cd34.tmp']);
    removeIfThere(path);
    removeIfThere(path);
    removeIfThere(home);
    expect(readdirSync(home)).toEqual(['file.ab12cd34.tmp']);
  });

  it('is not found if the folder cannot be listed', () => {
    const path = join(temporaryHome(), 'file');
    writeFileWithMode(temporaryFor(path), '');
    refuseToList('EACCES');
    expect(removeTemporaries(path)).toBe(false);
    expect(() => temporariesOf(path)).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }));
  });
});

describe('the names in a folder', () => {
  it('are in order, and none where there is no folder', () => {
    const home = temporaryHome();
    for (const name of ['b', 'a', 'c']) writeFileWithMode(join(home, name), '');
    expect(listFolder(home)).toEqual(['a', 'b', 'c']);
    expect(listFolder(join(home, 'none'))).toEqual([]);
    expect(listFolder(join(home, 'a'))).toEqual([]);
  });

  it.each(['EACCES', 'EIO', 'EMFILE'])('are not none where they cannot be read: %s', (code) => {
    refuseToList(code);
    expect(() => listFolder('/somewhere')).toThrow(
      expect.objectContaining({ code: 'FILE_UNREADABLE', fields: { path: '/somewhere' } }),
    );
  });
});
