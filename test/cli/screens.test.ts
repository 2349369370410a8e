import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { EXAMPLE_INSTANCES } from '../../fixtures/compute-service/resources/examples.js';
import { computeBench, MINUTE } from '../support/compute.js';
import { ociBench } from '../support/oci.js';
import { writeFileWithMode } from '../support/temporary-home.js';

const JACK = '/Compute-acme/jack.jones@example.com';
const [WEB_1 = '', WEB_2 = ''] = Object.entries(EXAMPLE_INSTANCES).map(([label, id]) => `${label}/${id}`);

async function loggedIn() {
  const bench = await computeBench();
  await bench.run(['auth']);
  /** What a terminal shows, as rows of cells. */
  const show = async (line: readonly string[], columns = 80) => {
    const { stdout, stderr } = await bench.run(line, { stdoutIsTTY: true, columns });
    const lines = stripVTControlCharacters(stdout).split('\n');
    for (const each of lines) expect(each.length).toBeLessThanOrEqual(columns);
    return { rows: lines.slice(0, -1).map((each) => each.split(/ {2,}/)), stdout, stderr };
  };
  return { ...bench, show };
}

describe('a list on a terminal', () => {
  it('has what people look for, without the container of all names, in 80 columns', async () => {
    const { show } = await loggedIn();
    const { rows, stderr } = await show(['list', 'instance']);
    expect(rows).toEqual([
      ['NAME', 'STATE', 'IP', 'SHAPE', 'LABEL'],
      [WEB_1, 'running', '10.31.2.10', 'oc3', 'web-1'],
      [WEB_2, 'running', '10.31.2.14', 'oc3', 'web-2'],
    ]);
    expect(stderr).toBe(`oracle-compute: names without ${JACK}/\n`);
    expect((await show(['list', 'instance', '-H'])).stderr).toBe('');
    expect((await show(['list', 'instance', '-q'])).stderr).toBe('');
  });

  it('still tells its rows apart in 60 columns', async () => {
    const { show } = await loggedIn();
    const { rows } = await show(['list', 'instance'], 60);
    expect(rows.slice(1)).toEqual([
      ['web-1/1b7b9d…0f6a0c6f7d11', 'running', '10.31.2.10', 'oc3', 'web-1'],
      ['web-2/2c8cae…1a7b1d7a8e22', 'running', '10.31.2.14', 'oc3', 'web-2'],
    ]);
  });

  it('of objects of several users keeps the users; of one object of another customer, all of its name', async () => {
    const { run, show } = await loggedIn();
    await run(['add', 'seclist', 'mine']);
    const { rows, stderr } = await show(['list', 'seclist', '/Compute-acme']);
    expect(rows).toEqual([
      ['NAME', 'POLICY', 'OUTBOUND CIDR POLICY'],
      ['default/default', 'DENY', 'PERMIT'],
      ['jack.jones@example.com/mine', 'DENY', 'PERMIT'],
    ]);
    expect(stderr).toBe('oracle-compute: names without /Compute-acme/\n');
    expect((await show(['list', 'shape'])).rows[1]).toEqual(['oc1m', '2', '15360']);
  });

  it('leaves the container out of every name', async () => {
    const { run, show } = await loggedIn();
    const rule = ['--src_list', `seclist:${JACK}/a`, '--dst_list', `seclist:${JACK}/b`, '--action', 'PERMIT'];
    await run(['add', 'secrule', ...rule, '--name', `${JACK}/rule`, '--application', '/oracle/public/ssh']);
    expect((await show(['list', 'secrule'])).rows).toEqual([
      ['NAME', 'ACTION', 'APPLICATION', 'SRC LIST', 'DST LIST'],
      ['rule', 'PERMIT', '/oracle/public/ssh', 'seclist:a', 'seclist:b'],
    ]);
  });

  it('has everything with -f wide, and exactly what -F asks for', async () => {
    const { run, show } = await loggedIn();
    const wide = await run(['list', 'instance', '-f', 'wide'], { stdoutIsTTY: true });
    const piped = await run(['list', 'instance']);
    expect(wide).toEqual(piped);
    expect(piped.stdout).toMatch(/^NAME +.*VCABLE_ID/);
    expect((await run(['list', 'instance', '-f', 'wide'])).stdout).toBe(piped.stdout);
    expect((await show(['list', 'instance', '-F', 'name'])).rows).toEqual([
      ['NAME'],
      [`${JACK}/${WEB_1}`],
      [`${JACK}/${WEB_2}`],
    ]);
  });
});

