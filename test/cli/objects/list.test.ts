import { describe, expect, it } from 'vitest';
import { addCommand } from '../../../cli/commands/objects/add.js';
import { deleteCommand } from '../../../cli/commands/objects/delete.js';
import { getCommand } from '../../../cli/commands/objects/get.js';
import { listCommand } from '../../../cli/commands/objects/list.js';
import { startCommand } from '../../../cli/commands/objects/start.js';
import { stopCommand } from '../../../cli/commands/objects/stop.js';
import { updateCommand } from '../../../cli/commands/objects/update.js';
import { waitCommand } from '../../../cli/commands/objects/wait.js';
import { OptionList } from '../../../cli/parser/known-options.js';
import { compressed } from '../../../fixtures/compute-service/faults.js';
import { EXAMPLE_INSTANCES } from '../../../fixtures/compute-service/resources/examples.js';
import { type ComputeBench, computeBench } from '../../support/compute.js';

const JACK = '/Compute-acme/jack.jones@example.com';
const [WEB_1, WEB_2] = Object.entries(EXAMPLE_INSTANCES).map(([label, id]) => `${JACK}/${label}/${id}`);

async function loggedIn(): Promise<ComputeBench> {
  const bench = await computeBench();
  expect(await bench.run(['auth'])).toMatchObject({ status: 0 });
  return bench;
}

/** What the service is asked for after the login. */
const asked = ({ service }: ComputeBench) => service.requests.slice(1).map(({ method, path }) => `${method} ${path}`);

