import { chownSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chownToParent, ownUserId } from '../../../lib/files/owner.js';
import { lstatOf, pathBlockedError, statOf, unreadable, unwritable } from '../../../lib/files/paths.js';
import { systemError } from '../../support/file-calls.js';
import { actAs } from '../../support/other-user-id.js';
import { temporaryHome, writeFileWithMode } from '../../support/temporary-home.js';

const isRoot = process.geteuid?.() === 0;
const NOBODY = 65_534;

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

  it.runIf(isRoot)('names the outermost folder of somebody else’s inside one of ours', () => {
    const home = temporaryHome();
    const path = join(home, 'theirs', 'below', 'file');
    mkdirSync(join(home, 'theirs', 'below'), { recursive: true });
    chownSync(home, NOBODY, NOBODY);
    chownSync(join(home, 'theirs', 'below'), 1, 1);
    expect(unwritable(path, systemError('EACCES')).fields).toStrictEqual({ path });
    actAs(NOBODY);
    const foreignFolder = join(home, 'theirs');
    expect(unwritable(path, systemError('EACCES')).fields).toStrictEqual({ path, foreignFolder });
    expect(unreadable(path, systemError('EPERM')).fields).toStrictEqual({ path, foreignFolder });
    expect(unreadable(path, systemError('EIO')).fields).toStrictEqual({ path });
    expect(unreadable('/proc/1/x', systemError('EACCES')).fields).toStrictEqual({ path: '/proc/1/x' });
    actAs(undefined);
    expect(unwritable(path, systemError('EACCES')).fields).toStrictEqual({ path });
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
