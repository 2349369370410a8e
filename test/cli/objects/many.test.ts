import { describe, expect, it } from 'vitest';
import { EVERY_PATH, refusal, trouble } from '../../../fixtures/compute-service/faults.js';
import { OracleComputeError } from '../../../lib/errors.js';
import { type ComputeBench, computeBench } from '../../support/compute.js';

const JACK = '/Compute-acme/jack.jones@example.com';
const whole = (name: string) => `${JACK}/${name}`;
const keys = (count: number) => Array.from({ length: count }, (_, number) => `k${number}`);

/** A user who is logged in, and has public keys of these names. */
async function benchWith(names: readonly string[]): Promise<ComputeBench> {
  const bench = await computeBench();
  await bench.run(['auth']);
  for (const name of names) await bench.run(['add', 'sshkey', '--name', whole(name), '--key', name]);
  return bench;
}

/** The objects that requests were made for since then. */
function requestsAfter({ service }: ComputeBench, count: number, method: string): string[] {
  const made = service.requests.slice(count).filter((request) => request.method === method);
  return made.map(({ path }) => path.split('/').at(-1) ?? '');
}

describe('several names', () => {
  it('are a list in their order, whatever is answered first; one is an object as ever', async () => {
    const bench = await benchWith(['a', 'b', 'c']);
    const slow = new Promise((resolve) => setTimeout(resolve, 50));
    bench.service.faults.once(`/sshkey${whole('c')}`, { delay: slow });
    const several = await bench.run(['get', 'sshkey', 'c', 'a', whole('b'), 'c', '-F', 'name,key']);
    const rows = ['c', 'a', 'b'].map((name) => `${whole(name)}  ${name}\n`).join('');
    expect(several).toEqual({ status: 0, stderr: '', stdout: expect.stringMatching(/^NAME +KEY\n/) });
    expect(several.stdout.replace(/.*\n/, '')).toBe(rows);
    const json = JSON.parse((await bench.run(['get', 'sshkey', 'b', 'a', '-f', 'json'])).stdout);
    expect(json.list.map(({ key }: { key: string }) => key)).toEqual(['b', 'a']);
    expect(JSON.parse((await bench.run(['get', 'sshkey', 'b', '-f', 'json'])).stdout)).toMatchObject({ key: 'b' });
  });

  it('come from stdin: the lines of discover, CRLF, blank lines, repeated names, or each with a NUL', async () => {
    const bench = await benchWith(['a', 'b', 'c', 'd']);
    const { stdout } = await bench.run(['discover', 'sshkey', JACK]);
    const before = bench.service.requests.length;
    const stdin = `\ufeff${stdout}\r\n  \r\na\r\n`;
    expect(await bench.run(['delete', 'sshkey', '-'], { stdin })).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(requestsAfter(bench, before, 'DELETE').sort()).toEqual(['a', 'b', 'c', 'd']);

    for (const name of ['a', 'b']) await bench.run(['add', 'sshkey', '--name', whole(name), '--key', name]);
    const ended = await bench.run(['get', 'sshkey', '-', '-0', '-HF', 'key'], { stdin: `b\0\0a\0${whole('b')}\0` });
    expect(ended).toEqual({ status: 0, stdout: 'b\na\n', stderr: '' });
    expect((await bench.run(['get', 'sshkey', '-', '-f', 'json'], { stdin: 'a' })).stdout).toMatch(/^{\n "list": \[/);
  });

  it('of entries are versions of one image list', async () => {
    const bench = await benchWith([]);
    const list = '/oracle/public/OL_7.2_UEKR4_x86_64';
    const result = await bench.run(['get', 'imagelistentry', list, '1', '2', '-HF', 'version']);
    expect(result).toMatchObject({ status: 12, stdout: '1\n', stderr: expect.stringContaining('entry/2"\n') });
    const before = bench.service.requests.length;
    await bench.run(['delete', 'imagelistentry', list, '/oracle/public/OL_6.8_UEKR4_x86_64']);
    expect(bench.service.requests.slice(before).map(({ path }) => path)).toEqual([
      `/imagelist${list}/entry/oracle/public/OL_6.8_UEKR4_x86_64`,
    ]);
  });

  it.each([
    [undefined, 8],
    ['3', 3],
  ])('are asked for a few at a time: --parallel %s', async (parallel, most) => {
    const bench = await benchWith(keys(2));
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const before = bench.service.requests.length;
    bench.service.faults.once(EVERY_PATH, { delay: held }, most);
    const line = ['get', 'sshkey', ...keys(20), ...(parallel === undefined ? [] : ['--parallel', parallel])];
    const running = bench.run(line);
    await expect.poll(() => bench.service.requests.length - before).toBe(most);
    // Nothing more comes while these wait.
    await new Promise((resolve) => setImmediate(resolve));
    expect(bench.service.requests.length - before).toBe(most);
    release();
    expect((await running).stderr.split('\n')).toHaveLength(19);
  });
});

describe('a failure of one', () => {
  it('is one line, the others go on, and the gravest is the exit status', async () => {
    const bench = await benchWith(['a', 'b', 'c', 'd']);
    bench.service.faults.once(`/sshkey${whole('b')}`, refusal(409, 'It is in use'));
    const result = await bench.run(['delete', 'sshkey', 'a', 'none', 'b', 'c\u0007', 'd/', 'd']);
    expect(result.stdout).toBe('');
    expect(result.stderr.split('\n')).toEqual([
      `oracle-compute: no sshkey named "${whole('none')}"`,
      expect.stringMatching(`^oracle-compute: ${whole('b')}: .*HTTP 409.*: It is in use$`),
      expect.stringMatching(/^oracle-compute: c : "c\\u0007" is not the name of an object$/),
      'oracle-compute: d/: a container is not an object: its name ends in /',
      '',
    ]);
    expect(result.status).toBe(2);
    expect((await bench.run(['discover', 'sshkey', JACK, '-H'])).stdout).toBe(`${whole('b')}\n${whole('c')}\n`);
    expect((await bench.run(['delete', 'sshkey', 'none', 'b'])).status).toBe(12);
    // Whichever comes first.
    expect((await bench.run(['delete', 'sshkey', 'd/', 'none'])).status).toBe(2);
  });

  it('is one line of JSON with -f json', async () => {
    const bench = await benchWith(['a']);
    const { status, stdout, stderr } = await bench.run(['get', 'sshkey', 'none', 'a', 'nil', '-f', 'json']);
    expect(status).toBe(12);
    expect(JSON.parse(stdout).list).toHaveLength(1);
    const errors = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).error);
    expect(errors.map(({ code, name }) => [code, name])).toEqual([
      ['REQUEST_REFUSED', whole('none')],
      ['REQUEST_REFUSED', whole('nil')],
    ]);
    expect(errors[0]).toMatchObject({ message: expect.any(String), hint: expect.any(String) });
  });

  it('ends all with --fail-fast', async () => {
    const bench = await benchWith(keys(4));
    const line = ['delete', 'sshkey', 'k0', 'none', 'k1', 'k2', '--fail-fast', '--parallel', '1'];
    expect((await bench.run(line)).status).toBe(12);
    expect((await bench.run(['discover', 'sshkey', JACK, '-H'])).stdout.split('\n')).toHaveLength(4);
  });

  it('without rows prints none, and JSON an empty list', async () => {
    const bench = await benchWith([]);
    expect(await bench.run(['get', 'sshkey', 'x', 'y'])).toMatchObject({ status: 12, stdout: '' });
    const { stdout } = await bench.run(['get', 'sshkey', 'x', 'y', '-f', 'json']);
    expect(JSON.parse(stdout)).toEqual({ list: [] });
  });

  it('names the kind that was probably meant', async () => {
    const bench = await benchWith([]);
    const { stderr } = await bench.run(['get', 'sshkye', 'x', 'y']);
    expect(stderr).toBe(
      [whole('x'), whole('y')]
        .map((name) => `oracle-compute: ${name}: unknown kind of object "sshkye"; did you mean "sshkey"?\n`)
        .join(''),
    );
  });
});

