import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ComputeBench, computeBench } from '../../support/compute.js';
import { writeFileWithMode } from '../../support/temporary-home.js';

const JACK = '/Compute-acme/jack.jones@example.com';

interface Bench extends ComputeBench {
  /** Writes a file into the home folder, which is the current one. */
  write(name: string, text: string): string;
}

async function loggedIn(): Promise<Bench> {
  const bench = await computeBench();
  expect(await bench.run(['auth'])).toMatchObject({ status: 0 });
  return { ...bench, write: (name, text) => writeFileWithMode(join(bench.home, name), text) };
}

const lastRequest = ({ service }: ComputeBench) => service.requests.at(-1);
const lastBody = (bench: ComputeBench) => JSON.parse(lastRequest(bench)?.body ?? '');

describe('add', () => {
  it('sends a file as it is, and shows what was made', async () => {
    const bench = await loggedIn();
    const text = `{ "name": "${JACK}/list",\n  "big": 12345678901234567890 }\n`;
    const file = bench.write('list.json', text);
    const result = await bench.run(['add', 'seclist', file, '-F', 'name,policy']);
    expect(result).toEqual({
      status: 0,
      stderr: '',
      stdout: expect.stringMatching(/^NAME +POLICY\n.*\/list +DENY\n$/),
    });
    expect(lastRequest(bench)).toMatchObject({ method: 'POST', path: '/seclist/', body: text });
    expect(await bench.run(['add', 'seclist', file])).toMatchObject({ status: 15, stdout: '' });
  });

  it('sends numbers as they are written, where file and line are joined too', async () => {
    const bench = await loggedIn();
    const file = bench.write('list.json', '{"name": "list", "quota": 9007199254740993, "share": 1.50}');
    await bench.run(['add', 'seclist', file, '--policy', 'DENY', '--limits', '[18446744073709551615]']);
    expect(lastRequest(bench)?.body).toBe(
      '{"name":"list","quota":9007199254740993,"share":1.50,"policy":"DENY","limits":[18446744073709551615]}',
    );
    await bench.run(['update', 'seclist', 'list', file, '--policy', 'DENY']);
    expect(lastRequest(bench)?.body).toContain('"quota":9007199254740993,"share":1.50,');
    await bench.run(['add', 'instance', file]);
    expect(lastRequest(bench)?.body).toContain('{"instances":[{"name":"list","quota":9007199254740993,');
  });

  it('takes stdin for -, a byte order mark included', async () => {
    const bench = await loggedIn();
    const stdin = `\ufeff${JSON.stringify({ name: `${JACK}/list` })}`;
    const result = await bench.run(['-fjson', 'add', 'seclist', '-'], { stdin });
    expect(JSON.parse(result.stdout)).toMatchObject({ name: `${JACK}/list`, policy: 'DENY' });
  });

  it('takes the fields that the original takes on the line', async () => {
    const bench = await loggedIn();
    bench.write('key.pub', 'ssh-rsa AAAA me\n');
    await bench.run(['add', 'sshkey', `${JACK}/k`, join(bench.home, 'key.pub')]);
    expect(lastBody(bench)).toEqual({ name: `${JACK}/k`, key: 'ssh-rsa AAAA me', enabled: true });
    await bench.run(['add', 'storagevolume', 'disk', '10g', '/oracle/public/storage/default', '--bootable', 'true']);
    expect(lastBody(bench)).toEqual({
      name: `${JACK}/disk`,
      size: '10g',
      properties: ['/oracle/public/storage/default'],
      bootable: true,
    });
    await bench.run(['add', 'imagelist', 'ours', 'the list of ours']);
    expect(lastBody(bench)).toEqual({ name: `${JACK}/ours`, description: 'the list of ours', default: 1 });
    await bench.run(['add', 'imagelistentry', 'ours', `${JACK}/image`, '2', '--attributes', '{"os": "OL7"}']);
    expect(lastRequest(bench)?.path).toBe(`/imagelist${JACK}/ours/entry/`);
    expect(lastBody(bench)).toEqual({ machineimages: [`${JACK}/image`], version: 2, attributes: { os: 'OL7' } });
    await bench.run(['add', 'snapshot', `${JACK}/web-1/x`, '--machineimage', `${JACK}/image`, '--delay=shutdown']);
    expect(lastBody(bench)).toEqual({
      instance: `${JACK}/web-1/x`,
      machineimage: `${JACK}/image`,
      delay: 'shutdown',
    });
    await bench.run(['add', 'machineimage', 'image', 'image.tar.gz', '--no_upload', '--platform', 'linux']);
    expect(lastBody(bench)).toEqual({
      name: `${JACK}/image`,
      file: 'image.tar.gz',
      no_upload: true,
      platform: 'linux',
    });
    await bench.run(['add', 'ipreservation', '--name', `${JACK}/ip`, '--parentpool', '/oracle/public/ippool']);
    expect(lastBody(bench)).toEqual({ name: `${JACK}/ip`, parentpool: '/oracle/public/ippool' });
  });

  it('launches instances by a plan or by one of them', async () => {
    const bench = await loggedIn();
    const one = bench.write('one.json', '{"shape": "oc3", "label": "a"}');
    const plan = bench.write('plan.json', '{"instances": [{"shape": "oc3", "label": "b"}]}');
    for (const [file, object] of [
      [one, 'instance'],
      [plan, 'instance'],
      [plan, 'launchplan'],
    ] as const) {
      const result = await bench.run(['add', object, file, '-HFstate']);
      expect(result).toEqual({ status: 0, stdout: 'queued\n', stderr: '' });
      expect(lastRequest(bench)?.path).toBe('/launchplan/');
    }
  });

  it.each<[number, string[], string, string]>([
    [4, ['add', 'seclist', 'f.json'], '{"name": ', 'f.json is not JSON'],
    [4, ['add', 'seclist', 'f.json'], '{\n"name": oops}', 'f.json is not JSON'],
    [4, ['add', 'seclist', 'f.json'], '[]', 'not the fields of one object'],
    [4, ['add', 'seclist', 'f.json'], `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`, 'f.json is nested too deep'],
    [4, ['add', 'seclist', '-'], '', 'stdin is not JSON: it is empty'],
    [2, ['add', 'orchestration', 'none.json'], '', 'none.json does not exist'],
    [2, ['add', 'seclist', 'a', 'b'], '', 'add seclist takes: file, or name'],
    [2, ['add', 'orchestration', 'a', 'b'], '', 'add orchestration takes: file'],
    [2, ['add', 'orchestration'], '', 'add orchestration takes: file'],
    [2, ['add', 'imagelistentry'], '', 'add imagelistentry takes: list file, or list machineimages version'],
    [2, ['add', 'sshkey', 'k', 'none.pub'], '', 'none.pub does not exist'],
    [4, ['update', 'seclist', 'f.json'], '{}', 'has no "name"'],
    [2, ['update', 'seclist', 'none.json'], '', 'none.json does not exist'],
  ])('%d, and nothing is sent: %j', async (status, line, text, message) => {
    const bench = await loggedIn();
    const file = bench.write('f.json', text);
    const result = await bench.run(
      line.map((word) => (word === 'f.json' ? file : word)),
      { stdin: text },
    );
    expect(result).toMatchObject({ status, stdout: '' });
    expect(result.stderr).toContain(message);
    expect(result.stderr.split('\n')).toHaveLength(3);
    expect(result.stderr).not.toContain('oops');
    expect(bench.service.requests).toHaveLength(1);
  });
});

