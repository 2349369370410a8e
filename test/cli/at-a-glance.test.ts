import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfigText, readProfile } from '../../lib/oci/config/config-file.js';
import { computeBench, MINUTE } from '../support/compute.js';
import { HOUR, ociBench } from '../support/oci.js';
import { filesBelow, writeFileWithMode } from '../support/temporary-home.js';

const OVER = { status: 10, stdout: '', stderr: '' };

describe('one line for a prompt', () => {
  it('says what is left of an OCI session, and nothing where it is over or there is none', async () => {
    const bench = await ociBench();
    const short = () => bench.run(['session', 'list', '--short', '--profile', 'T']);
    expect(await short()).toMatchObject(OVER);
    await bench.addSession('T');
    bench.pass(18 * MINUTE);
    expect(await short()).toMatchObject({ status: 0, stdout: 'T 42m/23h\n', stderr: '' });
    bench.pass(41.5 * MINUTE);
    expect(await short()).toMatchObject({ status: 0, stdout: 'T 0m/23h\n' });
    bench.pass(MINUTE);
    expect(await short()).toMatchObject(OVER);
    expect(bench.service.requests).toEqual([]);
  });

  it('says what is left of a Compute session, and nothing where it is over or there is none', async () => {
    const bench = await computeBench();
    expect(await bench.run(['status', '--short'])).toMatchObject(OVER);
    await bench.run(['auth', '-q']);
    bench.pass(5 * MINUTE);
    expect(await bench.run(['status', '--short'])).toMatchObject({
      status: 0,
      stdout: 'jack.jones@example.com 25m/2h\n',
      stderr: '',
    });
    bench.pass(26 * MINUTE);
    expect(await bench.run(['status', '--short'])).toMatchObject(OVER);
  });
});

it('a refresh says once for each session that its end is near, under --quiet too', async () => {
  const bench = await ociBench();
  await bench.addSession('T', { sessionEndsAt: bench.clock.time + 2 * HOUR });
  const refresh = () => bench.run(['session', 'refresh', '-q', '--warn-before', '1h', '--profile', 'T']);
  bench.pass(50 * MINUTE);
  expect(await refresh()).toMatchObject({ status: 0, stderr: '' });
  bench.pass(30 * MINUTE);
  const said = await refresh();
  expect(said).toMatchObject({ status: 0, stdout: '' });
  expect(said.stderr).toMatch(
    /^oci: the session \[T\] ends at .*; log in again before: oci session authenticate .*T\n$/,
  );
  bench.pass(10 * MINUTE);
  expect(await refresh()).toMatchObject({ status: 0, stderr: '' });
  await bench.run(['session', 'terminate', '--profile', 'T']);
  expect(filesBelow(join(bench.home, '.oci', 'sessions'))).toEqual([]);
});

describe('session export --output-dir', () => {
  const line = ['session', 'export', '--profile', 'T', '--output-dir', 'out'];

  it('writes a folder whose config names the paths that a container sees', async () => {
    const bench = await ociBench();
    const token = await bench.addSession('T');
    expect(await bench.run([...line, '--for', '/oracle/.oci'])).toMatchObject({ status: 0, stdout: '' });
    const out = join(bench.home, 'out');
    const path = join(out, 'config');
    const text = await readConfigText(path);
    const values = Object.fromEntries(readProfile(text ?? { path, text: '' }, 'T').values);
    for (const [key, content] of [
      ['security_token_file', token],
      ['key_file', readFileSync((await bench.profile('T')).key_file ?? '', 'utf8')],
    ] as const) {
      const inside = values[key] ?? '';
      expect(inside).toMatch(/^\/oracle\/\.oci\//);
      const outside = join(out, inside.slice('/oracle/.oci/'.length));
      expect([key, readFileSync(outside, 'utf8').trim()]).toEqual([key, content.trim()]);
      expect(statSync(outside).mode & 0o777).toBe(0o600);
    }
    expect(filesBelow(out).filter((name) => !/ (600|700)$/.test(name))).toEqual([]);
    expect((await bench.run([...line, '--for', '/oracle/.oci'])).status).not.toBe(0);
  });

  it.each([
    'config',
    'sessions/T/token',
    'sessions/T/oci_api_key.pem',
  ])('replaces no %s without --force', async (name) => {
    const bench = await ociBench();
    await bench.addSession('T');
    const path = writeFileWithMode(join(bench.home, 'out', name), 'mine');
    const before = filesBelow(join(bench.home, 'out'));
    expect(await bench.run(line)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(`${path} already exists`),
    });
    expect([readFileSync(path, 'utf8'), filesBelow(join(bench.home, 'out'))]).toEqual(['mine', before]);
    expect(await bench.run([...line, '--force'])).toMatchObject({ status: 0 });
    expect(readFileSync(path, 'utf8')).not.toBe('mine');
  });

  it.each([
    [['--for', 'oracle/.oci']],
    [['--output-file', 'x.zip']],
  ])('refuses %j, and writes nothing', async (flags) => {
    const bench = await ociBench();
    await bench.addSession('T');
    expect(await bench.run([...line, ...flags])).toMatchObject({ status: 2, stdout: '' });
    expect(existsSync(join(bench.home, 'out'))).toBe(false);
  });
});
