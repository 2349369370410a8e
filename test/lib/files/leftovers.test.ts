import fs, { mkdirSync, readdirSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  listFolder,
  removeIfThere,
  removeTemporaries,
  targetOf,
  temporariesIn,
  temporariesOf,
  temporaryFor,
} from '../../../lib/files/private-file.js';
import { systemError } from '../../support/file-calls.js';
import { temporaryHome, writeFileWithMode } from '../../support/temporary-home.js';

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
    expect(targetOf('/home/jack/file.ab12cd34.tmp')).toBe('/home/jack/file');
    expect(targetOf('/home/jack/file.oracle-compute.tmp')).toBe('/home/jack/file.oracle-compute.tmp');
  });
});

describe('what killed processes left', () => {
  it('is what bears our name, and what version 0.1 left where it is a private file of ours', () => {
    const home = temporaryHome();
    const put = (name: string, mode?: number) => writeFileWithMode(join(home, name), '', mode);
    const ours = [temporaryFor(join(home, 'file')), temporaryFor(join(home, 'other'))].sort();
    for (const path of ours) writeFileWithMode(path, '', 0o644);
    const old = put('file.ab12cd34.tmp');
    put('file.ab12cd35.tmp', 0o640);
    mkdirSync(join(home, 'file.ab12cd36.tmp'), { mode: 0o600 });
    // No letter, no digit, too short, too long, another ending
    for (const name of ['12345678', 'abcdefgh', 'ab12cd3', 'ab12cd345', 'AB12CD34']) put(`file.${name}.tmp`);
    for (const name of ['file.ab12cd34.tmp.x', 'fileab12cd34.tmp', 'file.0123456g.oracle-compute.tmp']) put(name);
    expect(temporariesIn(home)).toEqual([old, ...ours].sort());
    expect(temporariesOf(join(home, 'file'))).toEqual([old, ours[0]].sort());
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

  it('is none where the folder must not be looked into', () => {
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