describe('update', () => {
  it('changes what the file or the line names', async () => {
    const bench = await loggedIn();
    await bench.run(['add', 'seclist', 'list']);
    const file = bench.write('list.json', JSON.stringify({ name: `${JACK}/list`, policy: 'PERMIT' }));
    for (const [line, policy] of [
      [['update', 'seclist', file], 'PERMIT'],
      [['update', 'seclist', 'list', file, '--policy', 'REJECT'], 'REJECT'],
      [['update', 'seclist', 'list', '--policy=DENY'], 'DENY'],
    ] as const) {
      expect(await bench.run([...line, '-HFpolicy'])).toEqual({ status: 0, stdout: `${policy}\n`, stderr: '' });
      expect(lastRequest(bench)).toMatchObject({ method: 'PUT', path: `/seclist${JACK}/list` });
    }
  });
});

describe('delete', () => {
  it('is silent, and says when there is nothing', async () => {
    const bench = await loggedIn();
    await bench.run(['add', 'seclist', 'list']);
    expect(await bench.run(['delete', 'seclist', 'list'])).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await bench.run(['delete', 'seclist', 'list'])).toMatchObject({ status: 12, stdout: '' });
    expect(await bench.run(['delete', 'seclist', '/Compute-acme/'])).toMatchObject({ status: 2 });
  });
});