describe('list', () => {
  it('shows rows in the formats of the original, wherever the options stand', async () => {
    const bench = await loggedIn();
    for (const line of [
      ['list', 'instance', '/Compute-acme', '-Fname,state', '-fcsv'],
      ['-fcsv', '-Fname,state', 'list', 'instance', '/Compute-acme'],
      ['list', '-F', 'NAME, state', 'instance', '--format=csv', '/Compute-acme/'],
      ['list', 'instance', '-fcsv', '-Fname,state'],
    ]) {
      const result = await bench.run(line);
      expect(result).toEqual({ status: 0, stderr: '', stdout: `name,state\n${WEB_1},running\n${WEB_2},running\n` });
    }
    const table = await bench.run(['list', 'instance', '-F', 'label,ip']);
    expect(table.stdout).toBe('LABEL  IP\nweb-1  10.31.2.10\nweb-2  10.31.2.14\n');
    expect((await bench.run(['list', 'instance', '-HF', 'label'])).stdout).toBe('web-1\nweb-2\n');
    expect((await bench.run(['list', 'shape', '-Hftabbed', '-Fname,ram'])).stdout).toContain('oc3\t7680\n');
  });

  it('puts the name first and shows lists and objects as JSON', async () => {
    const bench = await loggedIn();
    const { stdout } = await bench.run(['list', 'instance', '-f', 'tabbed']);
    const [heading, row] = stdout.split('\n').map((line) => line.split('\t'));
    expect(heading?.[0]).toBe('name');
    expect(JSON.parse(row?.[heading?.indexOf('networking') ?? -1] ?? '')).toMatchObject({ eth0: { nat: null } });
  });

  it('prints JSON under the key list, a member to a line', async () => {
    const bench = await loggedIn();
    const { stdout } = await bench.run(['-f', 'json', 'list', 'instance', '/Compute-acme', '-F', 'state']);
    expect(JSON.parse(stdout).list).toMatchObject([{ name: WEB_1, shape: 'oc3' }, { name: WEB_2 }]);
    expect(stdout.startsWith('{\n "list": [\n  {\n   "')).toBe(true);
    expect(stdout).toContain(`\n   "name": "${WEB_1}",\n`);
    const none = await bench.run(['-fjson', 'list', 'orchestration']);
    expect(JSON.parse(none.stdout)).toEqual({ list: [] });
  });

  it('takes filters of the service as the original does', async () => {
    const bench = await loggedIn();
    const { stdout } = await bench.run(['list', 'instance', '--label', 'web-2', '/Compute-acme', '-H', '-Fname']);
    expect(stdout).toBe(`${WEB_2}\n`);
    expect((await bench.run(['list', 'instance', '--state=stopped', '-F', 'name'])).stdout).toBe('NAME\n');
    const filters = ['--filter', 'label=web-2', '--filter=state=running', '--shape', 'oc3'];
    expect((await bench.run(['list', 'instance', ...filters, '-HFname'])).stdout).toBe(`${WEB_2}\n`);
    expect((await bench.run(['list', 'instance', '--filter', 'user=a=b', '-HFname'])).stdout).toBe('');
    const after = ['list', 'instance', '-HFname', '--', '/Compute-acme/', '--label', 'web-2'];
    expect((await bench.run([...after, '--state=running'])).stdout).toBe(`${WEB_2}\n`);
    expect(await bench.run([...after, '--stat', 'running'])).toMatchObject({ status: 0, stdout: '' });
  });

  it('shows an object by its name, whose slash is missing', async () => {
    const bench = await loggedIn();
    expect((await bench.run(['list', 'instance', WEB_1 ?? '', '-HFlabel'])).stdout).toBe('web-1\n');
    expect((await bench.run(['list', 'instance', `${JACK}//web-1`, '-HFlabel'])).stdout).toBe('web-1\n');
    expect((await bench.run(['list', 'orchestration', 'none', '-HFname'])).stdout).toBe('');
    expect((await bench.run(['list', 'orchestration', '-HFname'])).stdout).toBe('');
  });

  it.each([
    ['ipreservation', '/ip/reservation/Compute-acme/'],
    ['ip-reservations', '/ip/reservation/Compute-acme/'],
    ['ip/reservation', '/ip/reservation/Compute-acme/'],
    ['/ip/reservation/', '/ip/reservation/Compute-acme/'],
    ['IpReservation', '/ip/reservation/Compute-acme/'],
    ['sec-lists', '/seclist/Compute-acme/'],
    ['storage-volumes', '/storage/volume/Compute-acme/'],
    ['instances', '/instance/Compute-acme/'],
    ['shapes', '/shape/'],
    ['ipnetwork', '/network/v1/ipnetwork/Compute-acme/'],
    ['something', '/something/Compute-acme/'],
  ])('%s is %s', async (word, path) => {
    const bench = await loggedIn();
    await bench.run(['list', word]);
    expect(asked(bench)).toEqual([`GET ${path}`]);
  });

  it.each([
    ['/oracle/public', '/imagelist/oracle/public/'],
    ['oracle/public/', '/imagelist/oracle/public/'],
    ['Compute-acme/', '/imagelist/Compute-acme/'],
    ['Compute-acme/jack.jones@example.com/', `/imagelist${JACK}/`],
    ['mine/', `/imagelist${JACK}/mine/`],
    ['a b?c#d/', `/imagelist${JACK}/a b?c#d/`],
    ['/', '/imagelist/'],
  ])('the container %s is %s', async (container, path) => {
    const bench = await loggedIn();
    await bench.run(['list', 'imagelist', container]);
    expect(asked(bench)[0]).toBe(`GET ${path}`);
  });

  it('works with a token in OPC_COOKIE alone', async () => {
    const bench = await computeBench();
    const env = { OPC_API: bench.service.url, OPC_COOKIE: bench.service.issueToken() };
    const result = await bench.run(['list', 'instance', '-HFlabel'], { env });
    expect(result).toEqual({ status: 0, stdout: 'web-1\nweb-2\n', stderr: '' });
    expect(bench.service.logins).toBe(0);
  });
});

