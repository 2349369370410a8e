import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type OciBench, ociBench } from '../support/oci.js';
import { filesBelow, temporaryHome } from '../support/temporary-home.js';

/** The bytes of a session's own files. */
const filesOf = ({ home }: OciBench, folder = 'T') =>
  ['token', 'oci_api_key.pem', 'oci_api_key_public.pem'].map((name) =>
    readFileSync(join(home, '.oci', 'sessions', folder, name), 'utf8'),
  );

async function withArchive() {
  const bench = await ociBench();
  await bench.addSession('T');
  const archive = join(temporaryHome(), 'session.zip');
  expect((await bench.run(['session', 'export', '--profile', 'T', '--output-file', archive])).status).toBe(0);
  const other = join(temporaryHome(), 'config');
  return { ...bench, bench, archive, other };
}

describe('a profile of the same name in another config file', () => {
  it.each([
    'a login',
    'an import',
  ])('keeps its token and key through %s, a refresh and the end of the new one', async (by) => {
    const { bench, archive, other, run, logIn, clock } = await withArchive();
    const before = filesOf(bench);
    const config = ['--config-file', other, '--profile', 'T'];
    const added =
      by === 'a login'
        ? await logIn(['--config-location', other, '--profile-name', 'T'])
        : await run(['session', 'import', '--session-archive', archive, '--config-file', other]);
    expect(added.status).toBe(0);
    expect(readFileSync(other, 'utf8')).toContain(join('sessions', 'T-2', 'token'));
    for (const line of [
      ['session', 'validate', ...config],
      ['session', 'refresh', ...config],
    ]) {
      expect((await run(line)).status).toBe(0);
    }
    clock.time += 60_000;
    // Once more: the folder is its own now.
    expect((await logIn(['--config-location', other, '--profile-name', 'T'])).status).toBe(0);
    expect(readFileSync(other, 'utf8')).toContain(join('sessions', 'T-2', 'token'));
    expect((await run(['session', 'terminate', ...config])).status).toBe(0);
    expect(filesBelow(join(bench.home, '.oci', 'sessions'))).toEqual([
      'T 700',
      'T/oci_api_key.pem 600',
      'T/oci_api_key_public.pem 600',
      'T/token 600',
    ]);
    expect(filesOf(bench)).toEqual(before);
    expect((await run(['session', 'validate', '--profile', 'T'])).status).toBe(0);
  });

  it('keeps them where both name the same files', async () => {
    const { bench, other, run, logIn, configFile } = await withArchive();
    const before = filesOf(bench);
    cpSync(configFile, other);
    expect((await logIn(['--config-location', other, '--profile-name', 'T'])).status).toBe(0);
    expect(filesOf(bench)).toEqual(before);
    cpSync(configFile, other);
    const { status, stderr } = await run(['session', 'terminate', '--config-file', other, '--profile', 'T']);
    expect([status, stderr]).toEqual([0, expect.stringContaining('left where they are')]);
    expect(filesOf(bench)).toEqual(before);
  });

  it('keeps them where another profile of the same file names them', async () => {
    const { bench, logIn, configFile } = await withArchive();
    const before = filesOf(bench);
    const text = readFileSync(configFile, 'utf8');
    writeFileSync(configFile, `${text}\n${text.replace('[T]', '[COPY]')}`);
    expect((await logIn(['--profile-name', 'T'])).status).toBe(0);
    expect(filesOf(bench)).toEqual(before);
  });
});

describe('validate', () => {
  it.each([[['--local']], [[]]])('with %j compares fingerprint, key and token before it says valid', async (flags) => {
    const { bench, run, configFile, addSession } = await withArchive();
    const line = ['session', 'validate', '--profile', 'T', ...flags];
    const text = readFileSync(configFile, 'utf8');
    writeFileSync(
      configFile,
      text.replace(/fingerprint=../, (own) => (own === 'fingerprint=00' ? 'fingerprint=11' : 'fingerprint=00')),
    );
    const wrong = await run(line);
    expect([wrong.status, wrong.stderr]).toEqual([4, expect.stringContaining('fingerprint in the profile [T]')]);
    writeFileSync(configFile, text);
    expect((await run(line)).status).toBe(0);
    await addSession('OTHER');
    cpSync(join(bench.home, '.oci', 'sessions', 'OTHER', 'token'), join(bench.home, '.oci', 'sessions', 'T', 'token'));
    expect((await run(line)).status).toBe(4);
  });
});

