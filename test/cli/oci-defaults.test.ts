import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MINUTE } from '../support/compute.js';
import { addressIn, ociBench } from '../support/oci.js';
import { cleanEnvironment, OCI_PROGRAM, runProgram } from '../support/program.js';
import { writeFileWithMode } from '../support/temporary-home.js';

const LIST = ['iam', 'region', 'list', '--auth', 'security_token'];

/** A session T, and nothing on the line or in variables that says where its region is. */
async function withDefaults(rc = '', options: Parameters<typeof ociBench>[0] = {}) {
  const bench = await ociBench(options);
  await bench.addSession('T');
  const write = (text: string) => writeFileWithMode(join(bench.home, '.oci', 'oci_cli_rc'), text);
  write(rc);
  const { OCI_CLI_REGION: _, OCI_CLI_CERT_BUNDLE: bundle = '', ...env } = bench.env;
  const run = (line: readonly string[], more: Record<string, string> = {}) =>
    bench.run(line, { env: { ...env, ...more } });
  return { ...bench, write, bundle, run, env };
}

describe('Oracle’s file with defaults', () => {
  it('says where a session’s services are, after line and variables, before the profile', async () => {
    const { run, write, bundle, service, clock } = await withDefaults();
    const trust = { OCI_CLI_CERT_BUNDLE: bundle };
    const ofT = (text: string) => write(`[T]\n${text}\n`);
    const line = [...LIST, '--profile', 'T'];
    const host = async (...parameters: Parameters<typeof run>) => {
      const { status, stderr } = await run(...parameters);
      expect(status, stderr).toBe(0);
      return service.requests.at(-1)?.host;
    };
    const identityOf = (region: string) => `identity.${region}.oci.localhost:${service.port}`;
    const second = { OCI_REGION_METADATA: JSON.stringify(service.metadata[1]), ...trust };
    expect(await host(line, trust)).toBe(identityOf('emu-local-1'));
    ofT('region = emu-local-2');
    expect(await host(line, second)).toBe(identityOf('emu-local-2'));
    clock.time += 50 * MINUTE;
    expect(await host(['session', 'refresh', '--profile', 'T'], second)).toBe(
      `auth.emu-local-2.localhost:${service.port}`,
    );
    expect(await host([...line, '--region', 'emu-local-1'], trust)).toBe(identityOf('emu-local-1'));
    expect(await host(line, { ...trust, OCI_CLI_REGION: 'emu-local-1' })).toBe(identityOf('emu-local-1'));
    ofT(`endpoint = https://localhost:${service.port}`);
    expect(await host(line, trust)).toBe(`localhost:${service.port}`);
    // It is the address of a service, and not of the one that refreshes.
    expect(await host(['session', 'refresh', '--profile', 'T'], trust)).toMatch(/^auth\.emu-local-1\./);
  });

  it('names the authorities to trust, by ~ and variables too', async () => {
    const { run, write, home, bundle } = await withDefaults();
    const line = [...LIST, '--profile', 'T'];
    expect((await run(line)).status).toBe(3);
    for (const path of [bundle, '~/ca.pem', '$HOME/ca.pem', '$' + '{HOME}/ca.pem']) {
      write(`[T]\ncert-bundle = ${path}\n`);
      const { status, stderr } = await run(line, { HOME: home });
      expect(status, `${path}: ${stderr}`).toBe(0);
    }
    expect((await run(line, { OCI_CLI_CERT_BUNDLE: join(home, 'none.pem') })).stderr).toContain('none.pem');
    write('[T]\ncert-bundle = /nowhere/ca.pem\n');
    expect((await run(line)).stderr).toContain('/nowhere/ca.pem');
  });

  it('says how a result looks, more of a command before less of it, and [DEFAULT] beside the profile', async () => {
    const { run, write, bundle } = await withDefaults();
    const line = [...LIST, '--profile', 'T'];
    const isTable = async (rc: string, ...flags: string[]) => {
      write(rc);
      const { status, stdout, stderr } = await run([...line, ...flags], { OCI_CLI_CERT_BUNDLE: bundle });
      expect(status, stderr).toBe(0);
      return stdout.startsWith('+--');
    };
    expect(await isTable('[T]\noutput = table\n')).toBe(true);
    expect(await isTable('[T]\noutput = table\n', '--output', 'json')).toBe(false);
    expect(await isTable('[T]\noutput = table\n', '-f', 'csv')).toBe(false);
    expect(await isTable('[T]\noutput = table\niam.region.list.output = json\n')).toBe(false);
    expect(await isTable('[T]\niam.output = table\n')).toBe(true);
    expect(await isTable('[T]\nos.output = table\n')).toBe(false);
    expect(await isTable('[DEFAULT]\noutput = table\n[T]\nquery_of_mine = x\n')).toBe(true);
    expect(await isTable('[DEFAULT]\noutput = table\n[U]\noutput = table\n')).toBe(false);
    expect(await isTable('[T]\nraw_output = true\n')).toBe(false);
  });

  it('turns on what it says, and sends every request once', async () => {
    const { run, write, bundle, service } = await withDefaults('[T]\ndebug = True\nno_retry = on\n');
    const trust = { OCI_CLI_CERT_BUNDLE: bundle };
    const line = ['session', 'validate', '--profile', 'T'];
    expect((await run(line, trust)).stderr).toContain('/20160918/regions');
    service.faults.always('list-regions', { kind: 'status', status: 503 });
    const count = async (...more: string[]) => {
      const before = service.requests.length;
      expect((await run([...line, ...more], trust)).status).toBe(3);
      return service.requests.length - before;
    };
    expect(await count()).toBe(1);
    expect(await count('--max-retries', '2')).toBe(3);
    write('[T]\ndebug = off\nno_retry = 0\n');
    expect(await count()).toBe(3);
    expect((await run(line, trust)).stderr).not.toContain('/20160918/regions');
  });

  it('answers the question for the region of a login, by its default profile too', async () => {
    const { run, write } = await withDefaults();
    write('[OCI_CLI_SETTINGS]\ndefault_profile = W\n[W]\nregion = eu-frankfurt-1\n');
    const line = ['session', 'authenticate', '--profile-name', 'N', '--callback-port', '0', '--timeout', '0.2'];
    const { status, stderr } = await run(line);
    expect([status, new URL(addressIn(stderr) ?? '').hostname]).toEqual([10, 'login.eu-frankfurt-1.oraclecloud.com']);
    expect((await run(line, { OCI_CLI_PROFILE: 'X' })).stderr).toContain('no region given');
  });

  it('is passed over for the usual one where the one that is named does not exist', async () => {
    const { run, home, bundle } = await withDefaults('[T]\noutput = table\n');
    const line = [...LIST, '--profile', 'T', '--cli-rc-file', join(home, 'none')];
    const trust = { OCI_CLI_CERT_BUNDLE: bundle };
    expect((await run(line, trust)).stdout).toMatch(/^\+--/);
    rmSync(join(home, '.oci', 'oci_cli_rc'));
    writeFileWithMode(join(home, '.oci', 'cli-defaults'), '[T]\niam.output = table\n');
    expect((await run(line, { ...trust, OCI_CLI_RC_FILE: join(home, 'neither') })).stdout).toMatch(/^\+--/);
  });

  it('is the usual one, even if a variable names another; that one may begin with $HOME', async () => {
    const { run, home, bundle } = await withDefaults('[T]\noutput = json\n');
    const trust = { HOME: home, OCI_CLI_CERT_BUNDLE: bundle };
    const other = writeFileWithMode(join(home, 'other_rc'), '[T]\noutput = table\n');
    const isTable = async (more: Record<string, string>, ...flags: string[]) =>
      (await run([...LIST, '--profile', 'T', ...flags], { ...trust, ...more })).stdout.startsWith('+--');
    expect(await isTable({ OCI_CLI_RC_FILE: other })).toBe(false);
    expect(await isTable({}, '--cli-rc-file', '$HOME/other_rc')).toBe(true);
    rmSync(join(home, '.oci', 'oci_cli_rc'));
    expect(await isTable({ OCI_CLI_RC_FILE: '$HOME/other_rc' })).toBe(true);
    expect(await isTable({ OCI_CLI_RC_FILE: other }, '--cli-rc-file', '/dev/null')).toBe(false);
  });

  it('says how to authenticate, for a command too', async () => {
    const { run, write, bundle } = await withDefaults();
    const status = async (rc: string) => {
      write(rc);
      return (await run(['iam', 'region', 'list', '--profile', 'T'], { OCI_CLI_CERT_BUNDLE: bundle })).status;
    };
    expect(await status('[T]\nauth = security_token\n')).toBe(0);
    expect(await status('[T]\niam.auth = security_token\n')).toBe(0);
    expect(await status('[T]\nauth = security_token\niam.region.list.auth = api_key\n')).toBe(2);
    expect(await status('[T]\nos.auth = security_token\n')).toBe(2);
  });

  it('names the default profile in its own section only', async () => {
    const { run, write, bundle } = await withDefaults();
    const status = async (rc: string) => {
      write(rc);
      return (await run(LIST, { OCI_CLI_CERT_BUNDLE: bundle })).status;
    };
    expect(await status('[OCI_CLI_SETTINGS]\ndefault_profile = T\n')).toBe(0);
    expect(await status('[DEFAULT]\ndefault_profile = T\n[OCI_CLI_SETTINGS]\nx = y\n')).toBe(4);
  });

  it('decides nothing of what an export or an import contains', async () => {
    const { run, profile, home } = await withDefaults('[DEFAULT]\nregion = eu-frankfurt-1\n[T]\nx = y\n');
    const archive = join(home, 's.zip');
    expect((await run(['session', 'export', '--profile', 'T', '--output-file', archive])).status).toBe(0);
    const line = ['session', 'import', '--session-archive', archive, '--profile-name', 'N', '--profile', 'T'];
    const { status, stderr } = await run(line);
    expect(status, stderr).toBe(0);
    expect(await profile('N')).toMatchObject({ region: 'emu-local-1' });
  });

  it('with a query sends the list of regions to the next oci, and without one refuses it', async () => {
    const { home, env, run, bundle } = await withDefaults('[T]\nquery = data[0].name\n');
    const other = join(home, 'bin', 'oci');
    writeFileWithMode(other, '#!/bin/sh\necho "$@"\n', 0o755);
    const built = (path: string) => {
      const environment = cleanEnvironment(home, { ...env, OCI_CLI_CERT_BUNDLE: bundle, PATH: path });
      return runProgram([...LIST, '--profile', 'T'], { env: environment }, [process.execPath, OCI_PROGRAM]);
    };
    expect(await built(join(home, 'bin'))).toMatchObject({ status: 0, stdout: `${LIST.join(' ')} --profile T\n` });
    const alone = await built('/nowhere');
    expect([alone.status, alone.stdout]).toEqual([2, '']);
    expect(alone.stderr).toContain(`query in ${join(home, '.oci', 'oci_cli_rc')} is not supported`);
    // What prints no data has nothing to query.
    expect((await run(['session', 'validate', '--local', '--profile', 'T'])).status).toBe(0);
  });

  it('counts for the refresh before a line that is handed on', async () => {
    const { home, bundle, clock, service, run, write } = await withDefaults();
    write(`[T]\ncert-bundle = ${bundle}\nregion = emu-local-2\n`);
    writeFileWithMode(join(home, 'bin', 'oci'), '#!/bin/sh\n', 0o755);
    clock.time += 57 * MINUTE;
    const line = ['os', 'ns', 'get', '--profile', 'T', '--auth', 'security_token'];
    const metadata = JSON.stringify(service.metadata[1]);
    const result = await run(line, { PATH: join(home, 'bin'), OCI_REGION_METADATA: metadata });
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(service.requests.at(-1)).toMatchObject({
      operation: 'refresh',
      host: `auth.emu-local-2.localhost:${service.port}`,
    });
  });
});
