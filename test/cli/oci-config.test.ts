import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MINUTE } from '../support/compute.js';
import { type OciBench, ociBench } from '../support/oci.js';
import { cleanEnvironment, OCI_PROGRAM, runProgram } from '../support/program.js';
import { filesBelow, modeOf } from '../support/temporary-home.js';

const OURS = [process.execPath, OCI_PROGRAM];

/** Runs the built program on the home folder of a bench whose service runs by the real clock. */
function program({ home, env }: OciBench, line: string[]) {
  return runProgram(line, { env: cleanEnvironment(home, env), cwd: home }, OURS);
}

const byTheRealClock = () => ociBench({ clock: Date.now }, Date.now());

describe('a config file that somebody keeps by hand', () => {
  const start = [
    '\uFEFF# my config = precious; 100%',
    '[DEFAULT]',
    'user = ocid1.user.oc1..me',
    '; pass_phrase=old',
    'pass_phrase=s3cret%20=x',
    '',
    '   ',
    '[ODD]   # an API key',
    'Key_File   =   ~/Keys/My Key.pem',
    'FINGERPRINT:aa:bb',
    'custom_thing = 1',
    '  continued here',
    '',
  ].join('\r\n');
  const end = ['', '# the end', '[LAST]', 'tenancy=t', '# no line break after this'].join('\r\n');

  async function withSession() {
    const bench = await ociBench();
    await bench.addSession('T');
    const values = await bench.profile('T');
    const section = [
      '[T]',
      '# mine',
      `Region = ${values.region}`,
      `key_file=${values.key_file}  `,
      'compartment-id =  c = d % e',
      `FingerPrint= ${values.fingerprint}`,
      `tenancy=${values.tenancy}`,
      '',
      `security_token_file : ${values.security_token_file}`,
      '# about T',
      '',
    ].join('\r\n');
    writeFileSync(bench.configFile, start + section + end, { mode: 0o600 });
    return {
      ...bench,
      section,
      fingerprint: values.fingerprint ?? '',
      text: () => readFileSync(bench.configFile, 'utf8'),
    };
  }

  it('keeps every other byte through refresh and validate', async () => {
    const { run, section, text, pass } = await withSession();
    pass(MINUTE);
    expect((await run(['session', 'refresh', '--profile', 'T'])).status).toBe(0);
    expect((await run(['session', 'validate', '--profile', 'T'])).status).toBe(0);
    expect(text()).toBe(start + section + end);
  });

  it('… through a login over a session: only the fingerprint is another', async () => {
    const { logIn, run, section, fingerprint, text, profile } = await withSession();
    expect((await logIn(['--profile-name', 'T'])).status).toBe(0);
    const now = (await profile('T')).fingerprint ?? '';
    expect(now).not.toBe(fingerprint);
    expect(text()).toBe(start + section.replace(fingerprint, now) + end);
    expect((await run(['session', 'validate', '--profile', 'T'])).status).toBe(0);
  });

  it('… through export, import under another name, and terminate', async () => {
    const { run, section, text, home, profile } = await withSession();
    expect((await run(['session', 'export', '--profile', 'T', '--output-file', 'x'])).status).toBe(0);
    expect(text()).toBe(start + section + end);
    const imported = await run(['session', 'import', '--session-archive', 'x.zip', '--profile-name', 'U']);
    expect(imported.status, imported.stderr).toBe(0);
    const { fingerprint, tenancy, region } = await profile('U');
    const folder = join(home, '.oci', 'sessions', 'U');
    expect(text()).toBe(
      [
        start + section + end,
        '',
        '',
        '[U]',
        `fingerprint=${fingerprint}`,
        `key_file=${folder}/oci_api_key.pem`,
        `tenancy=${tenancy}`,
        `region=${region}`,
        `security_token_file=${folder}/token`,
        '',
      ].join('\r\n'),
    );
    expect((await run(['session', 'terminate', '--profile', 'U'])).status).toBe(0);
    // The line break that the last line lacked is all that stays.
    expect(text()).toBe(`${start}${section}${end}\r\n`);
  });

  it('… through terminate of a session in its middle', async () => {
    const { run, text } = await withSession();
    expect((await run(['session', 'terminate', '--profile', 'T'])).status).toBe(0);
    expect(text()).toBe(`${start}# about T\r\n${end}`);
    for (const profile of ['ODD', 'DEFAULT', 'LAST']) {
      expect((await run(['session', 'terminate', '--profile', profile])).status).toBe(4);
    }
    expect(text()).toBe(`${start}# about T\r\n${end}`);
  });

  it('is replaced where it is write-protected, too, and that is said', async () => {
    const { run, logIn, addSession, configFile } = await ociBench();
    await addSession('T');
    const note = `oci: ${configFile} is write-protected (mode 400); a change replaces it all the same, with mode 600\n`;
    const archive = ['--session-archive', 'x.zip', '--profile-name', 'U'];
    expect((await run(['session', 'export', '--profile', 'T', '--output-file', 'x'])).status).toBe(0);
    const lines: [string, () => ReturnType<typeof run>][] = [
      ['login', () => logIn(['--profile-name', 'T'])],
      ['import', () => run(['session', 'import', ...archive])],
      ['terminate', () => run(['session', 'terminate', '--profile', 'U'])],
    ];
    for (const [what, line] of lines) {
      chmodSync(configFile, 0o400);
      const { status, stderr } = await line();
      expect(status, `${what}: ${stderr}`).toBe(0);
      expect(stderr.split(note), `${what}: ${stderr}`).toHaveLength(2);
      expect(modeOf(configFile)).toBe('600');
    }
    chmodSync(configFile, 0o400);
    for (const line of ['validate', 'refresh', 'list']) {
      expect((await run(['session', line, '--profile', 'T'])).stderr).not.toContain('write-protected');
    }
    const spared = await logIn(['--profile-name', 'T', '--min-valid', '2h']);
    expect([spared.status, spared.stderr.includes('write-protected')]).toEqual([0, false]);
    expect((await logIn(['--profile-name', 'V', '-q'])).stderr).not.toContain('write-protected');
  });

  it('packs nothing of [DEFAULT], and what it packs only its owner can read', async () => {
    const { run, home } = await withSession();
    const { stderr } = await run(['session', 'export', '--profile', 'T', '--output-file', '~/x.zip']);
    expect(stderr).toContain('left out, because only this machine has a use for it: compartment-id');
    expect(filesBelow(home)).toContain('x.zip 600');
    const { unpackMembers } = await import('../../lib/oci/archive/archive-reader.js');
    const members = await unpackMembers(readFileSync(join(home, 'x.zip')), 'x', ['config']);
    const config = members.get('config')?.toString() ?? '';
    expect(config).toContain('[T]\n');
    expect(config).not.toMatch(/user|pass_phrase|s3cret|DEFAULT|ODD/);
  });
});

