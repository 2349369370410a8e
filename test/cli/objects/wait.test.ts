import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EVERY_PATH, trouble } from '../../../fixtures/compute-service/faults.js';
import type { ComputeServiceOptions } from '../../../fixtures/compute-service/server.js';
import { type ComputeBench, computeBench, NOON } from '../../support/compute.js';
import { writeFileWithMode } from '../../support/temporary-home.js';
import { type SteppedClock, steppedClock } from '../../support/test-context.js';

const JACK = '/Compute-acme/jack.jones@example.com';
const whole = (name: string) => `${JACK}/${name}`;

/** A user who has orchestrations of these names, and a clock by which both sides wait. */
async function benchWith(names: readonly string[], options: ComputeServiceOptions = {}) {
  const bench = await computeBench(options);
  await bench.run(['auth']);
  for (const name of names) {
    const plan = { name: whole(name), oplans: [] };
    const file = writeFileWithMode(join(bench.home, `${name}.json`), JSON.stringify(plan));
    await bench.run(['add', 'orchestration', file]);
  }
  const stepped = steppedClock(bench.clock);
  // The time of day is all the time that there is.
  const clock = { ...stepped, monotonic: () => bench.clock.time };
  return { bench, stepped, clock, run: (...line: string[]) => bench.run(line, { clock }) };
}

/** Lets time pass, in steps, until the line has ended. */
async function passing<T>(running: Promise<T>, stepped: SteppedClock, milliseconds = 1000): Promise<T> {
  let isOver = false;
  const over = running.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (stepped.sleepers > 0) stepped.pass(milliseconds);
  }
  return over;
}

const lookedAt = ({ service }: ComputeBench, name: string) =>
  service.requests.filter(({ method, path }) => method === 'GET' && path.endsWith(name)).length;

describe('wait', () => {
  it('looks until all are there, prints them, and ends with 0', async () => {
    const { bench, stepped, run } = await benchWith(['a', 'b'], { startTime: 3000 });
    await run('start', 'orchestration', 'a', 'b');
    const waiting = run(
      'wait',
      'orchestration',
      'a',
      'b',
      '--for',
      'status=ready',
      '--interval',
      '1s',
      '-HFname,status',
    );
    const rows = ['a', 'b'].map((name) => `${whole(name)}  ready\n`).join('');
    expect(await passing(waiting, stepped)).toEqual({ status: 0, stdout: rows, stderr: '' });
    expect(bench.clock.time - NOON).toBeGreaterThanOrEqual(3000);
    expect(lookedAt(bench, whole('a'))).toBeLessThanOrEqual(6);
  });

  it('ends with 75 if the time is over, and names what is not there, and its state', async () => {
    const { stepped, run } = await benchWith(['a', 'b'], { startTime: 60_000 });
    await run('start', 'orchestration', 'a');
    const line = ['wait', 'orchestration', 'a', 'b', '--for', 'status=ready', '--timeout', '10s'];
    const { status, stdout, stderr } = await passing(run(...line), stepped);
    expect({ status, stdout }).toEqual({ status: 75, stdout: '' });
    expect(stderr).toBe(
      `oracle-compute: ${whole('a')} is not there after 10 s: status is starting\n` +
        `oracle-compute: ${whole('b')} is not there after 10 s: status is stopped\n`,
    );
    const one = await passing(run('wait', 'orchestration', 'b', '--for', 'stauts=ready', '--timeout', '1s'), stepped);
    expect(one).toMatchObject({
      status: 75,
      stderr: expect.stringMatching(
        /after 1 s: has no stauts\nsee what it does: oracle-compute get orch.*; or wait longer\n/,
      ),
    });
  });

  it('ends with 5 if one has failed, and goes on with the others', async () => {
    const { stepped, run } = await benchWith(['bad', 'good'], { startTime: 3000, failing: '/bad' });
    await run('start', 'orchestration', 'bad', 'good');
    const line = ['wait', 'orchestration', 'bad', 'good', '--for', 'status=ready', '-HFname'];
    const { status, stdout, stderr } = await passing(run(...line), stepped);
    expect({ status, stdout }).toEqual({ status: 5, stdout: `${whole('good')}\n` });
    expect(stderr).toBe(`oracle-compute: ${whole('bad')} has failed: status is error\n`);
    expect((await run('wait', 'orchestration', 'bad', '--for', 'status=error')).status).toBe(0);
  });

  it('waits until something is deleted; what does not exist cannot get anywhere else', async () => {
    const { stepped, run, bench } = await benchWith([]);
    const [instance = ''] = (await run('list', 'instance', '-HFname')).stdout.split('\n');
    await run('delete', 'instance', instance);
    expect(await passing(run('wait', 'instance', instance, '--for', 'deleted'), stepped)).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
    expect((await run('wait', 'instance', instance, '--for', 'state=running')).status).toBe(12);
    expect(bench.service.logins).toBe(1);
  });

  it('outlives tokens, sessions and a service that fails for a while', async () => {
    const { bench, stepped, run } = await benchWith(['a'], { startTime: 5 * 3_600_000 });
    await run('start', 'orchestration', 'a');
    const line = ['wait', 'orchestration', 'a', '--for', 'status=ready', '--timeout', '6h', '--interval', '5m'];
    const waiting = run(...line, '-HFstatus');
    await expect.poll(() => stepped.sleepers).toBeGreaterThan(0);
    bench.service.faults.once(EVERY_PATH, trouble(503), 3);
    expect(await passing(waiting, stepped, 30_000)).toEqual({ status: 0, stdout: 'ready\n', stderr: '' });
    expect(bench.service.logins).toBe(2);
    expect(bench.service.refreshes).toBeGreaterThan(5);
  });

  it('says on a terminal what it waits for, on one line', async () => {
    const { bench, clock, stepped, run } = await benchWith(['a', 'b'], { startTime: 3000 });
    await run('start', 'orchestration', 'a', 'b');
    const line = ['wait', 'orchestration', 'a', 'b', '--for', 'status=ready', '--interval', '1s'];
    const { stderr } = await passing(bench.run(line, { clock, answers: [], columns: 200 }), stepped);
    expect(stderr).toContain(`\rwaiting for 2: ${whole('a')}: status is starting`);
    expect(stderr.split('\u001b[K').at(-1)).not.toContain('\r');
  });

  it.each([
    [['wait', 'orchestration', 'a'], '--for'],
    [['wait', 'orchestration', 'a', '--for', 'ready'], '--for takes FIELD=VALUE or deleted'],
    [['wait', 'orchestration', 'a', 'b', '--for', '=x'], '--for takes'],
    [['wait', 'orchestration', 'a', '--for', 'a=b', '--timeout', 'soon'], '"soon" is not a duration'],
  ])('sends nothing: %j', async (line, message) => {
    const { bench, run } = await benchWith([]);
    const before = bench.service.requests.length;
    expect(await run(...line)).toMatchObject({ stdout: '', stderr: expect.stringContaining(message) });
    expect(bench.service.requests).toHaveLength(before);
  });
});