describe('one object', () => {
  it('is shown vertically on a terminal, and as a row in a pipe or for a field', async () => {
    const { run, show } = await loggedIn();
    expect((await show(['get', 'shape', 'oc3'])).rows).toEqual(
      expect.arrayContaining([
        ['name', 'oc3'],
        ['ram', '7680'],
      ]),
    );
    expect((await run(['get', 'shape', 'oc3', '-F', 'name,ram'])).stdout).toBe('NAME  RAM\noc3   7680\n');
    expect((await show(['get', 'shape', 'oc3', '-F', 'name,ram'])).rows).toEqual([
      ['NAME', 'RAM'],
      ['oc3', '7680'],
    ]);
    await run(['add', 'seclist', 'x', '--tags', '["a", "b\\u001b[2J"]', '--note', '']);
    const { rows, stdout } = await show(['get', 'seclist', 'x']);
    expect(rows).toEqual(
      expect.arrayContaining([
        ['tags', 'a, b [2J'],
        ['note', '-'],
      ]),
    );
    expect(stdout).not.toContain('\u001b');
  });
});

const [RED, GREEN, YELLOW] = ['\u001b[31m', '\u001b[32m', '\u001b[33m'];

describe('sessions on a terminal', () => {
  it('are shown with the time left before dates, in colors', async () => {
    const { show, pass } = await loggedIn();
    pass(500);
    expect((await show(['status'])).stdout).toContain(`token       ${GREEN}in 30 min, 2026-03-01 12:30:00 UTC`);
    expect((await show(['status', '--all'])).rows).toEqual([
      ['USER', 'STATE', 'TOKEN EXPIRES', 'SESSION EXPIRES', 'ENDPOINT'],
      [expect.stringMatching(/^\/Compute-acme.*example\.com$/), 'valid', 'in 30 min', 'in 3 h', expect.any(String)],
    ]);
    pass(25 * MINUTE);
    expect((await show(['status'])).stdout).toContain(`token       ${YELLOW}in 5 min,`);
    pass(10 * MINUTE);
    expect((await show(['status'])).stdout).toContain(`token       ${RED}expired 5 min ago, 2026-03-01 12:30:00 UTC`);
    expect((await show(['status', '--all'])).stdout).toContain(`${RED}expired`);
  });

  it.each([
    [['--no-color'], {}],
    [[], { NO_COLOR: '1' }],
    [[], { TERM: 'dumb' }],
  ])('have no colors for %j, %j', async (flags, variables) => {
    const { run, env } = await loggedIn();
    for (const words of [['status'], ['status', '--all'], ['doctor']]) {
      const { stdout } = await run([...words, ...flags], { stdoutIsTTY: true, env: { ...env, ...variables } });
      expect(stdout).not.toContain('\u001b');
    }
    const empty = await run(['status'], { stdoutIsTTY: true, env: { ...env, NO_COLOR: '' } });
    expect(empty.stdout).toContain(GREEN);
  });

  it('of OCI, too', async () => {
    const { run, addSession, home, pass } = await ociBench();
    await addSession('A');
    pass(55 * MINUTE);
    await addSession('B');
    await addSession('C');
    rmSync(join(home, '.oci', 'sessions', 'C', 'token'));
    const { stdout } = await run(['session', 'list'], { stdoutIsTTY: true });
    const rows = stripVTControlCharacters(stdout).trimEnd().split('\n');
    expect(rows.map((row) => row.trim().split(/ {2,}/))).toEqual([
      ['PROFILE', 'STATE', 'REGION', 'TOKEN EXPIRES', 'SESSION EXPIRES'],
      ['A', 'expiring', 'emu-local-1', 'in 5 min', 'in 23 h 5 min'],
      ['B', 'valid', 'emu-local-1', 'in 1 h', 'in 24 h'],
      ['C', 'broken: token file missing', 'emu-local-1'],
    ]);
    for (const each of [`${YELLOW}expiring`, `${GREEN}valid`, `${RED}broken`]) expect(stdout).toContain(each);
  });
});

describe('doctor on a terminal', () => {
  it('says in color what is wrong, and how many checks passed', async () => {
    const { run, show, home } = await loggedIn();
    const good = await show(['doctor']);
    expect(good.stdout).toContain(`${GREEN}pass`);
    expect(good.stdout).toMatch(/\n\n\d+ passed, .*0 failed.*, \d+ notes\n$/);
    expect(good.stdout).not.toContain('HTTP');

    writeFileWithMode(join(home, '.opc', 'profiles', 'default'), '{"compute": 1');
    const bad = await show(['doctor']);
    expect(bad.stdout).toMatch(/ {17}-> check it: cat /);
    expect(bad.stdout).toContain(`${RED}1 failed`);
    for (const [first = ''] of bad.rows.slice(0, -2)) expect(first).toMatch(/^(?:pass|fail|note|)$/);

    expect((await show(['doctor', '-q'])).stdout).toMatch(/^.*fail.* profile .*\n(?: {17}.*\n)+$/);
    const piped = (await run(['doctor'])).stdout.trimEnd().split('\n');
    for (const line of piped) expect(line).toMatch(/^(?:pass|fail|note) {2}\S+ +\S/);
  });
});