describe('start and stop', () => {
  it('work as scripts use them', async () => {
    const bench = await loggedIn();
    const oplans = [{ label: 'l', obj_type: 'seclist', objects: [{ name: `${JACK}/made` }] }];
    const file = bench.write('o.json', JSON.stringify({ name: `${JACK}/o`, oplans }));
    await bench.run(['add', 'orchestration', file]);
    const status = async (line: string[]) => (await bench.run([...line, '-HF', 'status'])).stdout.trim();
    expect(await status(['start', 'orchestration', `${JACK}//o`])).toBe('starting');
    expect(lastRequest(bench)).toMatchObject({ method: 'PUT', body: '' });
    expect(await status(['list', 'orchestration', `${JACK}/o`])).toBe('ready');
    expect(await bench.run(['get', 'seclist', 'made'])).toMatchObject({ status: 0 });
    expect(await bench.run(['delete', 'orchestration', `${JACK}/o`])).toMatchObject({ status: 15 });
    expect(await status(['stop', 'orchestration', `${JACK}/o`, '--force', '--confirm'])).toBe('stopping');
    expect(await status(['list', 'orchestration', `${JACK}/o`])).toBe('stopped');
    expect(await bench.run(['delete', 'orchestration', `${JACK}/o`, '--force'])).toMatchObject({ status: 0 });
    expect(await bench.run(['start', 'orchestration', 'o'])).toMatchObject({ status: 12 });
  });
});

describe('a typo', () => {
  it.each([
    [['delete', 'seclist', 'list', '--froce'], 'unknown option --froce; did you mean --force?'],
    [['delete', 'seclist', 'list', '--cascade'], 'unknown option --cascade'],
    [['stop', 'orchestration', 'o', '--frce'], 'unknown option --frce; did you mean --force?'],
    [['start', 'orchestration', 'o', '--wiat'], 'unknown option --wiat'],
    [
      ['add', 'seclist', 'list', '--polcy', 'PERMIT'],
      '--polcy; did you mean --policy? To pass it to the service: --field',
    ],
    [
      ['update', 'seclist', 'list', '--wait', '--description', 'x'],
      'update has no --wait. To pass it to the service: --field',
    ],
    [['add', 'seclist', 'list', '--polcy=PERMIT'], '--polcy; did you mean --policy?'],
    [['update', 'seclist', 'list', '--fromat', 'json'], '--fromat; did you mean --format?'],
    [['update', 'seclist', 'list', '--descripton', 'x', '--timeot', '5'], '--timeot; did you mean --timeout?'],
    [['add', 'seclist', 'list', '--field', 'policy'], '"policy" is not NAME=VALUE'],
    [['add', 'seclist', 'list', '--field', '=x'], '"=x" is not NAME=VALUE'],
  ])('sends nothing: %j', async (line, message) => {
    const bench = await loggedIn();
    await bench.run(['add', 'seclist', 'list']);
    const before = bench.service.requests.length;
    const result = await bench.run(line);
    expect(result).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(message) });
    expect(bench.service.requests).toHaveLength(before);
  });

  it('is passed if that is what is meant', async () => {
    const bench = await loggedIn();
    const fields = [
      '--field',
      'polcy=a=b',
      '--field',
      'user=jill',
      '--field',
      'tags=["x"]',
      '--field=empty=',
      '--other',
      'x',
    ];
    await bench.run(['add', 'seclist', 'list', ...fields]);
    const sent = { name: `${JACK}/list`, polcy: 'a=b', user: 'jill', tags: ['x'], empty: '', other: 'x' };
    expect(lastBody(bench)).toEqual(sent);
    await bench.run(['update', 'seclist', 'list', '--field', 'format=wide']);
    expect(lastBody(bench)).toEqual({ format: 'wide' });
    await bench.run([
      'update',
      '--description',
      'd',
      '--',
      'seclist',
      'list',
      '--format=wide',
      '--polcy',
      '-x',
      '--froce',
    ]);
    expect(lastBody(bench)).toEqual({ description: 'd', format: 'wide', polcy: '-x', froce: true });
  });
});

it('after -- is a name for a command that has no parameters, whatever an object is called', async () => {
  const bench = await loggedIn();
  const result = await bench.run(['get', 'seclist', 'list', '--', '--polcy']);
  expect(result.stderr).toContain('no seclist named "/Compute-acme/jack.jones@example.com/--polcy"');
});

describe('a parameter that every object of JavaScript has', () => {
  it.each(['constructor', 'toString', '__proto__'])('%s is a field like others', async (name) => {
    const bench = await loggedIn();
    await bench.run(['update', 'seclist', 'list', `--${name}`, 'one', '--some-field', 'two']);
    expect(lastRequest(bench)?.body).toBe(`{"${name}":"one","some-field":"two"}`);
    const list = ['list', 'instance', '-HFname'];
    expect((await bench.run(list)).stdout).not.toBe('');
    expect(await bench.run([...list, `--${name}=one`])).toEqual({ status: 0, stdout: '', stderr: '' });
    expect((await bench.run(['add', 'constructor', 'a', 'b'])).stderr).toContain('add constructor takes: file');
  });
});