describe('several processes at once', () => {
  it('edit several profiles of one config file, and lose nothing', async () => {
    const bench = await byTheRealClock();
    const names = ['A', 'B', 'C', 'D'];
    for (const name of ['source', ...names]) await bench.addSession(name);
    expect((await bench.run(['session', 'export', '--profile', 'source', '--output-file', 'x'])).status).toBe(0);
    writeFileSync(bench.configFile, `# keep\n${readFileSync(bench.configFile, 'utf8')}`);
    const results = await Promise.all(
      names.flatMap((name) => [
        program(bench, ['session', 'terminate', '--profile', name]),
        program(bench, ['session', 'import', '--session-archive', 'x.zip', '--profile-name', `${name}2`]),
      ]),
    );
    expect(results.map(({ status, stderr }) => (status === 0 ? '' : stderr))).toEqual(results.map(() => ''));
    const { stdout } = await bench.run(['session', 'list', '-f', 'csv', '-H', '-F', 'profile,state']);
    expect(stdout.trim().split('\n').sort()).toEqual(['A2,valid', 'B2,valid', 'C2,valid', 'D2,valid', 'source,valid']);
    expect(readFileSync(bench.configFile, 'utf8')).toMatch(/^# keep\n/);
  });

  it('import under one name: one of them gets it', async () => {
    const bench = await byTheRealClock();
    await bench.addSession('T');
    expect((await bench.run(['session', 'export', '--profile', 'T', '--output-file', 'x'])).status).toBe(0);
    const line = ['session', 'import', '--session-archive', 'x.zip', '--profile-name', 'N'];
    const results = await Promise.all(Array.from({ length: 3 }, () => program(bench, line)));
    expect(results.map(({ status }) => status).sort()).toEqual([0, 2, 2]);
    expect((await bench.run(['session', 'validate', '--profile', 'N'])).status).toBe(0);
  });

  it('refresh one session with one request', async () => {
    const bench = await byTheRealClock();
    await bench.addSession('T', { loggedInAt: Date.now() - 50 * MINUTE });
    const line = ['session', 'refresh', '-q', '--min-valid', '30m', '--profile', 'T'];
    const results = await Promise.all(Array.from({ length: 4 }, () => program(bench, line)));
    expect(results.map(({ status, stdout, stderr }) => [status, stdout, stderr])).toEqual(
      results.map(() => [0, '', '']),
    );
    expect(bench.service.counters.refreshes).toBe(1);
  });
});