describe('an archive', () => {
  /** The archive of a session whose config says something else. */
  async function archiveSaying(change: (config: string) => string) {
    const made = await withArchive();
    const { bench, configFile, run, archive } = made;
    const text = readFileSync(configFile, 'utf8');
    writeFileSync(configFile, change(text));
    const name = /\[(.+)\]/.exec(change(text))?.[1] ?? '';
    const line = ['session', 'export', '--force', '--profile', name, '--output-file', archive];
    expect((await run(line)).status).toBe(0);
    writeFileSync(configFile, text);
    const home = temporaryHome();
    mkdirSync(join(home, '.oci'), { mode: 0o700 });
    const importIt = (...flags: string[]) =>
      run(['session', 'import', '--session-archive', archive, ...flags], { home });
    return { bench, home, importIt, config: () => readFileSync(join(home, '.oci', 'config'), 'utf8') };
  }

  it('does not name itself DEFAULT', async () => {
    const { importIt, home, config } = await archiveSaying((text) => text.replace('[T]', '[DEFAULT]'));
    const refused = await importIt();
    expect([refused.status, refused.stderr]).toEqual([4, expect.stringContaining('--profile-name NAME')]);
    expect(filesBelow(home)).toEqual(['.oci 700']);
    expect((await importIt('--profile-name', 'DEFAULT')).status).toBe(0);
    expect(config()).toContain('[DEFAULT]');
  });

  it.each([
    'atlantis-1',
    'evil.example',
    'evil.example:8443',
    '198.51.100.7',
    'us-ashburn-1.evil.example',
  ])('does not choose the region %s', async (region) => {
    const { importIt, home, config, bench } = await archiveSaying((text) =>
      text.replace(/region=.*/, `region=${region}`),
    );
    const refused = await importIt();
    expect([refused.status, refused.stderr]).toEqual([4, expect.stringContaining('--region REGION')]);
    expect(filesBelow(home)).toEqual(['.oci 700']);
    expect((await importIt('--region', bench.service.region)).status).toBe(0);
    expect(config()).toContain(`region=${bench.service.region}\n`);
  });

  it('brings no further keys, unless it is asked to', async () => {
    const { importIt, config } = await archiveSaying((text) => `${text}log_requests=True\n`);
    const { status, stderr } = await importIt();
    expect([status, stderr]).toEqual([0, expect.stringContaining('(--keep-keys): log_requests')]);
    expect(config()).not.toContain('log_requests');
    expect((await importIt('--force', '--keep-keys')).status).toBe(0);
    expect(config()).toContain('log_requests=True');
  });

  it('holds what is written in the profile, whatever variables say', async () => {
    const { bench, run, env, archive, addSession, storedToken } = await withArchive();
    await addSession('OTHER');
    const folder = join(bench.home, '.oci', 'sessions', 'OTHER');
    const variables = {
      OCI_CLI_SECURITY_TOKEN_FILE: join(folder, 'token'),
      OCI_CLI_KEY_FILE: join(folder, 'oci_api_key.pem'),
      OCI_CLI_REGION: 'us-ashburn-1',
      OCI_CLI_TENANCY: 'ocid1.tenancy.oc1..other',
    };
    const line = ['session', 'export', '--profile', 'T', '--force', '--output-file', archive];
    expect((await run(line, { env: { ...env, ...variables } })).status).toBe(0);
    expect((await run(['session', 'import', '--session-archive', archive, '--profile-name', 'N'])).status).toBe(0);
    expect(storedToken('N')).toBe(storedToken('T'));
    expect(await bench.profile('N')).toMatchObject({
      region: bench.service.region,
      tenancy: (await bench.profile('T')).tenancy,
    });
  });
});