describe('the token', () => {
  it('is renewed once for all, if the service refuses it in the middle', async () => {
    const bench = await benchWith(keys(12));
    for (const name of keys(8)) bench.service.faults.once(`/sshkey${whole(name)}`, refusal(401, 'Unauthorized'));
    const { status, stdout } = await bench.run(['get', 'sshkey', ...keys(12), '-HFkey']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${keys(12).join('\n')}\n` });
    expect(bench.service.refreshes + bench.service.logins).toBe(2);
  });

  it('that cannot be renewed ends all, with how many were done', async () => {
    const bench = await benchWith(keys(12));
    const env = { OPC_API: bench.service.url, OPC_COOKIE: bench.service.issueToken() };
    const foreign = { env, home: '/nonexistent' };
    bench.service.faults.once(`/sshkey${whole('k3')}`, refusal(401, 'Unauthorized'));
    const before = bench.service.requests.length;
    const result = await bench.run(['delete', 'sshkey', ...keys(12), '--parallel', '1'], foreign);
    expect(result).toMatchObject({ status: 10, stdout: '' });
    expect(result.stderr).toContain('(3 of 12 done)\n');
    expect(requestsAfter(bench, before, 'DELETE')).toEqual(keys(4));
  });
});

describe('Ctrl-C', () => {
  it('ends what runs, and says how many were done', async () => {
    const bench = await benchWith(keys(12));
    const interruption = new AbortController();
    bench.service.faults.once(`/sshkey${whole('k5')}`, { delay: new Promise(() => undefined) });
    const before = bench.service.requests.length;
    const running = bench.run(['delete', 'sshkey', ...keys(12), '--parallel', '1'], {
      interruption: interruption.signal,
    });
    await expect.poll(() => requestsAfter(bench, before, 'DELETE').length).toBe(6);
    interruption.abort(new OracleComputeError('INTERRUPTED', 'interrupted by SIGINT', { signal: 'SIGINT' }));
    const { status, stderr } = await running;
    expect({ status, stderr: stderr.split('\n')[0] }).toEqual({
      status: 130,
      stderr: 'oracle-compute: interrupted by SIGINT (5 of 12 done)',
    });
    expect(requestsAfter(bench, before, 'DELETE')).toHaveLength(6);
  });
});

describe('delete', () => {
  it.each([
    ['n', ['a', 'b', 'a'], [], true, 130, 'delete 2 x sshkey? [y/N] '],
    ['y', ['a', 'b'], [], true, 0, 'delete 2 x sshkey? [y/N] '],
    ['n', ['a'], [], true, 0, ''],
    ['n', ['a', 'b'], ['--yes'], true, 0, ''],
    ['n', ['a', 'b'], ['--confirm'], true, 0, ''],
    ['n', ['a', 'b'], [], false, 0, ''],
  ])('%s: %j %j asks once on a terminal', async (answer, names, options, isTerminal, status, asked) => {
    const bench = await benchWith(['a', 'b']);
    const line = ['delete', 'sshkey', ...names, ...options];
    const result = await bench.run(line, isTerminal ? { answers: [answer] } : {});
    expect(result.status).toBe(status);
    expect(result.stderr.startsWith(asked)).toBe(true);
    if (asked === '') expect(result.stderr).toBe('');
    const left = (await bench.run(['discover', 'sshkey', JACK, '-H'])).stdout.trim().split('\n').filter(Boolean);
    expect(left).toHaveLength(status === 0 ? 2 - names.length : 2);
  });
});

describe('progress', () => {
  const line = ['delete', 'sshkey', ...keys(12), 'none', '--yes'];

  it('is shown on a terminal for more than ten, on one line, with the failures', async () => {
    const bench = await benchWith(keys(12));
    const { stderr } = await bench.run(line, { answers: [] });
    expect(stderr).toMatch(/\r\d+ of 13 done/);
    // Each line ends where the next one begins, in the same place; the failure has its own.
    const lines = stderr.split('\u001b[K').map((line) => line.replace(/^\r.*/, ''));
    expect(lines.join('')).toBe(`oracle-compute: no sshkey named "${whole('none')}"\n`);
  });

  it.each([
    ['a pipe', {}, []],
    ['-q', { answers: [] }, ['-q']],
    ['a dumb terminal', { answers: [], env: { TERM: 'dumb' } }, []],
  ])('is not shown: %s', async (_title, context, options) => {
    const bench = await benchWith(keys(12));
    const env = { ...bench.env, ...('env' in context ? context.env : {}) };
    const { stderr } = await bench.run([...line, ...options], { ...context, env });
    expect(stderr).toBe(`oracle-compute: no sshkey named "${whole('none')}"\n`);
  });
});

describe('bad input', () => {
  it('that names nothing is nothing to do, which a terminal is told', async () => {
    const bench = await benchWith([]);
    const before = bench.service.requests.length;
    for (const stdin of ['', '\n \r\n', 'NAME\n']) {
      expect(await bench.run(['delete', 'sshkey', '-'], { stdin })).toEqual({ status: 0, stdout: '', stderr: '' });
    }
    const note = 'oracle-compute: no names on standard input\n';
    expect(await bench.run(['get', 'sshkey', '-'], { answers: [] })).toEqual({ status: 0, stdout: '', stderr: note });
    expect(bench.service.requests).toHaveLength(before);
  });

  it.each([
    [2, ['delete', 'sshkey', 'a', '-'], 'a', 'give names, or - to read them from stdin, not both'],
    [2, ['get', 'sshkey', '-', '-'], 'a', 'not both'],
    [2, ['get', 'sshkey', 'a', '--parallel', '0'], '', '--parallel takes a number from 1 to 99'],
    [2, ['get', 'sshkey', 'a', 'b', '--parallel', 'x'], '', 'to 99\nsee: oracle-compute get --help\n'],
    [2, ['get', 'sshkey', '-'], Buffer.from('\ufeffa\n', 'utf16le'), 'standard input is not UTF-8'],
    [4, ['get', 'sshkey', '-'], 'x'.repeat(100_000), 'has no names in it'],
    [4, ['get', 'sshkey', '-'], 'a\0b\n', 'is not the name of an object'],
    [2, ['get', 'imagelistentry', 'ol7'], '', 'imagelistentry needs the name of the list and a version'],
    [2, ['delete', 'sshkey', 'a', '--yse'], '', 'did you mean --yes?'],
  ])('%d: %j', async (status, line, stdin, message) => {
    const bench = await benchWith([]);
    const before = bench.service.requests.length;
    const result = await bench.run(line, { stdin });
    expect(result).toMatchObject({ status, stdout: '', stderr: expect.stringContaining(message) });
    expect(bench.service.requests).toHaveLength(before);
  });

  it('of 100 000 lines with few names makes few requests', async () => {
    const bench = await benchWith(['a', 'b']);
    const before = bench.service.requests.length;
    const result = await bench.run(['get', 'sshkey', '-', '-HFkey'], { stdin: 'a\nb\n'.repeat(50_000) });
    expect(result).toEqual({ status: 0, stdout: 'a\nb\n', stderr: '' });
    expect(bench.service.requests).toHaveLength(before + 2);
  });
});

describe('several containers', () => {
  it('are listed one after the other, and a failure does not end the others', async () => {
    const bench = await benchWith(['a']);
    const lines = (text: string) => text.trim().split('\n');
    const both = await bench.run(['discover', 'imagelist', '/oracle/public', `${JACK}/`, '/oracle/public', '-H']);
    expect(both).toMatchObject({ status: 0, stderr: '' });
    expect(lines(both.stdout)).toHaveLength(4);
    bench.service.faults.once('/imagelist/oracle/public/', trouble(500));
    const half = await bench.run(['list', 'imagelist', '/oracle/public', '/oracle/public', '-HFname']);
    expect(half).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/^oracle-compute: \/oracle\/public: .*\n$/),
    });
    expect(lines(half.stdout)).toHaveLength(2);
    const json = await bench.run(['list', 'imagelist', '/oracle/public', JACK, '-f', 'json']);
    expect(JSON.parse(json.stdout).list).toHaveLength(2);
  });
});
