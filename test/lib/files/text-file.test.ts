import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCheckedFile } from '../../../lib/files/checked-file.js';
import { decodeText } from '../../../lib/files/text-file.js';
import { NOBODY } from '../../support/other-user.js';
import { temporaryHome, writeFileWithMode } from '../../support/temporary-home.js';

const MARK = '\uFEFF';
const uid = process.geteuid?.();

describe('decodeText', () => {
  it.each([
    ['plain text', Buffer.from('é\r\n'), 'é\r\n'],
    ['a UTF-8 mark', Buffer.from(`${MARK}a`), 'a'],
    ['a mark inside, which means nothing', Buffer.from(`a${MARK}`), `a${MARK}`],
    ['nothing', Buffer.alloc(0), ''],
  ])('%s', (_, bytes, text) => {
    expect(decodeText(bytes)).toEqual({ text });
  });

  it('keeps the mark of a file that is written back', () => {
    expect(decodeText(Buffer.from(`${MARK}a`), true)).toEqual({ text: `${MARK}a` });
  });

  it.each([
    ['UTF-16, little end first', Buffer.from(`${MARK}ab`, 'utf16le'), 'UTF-16 text, not UTF-8'],
    ['UTF-16, big end first', Buffer.from(`${MARK}ab`, 'utf16le').swap16(), 'UTF-16 text, not UTF-8'],
    ['UTF-16 without a mark', Buffer.from('ab', 'utf16le'), 'not text: it has NUL bytes'],
    ['a NUL', Buffer.from('a\0b'), 'not text: it has NUL bytes'],
    ['Latin-1', Buffer.from('é', 'latin1'), 'not UTF-8 text'],
  ])('names %s', (_, bytes, fault) => {
    expect(decodeText(bytes)).toEqual({ fault });
  });
});

describe('whose a file must be', () => {
  it.each([
    ['settings', 0o600, undefined],
    ['settings', 0o644, undefined],
    ['settings', 0o664, 'unsafe'],
    ['settings', 0o602, 'unsafe'],
    ['secret', 0o400, undefined],
    ['secret', 0o444, 'unsafe'],
    ['ours', 0o604, 'unsafe'],
    ['any', 0o666, undefined],
  ] as const)('%s with mode %o: %s', async (protection, mode, problem) => {
    const path = writeFileWithMode(join(temporaryHome(), 'file'), 'x', mode);
    expect((await readCheckedFile(path, { protection, uid, limitBytes: 10 })).problem).toBe(problem);
  });

  it.runIf(uid === 0)(
    'another user’s decides nothing and is no secret of the caller’s; root’s may decide',
    async () => {
      const path = writeFileWithMode(join(temporaryHome(), 'file'), 'x');
      const problem = async (protection: 'settings' | 'secret' | 'ours', reader: number) =>
        (await readCheckedFile(path, { protection, uid: reader, limitBytes: 10 })).problem;
      expect(await problem('settings', NOBODY)).toBeUndefined();
      expect(await problem('secret', NOBODY)).toBe('foreign-owner');
      chownSync(path, NOBODY, NOBODY);
      for (const protection of ['settings', 'secret', 'ours'] as const) {
        expect(await problem(protection, 1234)).toBe('foreign-owner');
        expect(await problem(protection, 0)).toBe('foreign-owner');
      }
    },
  );

  it.runIf(uid === 0)('what root wrote for the owner of a folder is root’s to read', async () => {
    const home = temporaryHome();
    const path = writeFileWithMode(join(home, 'file'), 'x');
    for (const given of [home, path]) chownSync(given, NOBODY, NOBODY);
    expect((await readCheckedFile(path, { protection: 'ours', uid: 0, limitBytes: 10 })).problem).toBeUndefined();
  });
});

describe('a pipe', () => {
  const newPipe = () => {
    const path = join(temporaryHome(), 'pipe');
    execFileSync('mkfifo', ['-m', '600', path]);
    return path;
  };
  const read = (path: string, signal?: AbortSignal) =>
    readCheckedFile(path, { protection: 'secret', uid, limitBytes: 100, pipes: true, ...(signal && { signal }) });

  it('is read to its end, however late and in however many pieces that comes', async () => {
    const path = newPipe();
    const reading = read(path);
    const script = 'sleep 1.3; exec >"$1"; for part in a b c; do sleep 0.2; printf $part; done';
    spawn('sh', ['-c', script, 'sh', path], { stdio: 'ignore' });
    expect(await reading).toEqual({ bytes: Buffer.from('abc') });
  });

  it('ends with the interruption, with or without a writer', async () => {
    for (const script of ['', 'exec 3>"$1"; sleep 600']) {
      const path = newPipe();
      const interruption = new AbortController();
      const reading = read(path, interruption.signal);
      const writer = spawn('sh', ['-c', script, 'sh', path], { stdio: 'ignore' });
      interruption.abort(new RangeError('stop'));
      await expect(reading).rejects.toThrow(RangeError);
      writer.kill();
    }
  });

  it('is no more than the limit', async () => {
    const path = newPipe();
    const reading = read(path);
    spawn('sh', ['-c', 'head -c 200 /dev/zero >"$1"', 'sh', path], { stdio: 'ignore' });
    expect(await reading).toEqual({ problem: 'too-large' });
  });

  it('has the owner and the rights of a file', async () => {
    const path = newPipe();
    chmodSync(path, 0o644);
    expect(await read(path)).toMatchObject({ problem: 'unsafe', mode: '0644' });
  });
});