describe('discover', () => {
  it('shows names only, under a heading', async () => {
    const bench = await loggedIn();
    const line = ['discover', 'instance', JACK];
    expect((await bench.run(line)).stdout).toBe(`NAME\n${JACK}/web-1/\n${JACK}/web-2/\n`);
    expect((await bench.run([...line, '-H'])).stdout).toBe(`${JACK}/web-1/\n${JACK}/web-2/\n`);
    expect(JSON.parse((await bench.run([...line, '-fjson'])).stdout)).toEqual({
      list: [`${JACK}/web-1/`, `${JACK}/web-2/`],
    });
    const headers = new Map(bench.service.requests.at(-1)?.headers.map(([name, value]) => [name.toLowerCase(), value]));
    expect(headers.get('accept')).toBe('application/oracle-compute-v3+directory+json');
  });
});

describe('get', () => {
  it('shows one object as a row, or as it is', async () => {
    const bench = await loggedIn();
    expect((await bench.run(['get', 'instance', WEB_1 ?? '', '-F', 'vcable_id', '-H'])).stdout).toMatch(
      /^\/Compute-acme\/.+\n$/,
    );
    expect((await bench.run(['get', 'instance', `web-1/${EXAMPLE_INSTANCES['web-1']}`, '-HFlabel'])).stdout).toBe(
      'web-1\n',
    );
    expect(JSON.parse((await bench.run(['-fjson', 'get', 'shape', 'oc3'])).stdout)).toMatchObject({ name: 'oc3' });
    expect(
      (await bench.run(['get', 'imagelistentry', '/oracle/public/OL_7.2_UEKR4_x86_64', '1', '-HFversion'])).stdout,
    ).toBe('1\n');
  });
});

