import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../cli/context/context.js';
import { findNextOci } from '../../cli/parser/delegate.js';
import { temporaryHome, writeFileWithMode } from '../support/temporary-home.js';
import { type RunResult, runLine } from '../support/test-context.js';

/** An installation of ours, and a place for programs of the name `oci`. */
function machine() {
  const home = temporaryHome();
  const program = (folder: string, mode = 0o755) => writeFileWithMode(join(home, folder, 'oci'), '#!/bin/sh\n', mode);
  const ours = writeFileWithMode(join(home, 'ours', 'oci.js'), '');
  writeFileWithMode(join(home, 'ours', 'oracle-compute.js'), '');
  const self = [process.execPath, ours];
  const context = (...folders: string[]): Pick<Context, 'env' | 'platform' | 'self'> => ({
    env: { PATH: folders.map((folder) => (folder === '' ? '' : join(home, folder))).join(delimiter) },
    platform: 'linux',
    self,
  });
  return { home, ours, self, program, context };
}

describe('the next oci', () => {
  it('is the first program of that name on PATH that is not this one', async () => {
    const { home, ours, program, context } = machine();
    const [a, b] = [program('a'), program('b')];
    mkdirSync(join(home, 'link'));
    symlinkSync(ours, join(home, 'link', 'oci'));
    mkdirSync(join(home, 'folder', 'oci'), { recursive: true });
    program('data', 0o644);
    expect(await findNextOci([], context('a', 'b'))).toBe(a);
    expect(await findNextOci([], context('', 'none', 'link', 'folder', 'data', 'b', 'a'))).toBe(b);
    expect(await findNextOci([], context('link', 'folder', 'data'))).toBeUndefined();
    expect(await findNextOci([], { ...context(), env: {} })).toBeUndefined();
  });

  it('is not another installation of ours either', async () => {
    const { home, program, context } = machine();
    const other = writeFileWithMode(join(home, 'other', 'oci.js'), '', 0o755);
    mkdirSync(join(home, 'bin'));
    symlinkSync(other, join(home, 'bin', 'oci'));
    // A program of that name that has not ours beside it is somebody else's.
    expect(await findNextOci([], context('bin'))).toBe(join(home, 'bin', 'oci'));
    writeFileWithMode(join(home, 'other', 'oracle-compute.js'), '');
    expect(await findNextOci([], context('bin'))).toBeUndefined();
    expect(await findNextOci([], context('bin', dirname(program('b')).slice(home.length)))).toBe(
      join(home, 'b', 'oci'),
    );
  });

  it('is not a launcher of ours that brings its Node, neither this one nor another', async () => {
    const { home, program, context } = machine();
    const launcher = readFileSync('tools/dist/launcher.sh', 'utf8').replaceAll('@PROGRAM@', 'oci');
    const [own, other] = ['own', 'other'].map((folder) =>
      writeFileWithMode(join(home, folder, 'oci'), launcher, 0o755),
    );
    const theirs = program('theirs', 0o711);
    expect(await findNextOci([], { ...context('own', 'other', 'theirs'), self: [own ?? ''] })).toBe(theirs);
    expect(await findNextOci([], { ...context('other'), self: [other ?? ''] })).toBeUndefined();
  });

  it('is one that has not been called, else one that was called once, and never a third time', async () => {
    const { program, context } = machine();
    const [a, b] = [program('a'), program('b')];
    const both = context('a', 'b');
    expect(await findNextOci([a], both)).toBe(b);
    expect(await findNextOci([a, b], both)).toBe(a);
    expect(await findNextOci([a, b, a], both)).toBe(b);
    expect(await findNextOci([a, b, a, b], both)).toBeUndefined();
    expect(await findNextOci([a], context('a'))).toBe(a);
    expect(await findNextOci([a, a], context('a'))).toBeUndefined();
  });
});

it('a wrapper on PATH that leads back to us is called twice, and then it is said that there is no other oci', async () => {
  const { home, self, program, context } = machine();
  const wrapper = program('wrapper');
  const { PATH } = context('wrapper').env;
  const calls: string[] = [];
  const line = ['os', 'ns', 'get', '--profile', 'A'];
  const oci = (env: Readonly<Record<string, string | undefined>>): Promise<RunResult> =>
    runLine(line, {
      home,
      self,
      env,
      program: 'oci',
      runChild: async (command, words, options) => {
        calls.push(command);
        if (calls.length > 10) throw new RangeError('it goes on for ever');
        expect(words).toEqual(line);
        const inner = await oci(options.env);
        expect(inner.stdout).toBe('');
        said.push(inner.stderr);
        return { status: inner.status };
      },
    });
  const said: string[] = [];
  expect((await oci({ PATH })).status).toBe(2);
  expect(calls).toEqual([wrapper, wrapper]);
  expect(said[0]).toContain('no other oci on PATH');
});

it('a typo of our own group is named if there is no other oci', async () => {
  const { home, self } = machine();
  const result = await runLine(['sesion', 'list'], { home, self, env: { PATH: '' }, program: 'oci' });
  expect(result).toMatchObject({ status: 2, stdout: '' });
  expect(result.stderr).toContain('unknown command "sesion list"; did you mean "session"?\n');
});
