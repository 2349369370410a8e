import { chmodSync, chownSync, lchownSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isOracleComputeError } from '../../../lib/errors.js';
import { chownToParent, ownUserId } from '../../../lib/files/owner.js';
import { followLinks, lstatOf, pathBlockedError, statOf, unreadable, unwritable } from '../../../lib/files/paths.js';
import { makePrivateFolder, replacePrivateFile } from '../../../lib/files/private-file.js';
import { systemError } from '../../support/file-calls.js';
import { actAs } from '../../support/other-user-id.js';
import { filesBelow, temporaryHome, writeFileWithMode } from '../../support/temporary-home.js';

const isRoot = process.geteuid?.() === 0;
const NOBODY = 65_534;

const newHome = () => realpathSync(temporaryHome());

function link(path: string, target: string): string {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
  return path;
}

describe('the place that a path leads to', () => {
  it('is found through links anywhere in it, also if nothing is there yet', () => {
    const home = newHome();
    mkdirSync(join(home, 'real', 'sub'), { recursive: true });
    link(join(home, 'absolute'), join(home, 'real'));
    link(join(home, 'real', 'back'), '../real/./sub/');
    link(join(home, 'real', 'sub', 'file'), '../../other');
    link(join(home, 'chain'), 'absolute');
    for (const [path, place] of [
      ['absolute/x', 'real/x'],
      ['chain/back/new/x', 'real/sub/new/x'],
      ['chain/back/file', 'other'],
      // As the system has it: the folder above the link's target, and not above the link.
      ['chain/back/../x', 'real/x'],
      ['new/../x', 'x'],
    ] as const) {
      expect([path, followLinks(`${home}/${path}`)]).toEqual([path, join(home, place)]);
    }
  });

  it('is the path itself if its links lead in a circle', () => {
    const home = newHome();
    link(join(home, 'a'), 'b');
    link(join(home, 'b'), 'a');
    expect(followLinks(join(home, 'a', 'x'))).toBe(join(home, 'a', 'x'));
  });
});

describe.runIf(process.geteuid?.() === 0)('what others can choose', () => {
  const refusal = (path: string) => {
    try {
      return followLinks(path);
    } catch (error) {
      return isOracleComputeError(error, 'FILE_UNWRITABLE') ? error.fields : error;
    }
  };

  it.each(['dir', 'deep/dir', 'mine/dir'])('is no link %s on the way', async (name) => {
    const [shared, home] = [newHome(), newHome()];
    chmodSync(shared, 0o1777);
    link(join(shared, 'mine'), '.');
    const planted = link(join(shared, name), home);
    lchownSync(planted, NOBODY, NOBODY);
    const seen = join(realpathSync(dirname(planted)), 'dir');
    for (const path of [join(planted, 'x'), join(planted, 'new', 'x')]) {
      expect(refusal(path)).toEqual({ path: seen, isInTheWay: true });
      await expect(replacePrivateFile(path, 'secret')).rejects.toThrow('it is a link of another user');
      await expect(makePrivateFolder(path)).rejects.toThrow('it is a link of another user');
    }
    expect(filesBelow(home)).toEqual([]);
  });

  it.each([
    [0o1777, NOBODY, true],
    [0o755, NOBODY, true],
    [0o777, 0, true],
    [0o777, NOBODY, false],
  ])('is no folder of mode %o of user %i: %s', (mode, owner, isTaken) => {
    const folder = newHome();
    chmodSync(folder, mode);
    lchownSync(folder, owner, owner);
    const path = join(folder, 'x');
    expect(refusal(path)).toEqual(isTaken ? path : { path: folder, isInTheWay: true });
  });
});

describe('what could not be done with a file', () => {
  it.each([
    ['ENOSPC', 'DISK_FULL', '/a/b cannot be written: the disk is full'],
    ['EDQUOT', 'DISK_FULL', '/a/b cannot be written: the disk is full'],
    ['EROFS', 'FILE_UNWRITABLE', '/a/b cannot be written (EROFS)'],
    ['EMFILE', 'FILE_UNWRITABLE', '/a/b cannot be written: too many files are open (ulimit -n)'],
    ['ENFILE', 'FILE_UNWRITABLE', '/a/b cannot be written: too many files are open (ulimit -n)'],
    [undefined, 'FILE_UNWRITABLE', '/a/b cannot be written'],
  ])('is said by its code: writing, %s', (code, expected, message) => {
    const cause = code === undefined ? undefined : systemError(code);
    expect(unwritable('/a/b', cause)).toMatchObject({ code: expected, message, cause, fields: { path: '/a/b' } });
  });

  it('is said by its code: reading, and what is in the way', () => {
    expect(unreadable('/a/b')).toMatchObject({ code: 'FILE_UNREADABLE', message: '/a/b cannot be read' });
    const cause = systemError('EIO');
    expect(unreadable('/a/b', cause)).toMatchObject({ message: '/a/b cannot be read (EIO)', cause });
    expect(pathBlockedError('/a/b', 'it is a folder', cause)).toMatchObject({
      code: 'FILE_UNWRITABLE',
      message: '/a/b cannot be written: it is a folder',
      cause,
      fields: { path: '/a/b', isInTheWay: true },
    });
  });

  it.runIf(isRoot)('names the outermost folder of another user inside one of the caller’s', () => {
    const home = temporaryHome();
    const path = join(home, 'theirs', 'below', 'file');
    mkdirSync(join(home, 'theirs', 'below'), { recursive: true });
    chownSync(home, NOBODY, NOBODY);
    chownSync(join(home, 'theirs', 'below'), 1, 1);
    expect(unwritable(path, systemError('EACCES')).fields).toEqual({ path });
    actAs(NOBODY);
    const foreignFolder = join(home, 'theirs');
    expect(unwritable(path, systemError('EACCES')).fields).toEqual({ path, foreignFolder });
    expect(unreadable(path, systemError('EPERM')).fields).toEqual({ path, foreignFolder });
    expect(unreadable(path, systemError('EIO')).fields).toEqual({ path });
    expect(unreadable('/proc/1/x', systemError('EACCES')).fields).toEqual({ path: '/proc/1/x' });
    actAs(undefined);
    expect(unwritable(path, systemError('EACCES')).fields).toEqual({ path });
  });
});

it('a link is itself to the one, and what it leads to for the other', () => {
  const home = temporaryHome();
  const link = join(home, 'link');
  symlinkSync('file', link);
  expect([lstatOf(link)?.isSymbolicLink(), statOf(link)]).toEqual([true, undefined]);
  writeFileWithMode(join(home, 'file'), 'x');
  expect([lstatOf(link)?.size, statOf(link)?.size]).toEqual(['file'.length, 1]);
  expect([lstatOf(join(home, 'none')), statOf(join(home, 'none'))]).toEqual([undefined, undefined]);
});

it.runIf(isRoot)('what root makes in a folder is its owner’s, and what others make is theirs', () => {
  const home = temporaryHome();
  const [one, two, three] = ['one', 'two', 'three'].map((name) => writeFileWithMode(join(home, name), ''));
  chownToParent(one ?? '');
  expect(statOf(one ?? '')?.uid).toBe(0);
  chownSync(home, NOBODY, 7);
  chownToParent(two ?? '');
  expect(statOf(two ?? '')).toMatchObject({ uid: NOBODY, gid: 7 });
  actAs(NOBODY);
  expect(ownUserId()).toBe(NOBODY);
  chownToParent(three ?? '');
  expect(statOf(three ?? '')?.uid).toBe(0);
});