describe('refusals', () => {
  it.each<[number, string[], string]>([
    [2, ['list'], '<object> is missing'],
    [2, ['get', 'instance'], '<names..> is missing'],
    [2, ['get', 'instance', 'a', '--status', 'x'], 'unknown option --status'],
    [2, ['list', 'instance', '-x'], 'unknown option -x'],
    [2, ['list', 'instance', '--formt', 'json'], 'unknown option --formt; did you mean --format?'],
    [2, ['list', 'instance', '--no_header'], 'unknown option --no_header; did you mean --no-header?'],
    [
      2,
      ['list', 'instance', '--parallel', '3'],
      'list has no --parallel. To pass it to the service: --filter parallel=',
    ],
    [2, ['list', 'instance', '--froce'], 'unknown option --froce; did you mean --force?'],
    [2, ['list', 'instance', '--sate', 'x'], 'did you mean --state? To pass it to the service: --filter sate=VALUE'],
    [2, ['list', 'instance', '--filter', 'state'], '"state" is not NAME=VALUE'],
    [2, ['discover', 'instance', '--state', 'x'], 'unknown option --state'],
    [2, ['discover', 'instance', '--formt', 'x'], 'unknown option --formt; did you mean --format?'],
    [2, ['list', 'instance', '-F', 'nmae'], 'no field "nmae"; fields: name, '],
    [2, ['list', 'instance', '-F', ','], '--fields is empty'],
    [2, ['get', 'instance', 'web/'], 'a container is not an object'],
    [2, ['get', 'imagelistentry', 'x'], 'imagelistentry needs the name of the list and a version'],
    [2, ['list', 'imagelistentry'], 'list imagelistentry needs the name of the list'],
    [4, ['list', 'in stance'], '"in stance" is not a kind of object'],
    [4, ['list', '../instance'], '"../instance" is not a kind of object'],
    [4, ['list', ''], '"" is not a kind of object'],
    [4, ['get', 'instance', '/Compute-acme/../x'], 'is not the name of an object'],
    [4, ['get', 'instance', 'a\u0007b'], 'is not the name of an object'],
    [
      12,
      ['get', 'instance', 'nothing'],
      `no instance named "${JACK}/nothing"\nlist what there is: oracle-compute list instance`,
    ],
    [12, ['get', 'sec-list', 'a'], `no seclist named "${JACK}/a"`],
    [
      12,
      ['get', 'instnace', 'x'],
      'unknown kind of object "instnace"; did you mean "instance"?\nlist what there is: oracle-compute list instance',
    ],
    [12, ['list', 'orchestratoin'], 'unknown kind of object "orchestratoin"; did you mean "orchestration"?'],
    [12, ['list', 'nothing'], 'the service has no kind of object "nothing"'],
    [12, ['discover', 'shapse'], 'did you mean "shape"?'],
    [11, ['list', 'instance', '/Compute-other'], 'Access denied'],
  ])('%d: %j', async (status, line, message) => {
    const bench = await loggedIn();
    const result = await bench.run(line);
    expect(result).toMatchObject({ status, stdout: '' });
    expect(result.stderr).toContain(message);
    expect(result.stderr.split('\n')).toHaveLength(3);
  });

  it('does not wait for a login that the line does not need to fail', async () => {
    const bench = await computeBench();
    expect(await bench.run(['list', 'in stance'])).toMatchObject({ status: 4 });
    expect(bench.service.requests).toEqual([]);
  });

  it.each<[number, string, string, string]>([
    [7, 'text/html', '<html>login</html>', 'is text/html, not JSON'],
    [7, 'application/json', '<html>', 'is not the JSON that it says'],
    [7, 'application/json', '{"result": [{"name": "/a/b"}, {"na', 'ends in the middle of its JSON'],
    [7, 'application/json', '', 'ends in the middle of its JSON'],
    [7, 'application/json', '{"result": {"a": {"b": 1}}}', 'has no list in it'],
    [7, 'application/json', '[{"name": "/a/b"}]', 'has no list in it'],
    [7, 'application/json', '{"result": [{"name": "/a/b"}]} {}', 'is not the JSON that it says'],
    [7, 'application/json', `{"result": [${'['.repeat(5000)}`, 'is nested more than 200 deep'],
  ])('%d: a service that answers %s %s', async (status, type, body, message) => {
    const bench = await loggedIn();
    bench.service.faults.always('*', { instead: { status: 200, headers: { 'Content-Type': type }, body } });
    const result = await bench.run(['list', 'instance', '/Compute-acme/', '-fcsv', '-Fname']);

    expect(result.status).toBe(status);
    expect(result.stderr).toContain(message);
    expect(result.stderr.split('\n')).toHaveLength(3);
  });

  it('reads a compressed answer', async () => {
    const bench = await loggedIn();
    const body = '{"result": [{"name": "/a/b"}]}';
    bench.service.faults.always('*', compressed(200, 'application/json', body));
    expect(await bench.run(['list', 'seclist', '-H'])).toEqual({ status: 0, stdout: '/a/b\n', stderr: '' });
  });

  it('7: the same for one object', async () => {
    const bench = await loggedIn();
    for (const [type, body] of [
      ['application/json', `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`],
      ['application/json', `{"a":${'{"a":'.repeat(5000)}1${'}'.repeat(5001)}`],
      ['text/html', '<html>'],
      ['application/json', '{"name'],
    ] as const) {
      bench.service.faults.once('*', { instead: { status: 200, headers: { 'Content-Type': type }, body } });
      expect(await bench.run(['get', 'shape', 'oc3'])).toMatchObject({ status: 7, stdout: '' });
    }
  });
});

it.each([
  ['list', listCommand],
  ['add', addCommand],
  ['update', updateCommand],
] as const)('%s takes no option of a command that takes names for a parameter', (_, {
  builder,
  foreign = [],
  switches = [],
}) => {
  const similar = [getCommand, deleteCommand, startCommand, stopCommand, waitCommand];
  const options = new Set(similar.flatMap((command) => Object.keys(command.builder(new OptionList()).flags)));
  const known = [...Object.keys(builder(new OptionList()).flags), ...switches, ...foreign];
  expect([...options].filter((name) => !known.includes(name))).toEqual([]);
});
