import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { containerWith } from '../support/container.js';
import { ociBench } from '../support/oci.js';
import { cleanEnvironment, OCI_PROGRAM, runProgram } from '../support/program.js';
import { filesBelow } from '../support/temporary-home.js';

/** A program with the real `oci-common` from npm. */
const ORACLES_SDK = [process.execPath, resolve('build/test/fixtures/programs/oci-common-subscriptions.js')];

it('a session that was exported for a container works there, read-only, with Oracle’s SDK and with ours', async () => {
  const bench = await ociBench({ clock: Date.now }, Date.now());
  await bench.addSession('T');
  const line = ['session', 'export', '--profile', 'T', '--output-dir', 'oci', '--for', '/oracle/.oci'];
  const { status, stderr } = await bench.run(line);
  expect(status, stderr).toBe(0);
  const folder = join(bench.home, 'oci');
  const before = filesBelow(folder);
  const container = containerWith(folder, '/oracle/.oci');
  const { OCI_CLI_CERT_BUNDLE, OCI_REGION_METADATA } = bench.env;
  // As the image of Oracle's CLI has it: nothing but the home folder says where the session is.
  const env = cleanEnvironment('/oracle', { OCI_REGION_METADATA, NODE_EXTRA_CA_CERTS: OCI_CLI_CERT_BUNDLE });
  const inside = (command: string[]) => runProgram(command, { env }, container);
  const written = await inside(['sh', '-c', 'cat /oracle/.oci/config && ! touch /oracle/.oci/new']);
  expect(written, written.stderr).toMatchObject({ status: 0 });
  expect(written.stdout).toMatch(/^key_file ?= ?\/oracle\/\.oci\/sessions\/T\/oci_api_key\.pem$/m);
  const theirs = await inside([...ORACLES_SDK, 'T']);
  expect(theirs.status, theirs.stderr).toBe(0);
  expect(JSON.parse(theirs.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
    status: 200,
    subscriptions: [{ regionName: 'emu-local-1', isHomeRegion: true }, {}],
  });
  const list = ['iam', 'region', 'list', '--profile', 'T', '--auth', 'security_token'];
  const ours = await inside([process.execPath, OCI_PROGRAM, ...list, '--ca-bundle', OCI_CLI_CERT_BUNDLE ?? '']);
  expect(ours.status, ours.stderr).toBe(0);
  expect(bench.service.requests.map(({ operation }) => operation)).toEqual([
    'list-region-subscriptions',
    'list-regions',
  ]);
  expect(filesBelow(folder)).toEqual(before);
});
