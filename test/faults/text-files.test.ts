import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { computeBench, tokenIn } from '../support/compute.js';
import { ociBench } from '../support/oci.js';
import { writeFileWithMode } from '../support/temporary-home.js';

const MARK = '\uFEFF';

/** As Notepad and PowerShell write a text. */
const asOnWindows = (text: string) => `${MARK}${text.replace(/\r?\n/g, '\r\n')}`;
const rewrite = (path: string, change: (text: string) => string | Uint8Array) =>
  writeFileWithMode(path, change(readFileSync(path, 'utf8')));
const asUtf16 = (text: string) => Buffer.from(`${MARK}${text}`, 'utf16le');

describe('a file with a byte order mark and CRLF is the same text', () => {
  it('as a password, in a file and on standard input', async () => {
    const bench = await computeBench();
    rewrite(bench.passwordFile, asOnWindows);
    expect(tokenIn((await bench.run(['auth'])).stdout)).not.toBe('');
    const stdin = asOnWindows(`${bench.service.password}\n`);
    expect((await bench.run(['auth', '-p', '-'], { stdin })).status).toBe(0);
    expect(bench.service.requests.map(({ status }) => status)).toEqual([204, 204]);
  });

  it('as a profile', async () => {
    const bench = await computeBench();
    const compute = { endpoint: bench.service.url, user: bench.service.user, 'password-file': bench.passwordFile };
    const profile = JSON.stringify({ compute }, undefined, 2);
    writeFileWithMode(join(bench.home, '.opc', 'profiles', 'default'), asOnWindows(profile));
    expect((await bench.run(['auth'], { env: {} })).status).toBe(0);
  });

  it('as the config, token and key of an OCI session, as a bundle of authorities, and as region metadata', async () => {
    const bench = await ociBench();
    await bench.addSession('T');
    const session = join(bench.home, '.oci', 'sessions', 'T');
    const { OCI_REGION_METADATA, OCI_CLI_CERT_BUNDLE = '', ...env } = bench.env;
    const regions = join(bench.home, '.oci', 'regions-config.json');
    writeFileWithMode(regions, `[${OCI_REGION_METADATA}]`);
    const written = [bench.configFile, join(session, 'token'), join(session, 'oci_api_key.pem'), regions];
    for (const path of [...written, OCI_CLI_CERT_BUNDLE]) rewrite(path, asOnWindows);
    bench.pass(60_000);
    const line = ['session', 'refresh', '--profile', 'T'];
    const result = await bench.run(line, { env: { ...env, OCI_CLI_CERT_BUNDLE } });
    expect(result).toMatchObject({ status: 0 });
    expect(await bench.run(['session', 'validate', '--local', '--profile', 'T'])).toMatchObject({ status: 0 });
    // What is edited in place keeps its mark.
    expect((await bench.run(['session', 'terminate', '--profile', 'T'])).status).toBe(0);
    expect(readFileSync(bench.configFile, 'utf8').startsWith(MARK)).toBe(true);
  });
});

describe('a file that is no UTF-8 text is named as what it is', () => {
  it.each([
    ['UTF-16', asUtf16, /is UTF-16 text, not UTF-8/],
    ['NUL bytes', (text: string) => `\0${text}`, /is not text: it has NUL bytes/],
    ['Latin-1', (text: string) => Buffer.from(`é${text}`, 'latin1'), /is not UTF-8 text/],
  ])('%s', async (_, change, named) => {
    const bench = await computeBench();
    const { passwordFile, home, env } = bench;
    rewrite(passwordFile, change);
    const password = await bench.run(['auth']);
    expect(password).toMatchObject({ status: 4, stderr: expect.stringMatching(named) });
    const stdin = Buffer.from(change(`${bench.service.password}\n`));
    expect(await bench.run(['auth', '-p', '-'], { stdin })).toMatchObject({ status: 4 });
    const bundle = writeFileWithMode(join(home, 'ca.pem'), change('-----BEGIN CERTIFICATE-----\n'));
    const authorities = await bench.run(['auth', '--ca-bundle', bundle]);
    expect(authorities).toMatchObject({ status: 4, stderr: expect.stringMatching(named) });
    writeFileWithMode(join(home, '.opc', 'profiles', 'default'), change('{}'));
    const profile = await bench.run(['auth'], { env: { ...env, OPC_USER: undefined } });
    expect(profile).toMatchObject({ status: 4, stderr: expect.stringMatching(named) });
    expect(bench.service.requests).toEqual([]);

    const oci = await ociBench();
    await oci.addSession('T');
    const validate = ['session', 'validate', '--local', '--profile', 'T'];
    for (const path of [join(oci.home, '.oci', 'sessions', 'T', 'token'), oci.configFile]) {
      rewrite(path, change);
      expect(await oci.run(validate)).toMatchObject({ status: 4, stderr: expect.stringMatching(named) });
    }
  });
});
