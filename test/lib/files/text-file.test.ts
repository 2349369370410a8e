import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OracleComputeError } from '../../../lib/errors.js';
import { readCheckedFile } from '../../../lib/files/checked-file.js';
import { decodeText, readSettingsFile, readTextFile } from '../../../lib/files/text-file.js';
import { temporaryHome, writeFileWithMode } from '../../support/temporary-home.js';

const MARK = '\uFEFF';
const uid = process.geteuid?.();
/** A user who owns nothing. */
const NOBODY = 65_534;

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
    ['private', 0o604, 'unsafe'],
    ['any', 0o666, undefined],
  ] as const)('%s with mode %o: %s', async (protection, mode, problem) => {
    const path = writeFileWithMode(join(temporaryHome(), 'file'), 'x', mode);
    expect((await readCheckedFile(path, { protection, uid, limitBytes: 10 })).problem).toBe(problem);
  });

  it.runIf(uid === 0)(
    'another user’s decides nothing and is no secret of the caller’s; root’s may decide',
    async () => {
      const path = writeFileWithMode(join(temporaryHome(), 'file'), 'x');
      const problem = async (protection: 'settings' | 'secret' | 'private', reader: number) =>
        (await readCheckedFile(path, { protection, uid: reader, limitBytes: 10 })).problem;
      expect(await problem('settings', NOBODY)).toBeUndefined();
      expect(await problem('secret', NOBODY)).toBe('foreign-owner');
      chownSync(path, NOBODY, NOBODY);
      for (const protection of ['settings', 'secret', 'private'] as const) {
        expect(await problem(protection, 1234)).toBe('foreign-owner');
        expect(await problem(protection, 0)).toBe('foreign-owner');
      }
    },
  );

  it.runIf(uid === 0)('what root wrote for the owner of a folder is root’s to read', async () => {
    const home = temporaryHome();
    const path = writeFileWithMode(join(home, 'file'), 'x');
    for (const given of [home, path]) chownSync(given, NOBODY, NOBODY);
    expect((await readCheckedFile(path, { protection: 'private', uid: 0, limitBytes: 10 })).problem).toBeUndefined();
  });
});

describe('a file that is checked', () => {
  const read = (path: string, limitBytes = 10) => readCheckedFile(path, { protection: 'private', uid, limitBytes });

  it('is read up to its limit, however large it says it is', async () => {
    const path = writeFileWithMode(join(temporaryHome(), 'file'), '0123456789');
    expect(await read(path)).toEqual({ bytes: Buffer.from('0123456789') });
    expect(await read(path, 9)).toEqual({ problem: 'too-large' });
    writeFileWithMode(path, '');
    expect(await read(path)).toEqual({ bytes: Buffer.alloc(0) });
    const large = Buffer.alloc(100_000, 'x');
    writeFileWithMode(path, large);
    expect(await read(path, 100_000)).toEqual({ bytes: large });
    // Files of the kernel say that they are empty.
    const uptime = await readCheckedFile('/proc/uptime', { protection: 'any', uid, limitBytes: 4096 });
    expect(uptime.problem === undefined && uptime.bytes.length > 0).toBe(true);
    expect(await readCheckedFile('/proc/uptime', { protection: 'any', uid, limitBytes: 3 })).toEqual({
      problem: 'too-large',
    });
  });

  it('is missing, no file, or unsafe with its mode', async () => {
    const home = temporaryHome();
    const path = writeFileWithMode(join(home, 'file'), 'x', 0o604);
    expect(await read(join(home, 'none'))).toMatchObject({ problem: 'missing', cause: { code: 'ENOENT' } });
    expect(await read(join(path, 'below'))).toMatchObject({ problem: 'missing', cause: { code: 'ENOTDIR' } });
    expect(await read(home)).toEqual({ problem: 'not-a-file' });
    expect(await read(path)).toEqual({ problem: 'unsafe', mode: '0604' });
    expect(await readCheckedFile(path, { protection: 'private', uid: undefined, limitBytes: 10 })).toMatchObject({
      bytes: Buffer.from('x'),
    });
    expect(await readCheckedFile(path, { protection: 'private', limitBytes: 10 })).toMatchObject({
      bytes: Buffer.from('x'),
    });
  });

  it.each([
    ['secret', 0o500],
    ['secret', 0o401],
    ['private', 0o700],
    ['settings', 0o755],
  ] as const)('may be %s with mode %o, or not', async (protection, mode) => {
    const path = writeFileWithMode(join(temporaryHome(), 'file'), 'x', mode);
    const { problem } = await readCheckedFile(path, { protection, uid, limitBytes: 10 });
    expect(problem).toBe(mode === 0o401 ? 'unsafe' : undefined);
  });
});

describe('text', () => {
  const rules = { protection: 'private' as const, uid, limitBytes: 100 };
  const put = (content: string | Uint8Array, mode?: number) =>
    writeFileWithMode(join(temporaryHome(), 'file'), content, mode);

  it('is read with or without its mark, or is said not to be text', async () => {
    expect(await readTextFile(put(`${MARK}a`), rules)).toEqual({ text: 'a' });
    expect(await readTextFile(put(`${MARK}a`), { ...rules, keepMark: true })).toEqual({ text: `${MARK}a` });
    expect(await readTextFile(put('a\0'), rules)).toEqual({
      problem: 'not-text',
      fault: 'not text: it has NUL bytes',
    });
    expect(await readTextFile(put('a', 0o644), rules)).toMatchObject({ problem: 'unsafe' });
    for (const bytes of [[0xff], [0xfe], [0xff, 0xff], [0xfe, 0xfe], [0xff, 0xfe], [0xfe, 0xff]]) {
      const [first, second] = bytes;
      const isMark = bytes.length === 2 && first !== second;
      expect(await readTextFile(put(Buffer.from(bytes)), rules)).toMatchObject({
        fault: isMark ? 'UTF-16 text, not UTF-8' : 'not UTF-8 text',
      });
    }
  });

  it('of settings is refused if others can write it, with the words of its reader', async () => {
    const read = (path: string) =>
      readSettingsFile(path, { uid }, (what, cause) => {
        const fields = { path };
        return new OracleComputeError('PROFILE_FILE_MALFORMED', `the file ${what}`, fields, { cause });
      });
    expect(await read(put('a', 0o644))).toBe('a');
    expect(await read(join(temporaryHome(), 'none'))).toBeUndefined();
    const open = put('a', 0o666);
    await expect(read(open)).rejects.toMatchObject({
      code: 'FILE_UNSAFE',
      message: `${open} can be changed by others (mode 0666)`,
      fields: { path: open, mode: '0666', isSetting: true },
    });
    await expect(read(put('a\0'))).rejects.toThrow('the file is not text: it has NUL bytes');
    await expect(read(put(Buffer.alloc(16 * 2 ** 20 + 1, 'x')))).rejects.toThrow('the file is too large');
    expect(await read(put(Buffer.alloc(16 * 2 ** 20, 'x')))).toHaveLength(16 * 2 ** 20);
    await expect(read(temporaryHome())).rejects.toThrow('the file cannot be read');
  });
});

describe('a pipe', () => {
  const newPipe = () => {
    const path = join(temporaryHome(), 'pipe');
    execFileSync('mkfifo', ['-m', '600', path]);
    return path;
  };
  const read = (path: string, signal?: AbortSignal) =>
    readCheckedFile(path, { protection: 'secret', uid, limitBytes: 100, pipes: true, signal });

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