describe('--wait', () => {
  it('of start and stop waits for the end, of one or several', async () => {
    const { stepped, run } = await benchWith(['a', 'b'], { startTime: 3000 });
    const started = await passing(run('start', 'orchestration', '--wait', 'a', '-HFstatus'), stepped);
    expect(started).toEqual({ status: 0, stdout: 'ready\n', stderr: '' });
    const both = await passing(run('start', 'orchestration', 'a', 'b', 'c', '--wait=1m', '-HFstatus'), stepped);
    expect(both).toMatchObject({ status: 12, stdout: 'ready\nready\n' });
    const stopped = await passing(run('stop', 'orchestration', 'b', 'a', '--wait', '90', '-HFstatus'), stepped);
    expect(stopped).toEqual({ status: 0, stdout: 'stopped\nstopped\n', stderr: '' });
  });

  it('ends with 75 after its time, with 5 if it failed', async () => {
    const { stepped, run } = await benchWith(['a', 'bad'], { startTime: 30_000, failing: '/bad' });
    const late = await passing(run('start', 'orchestration', 'a', '--wait', '9s'), stepped);
    expect(late).toMatchObject({ status: 75, stdout: '', stderr: expect.stringContaining('after 9 s: status is st') });
    expect((await passing(run('start', 'orchestration', 'bad', '--wait'), stepped)).status).toBe(5);
  });

  it('of delete waits until it is gone', async () => {
    const { stepped, run } = await benchWith([]);
    const names = (await run('list', 'instance', '-HFname')).stdout.trim().split('\n');
    const gone = await passing(run('delete', 'instance', ...names, '--wait'), stepped);
    expect(gone).toEqual({ status: 0, stdout: '', stderr: '' });
    expect((await run('list', 'instance', '-HFname')).stdout).toBe('');
  });

  it('of add waits until instances run; what is there at once is not waited for', async () => {
    const { bench, stepped, run } = await benchWith([]);
    const file = writeFileWithMode(join(bench.home, 'one.json'), '{"shape": "oc3", "label": "x"}');
    const made = await passing(run('add', 'instance', file, '--wait', '-HFstate'), stepped);
    expect(made).toEqual({ status: 0, stdout: 'running\n', stderr: '' });
    writeFileWithMode(file, '{"instances": [{"shape": "oc3", "label": "x"}]}');
    const plan = await passing(run('add', 'launchplan', file, '--wait', '-f', 'json'), stepped);
    expect(JSON.parse(plan.stdout).instances[0].state).toBe('running');
    const before = bench.service.requests.length;
    expect((await run('add', 'seclist', 'list', '--wait')).status).toBe(0);
    expect(bench.service.requests).toHaveLength(before + 1);
  });
});
