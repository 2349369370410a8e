import { describe, expect, it } from 'vitest';
import { refusal } from '../../../fixtures/compute-service/faults.js';
import { inOrder } from '../../../lib/compute/resources/object-calls.js';
import { type ComputeObjects, type ComputeSession, type ObjectResult, openSession } from '../../../lib/index.js';
import { type ComputeBench, computeBench } from '../../support/compute.js';

const JACK = '/Compute-acme/jack.jones@example.com';
const numbers = (count: number) => Array.from({ length: count }, (_, number) => number);

interface Bench extends ComputeBench {
  readonly session: ComputeSession;
  readonly keys: ComputeObjects;
}

async function benchWith(names: readonly string[]): Promise<Bench> {
  const bench = await computeBench();
  const { service, home, clock, passwordFile } = bench;
  const { url: endpoint, user } = service;
  const session = await openSession({ endpoint, user, passwordFile, home, clock, env: {} });
  const keys = session.objects('sshkey');
  for (const name of names) await keys.add({ name: `${JACK}/${name}`, key: name });
  return { ...bench, session, keys };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const shown = ({ name, object, error }: ObjectResult) =>
  `${name.split('/').at(-1)}: ${error?.code ?? (object as { key?: string } | undefined)?.key ?? 'done'}`;

describe('session.objects', () => {
  it('gets, changes and deletes objects by their names, in order', async () => {
    const { keys } = await benchWith(['a', 'b']);
    expect((await all(keys.get(['b', 'x', 'a', 'b']))).map(shown)).toEqual(['b: b', 'x: REQUEST_REFUSED', 'a: a']);
    expect((await all(keys.get('a'))).map(shown)).toEqual(['a: a']);
    expect(await keys.update('a', { key: 'new' })).toMatchObject({ key: 'new' });
    expect((await all(keys.discover())).flat()).toEqual([`${JACK}/`]);
    expect((await all(keys.list(JACK, { key: 'new' }))).flat()).toMatchObject([{ name: `${JACK}/a` }]);
    expect((await all(keys.delete(new Set(['a', 'c/', 'b'])))).map(shown)).toEqual(['a: done', ': USAGE', 'b: done']);
    expect((await all(keys.list())).flat()).toEqual([]);
  });

  it('starts, stops and waits for them', async () => {
    const { session } = await benchWith([]);
    const orchestrations = session.objects('orchestration');
    await orchestrations.add({ name: `${JACK}/web`, oplans: [] });
    const started = await all(orchestrations.start(['web']));
    const ready = await all(orchestrations.waitFor(['web'], { status: 'ready' }, { interval: 1 }));
    const stopped = await all(orchestrations.stop(['web'], { query: { force: 'true' } }));
    expect([started, ready, stopped].flat()).toMatchObject([
      { object: { status: 'starting' } },
      { object: { status: 'ready' } },
      { object: { status: 'stopping' } },
    ]);
    const wait = { interval: 1 };
    expect(await all(orchestrations.start(['web'], { wait }))).toMatchObject([{ object: { status: 'ready' } }]);
    const never = orchestrations.waitFor(['web'], { status: 'stopped' }, { timeout: 0 });
    expect(await all(never)).toMatchObject([{ error: { code: 'NOT_IN_TIME' } }]);
    await all(orchestrations.stop(['web'], { wait }));
    await all(orchestrations.delete(['web']));
    expect(await all(orchestrations.waitFor(['web'], 'deleted'))).toEqual([{ name: `${JACK}/web` }]);
  });

  it('refuses a kind that is none at once', async () => {
    const { session } = await benchWith([]);
    expect(() => session.objects('../x')).toThrow(expect.objectContaining({ code: 'OBJECT_MALFORMED' }));
  });

  it('renews once for all whose token is refused at the same time', async () => {
    const { keys, service } = await benchWith(numbers(8).map(String));
    for (const number of numbers(8)) service.faults.once(`/sshkey${JACK}/${number}`, refusal(401, 'Unauthorized'));
    expect((await all(keys.get(numbers(8).map(String)))).map(shown)).toEqual(numbers(8).map((n) => `${n}: ${n}`));
    expect([service.logins, service.refreshes]).toEqual([2, 0]);
  });

  it('shares a token for a moment only: a session that is ended elsewhere ends here', async () => {
    const bench = await benchWith(['a']);
    await all(bench.keys.get('a'));
    await bench.run(['logout']);
    bench.pass(2000);
    await all(bench.keys.get('a'));
    // With the password file it begins anew.
    expect(bench.service.logins).toBe(2);
  });

  it('lets a reader leave in the middle', async () => {
    const { keys, service } = await benchWith(['a']);
    const before = service.requests.length;
    for await (const { name } of keys.get(numbers(1000).map(String))) {
      expect(name).toBe(`${JACK}/0`);
      break;
    }
    expect(service.requests.length - before).toBeLessThan(50);
  });
});

describe('inOrder', () => {
  /** Work that a test ends, piece by piece. */
  function workshop() {
    const ends = new Map<number, (error?: Error) => void>();
    const work = (item: number) =>
      new Promise<number>((resolve, reject) => ends.set(item, (error) => (error ? reject(error) : resolve(item))));
    return { ends, work, end: (item: number, error?: Error) => ends.get(item)?.(error) };
  }

  async function* source(count: number, read: number[] = []) {
    for (const number of numbers(count)) {
      read.push(number);
      yield number;
    }
  }

  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it('begins so many at a time, and a bounded number before the first is done', async () => {
    const { ends, work, end } = workshop();
    const read: number[] = [];
    const results = inOrder(source(100, read), work, { parallel: 2 });
    const first = results.next();
    await settled();
    expect([...ends.keys()]).toEqual([0, 1]);
    for (let item = 1; item < 100; item += 1) {
      end(item);
      await settled();
    }
    // The first one holds up the results of those after it.
    expect(ends.size).toBe(8);
    expect(read).toHaveLength(8);
    end(0);
    expect((await first).value).toBe(0);
    for (const item of numbers(7)) expect((await results.next()).value).toBe(item + 1);
  });

  it('yields a result as soon as it is there, while the source still waits', async () => {
    let more = () => {};
    const slow = async function* () {
      yield 1;
      await new Promise<void>((resolve) => {
        more = resolve;
      });
      yield 2;
    };
    const results = inOrder(slow(), async (item) => item, { parallel: 8 });
    expect((await results.next()).value).toBe(1);
    const second = results.next();
    await settled();
    more();
    expect((await second).value).toBe(2);
    expect((await results.next()).done).toBe(true);
  });

  it('throws after the results of what was under way, and begins no more', async () => {
    const { ends, work, end } = workshop();
    const yielded: number[] = [];
    const reading = async () => {
      for await (const result of inOrder(source(100), work, { parallel: 3 })) yielded.push(result);
    };
    const found = reading().catch((error: unknown) => error);
    await settled();
    end(1, new Error('over'));
    await settled();
    end(0);
    end(2);
    expect(await found).toMatchObject({ message: 'over' });
    expect(ends.size).toBe(3);
    expect(yielded).toEqual([0, 2]);
  });

  it('passes on the error of its source', async () => {
    const broken = async function* () {
      yield 1;
      throw new Error('broken pipe');
    };
    const results = inOrder(broken(), async (item) => item, { parallel: 2 });
    expect((await results.next()).value).toBe(1);
    await expect(results.next()).rejects.toThrow('broken pipe');
  });
});
