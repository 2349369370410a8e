import { chmodSync, lchownSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isOracleComputeError } from '../../../lib/errors.js';
import { followLinks } from '../../../lib/files/paths.js';
import { makePrivateFolder, replacePrivateFile } from '../../../lib/files/private-file.js';
import { NOBODY } from '../../support/other-user.js';
import { filesBelow, temporaryHome } from '../../support/temporary-home.js';

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
