import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addressIn, ociBench } from '../support/oci.js';
import { cleanEnvironment, OCI_PROGRAM, runProgram } from '../support/program.js';
import { writeFileWithMode } from '../support/temporary-home.js';

/** The built program on a session T, with no more of the region than its name. */
async function place() {
  const bench = await ociBench({ clock: Date.now }, Date.now());
  // Not of this second, in which a refresh would gain nothing.
  await bench.addSession('T', { loggedInAt: Date.now() - 60_000 });
  const { OCI_CLI_CERT_BUNDLE, OCI_REGION_METADATA: described = '' } = bench.env;
  const trust = { OCI_CLI_CERT_BUNDLE };
  const run = (line: string[], env: Record<string, string> = {}) => bench.run(line, { env: { ...trust, ...env } });
  /** What is relative begins in the folder of a real process. */
  const built = (line: string[], env: Record<string, string> = {}, cwd = bench.home) =>
    runProgram(line, { env: cleanEnvironment(bench.home, { ...trust, ...env }), cwd }, [process.execPath, OCI_PROGRAM]);
  const list = (env: Record<string, string> = {}) => run(LIST, env);
  const write = (name: string, content: unknown) =>
    writeFileWithMode(join(bench.home, '.oci', name), typeof content === 'string' ? content : JSON.stringify(content));
  const region = JSON.parse(described) as Record<string, string>;
  return {
    bench,
    run,
    built,
    list,
    write,
    described,
    region,
    elsewhere: { ...region, realmDomainComponent: 'localhost:9' },
  };
}

const LIST = ['iam', 'region', 'list', '--profile', 'T', '--auth', 'security_token', '--no-retry'];
const TOOL = 'developer-tool-configuration.json';
const REGIONS = 'regions-config.json';

describe('a region that is not built in', () => {
  it('is described by a file of the home folder or a variable, in Oracle’s order', async () => {
    const { list, write, described, region, elsewhere } = await place();
    const nowhere = { OCI_REGION_METADATA: JSON.stringify(elsewhere) };
    expect((await list()).status).toBe(3);
    expect((await list({ OCI_REGION_METADATA: described })).status).toBe(0);
    expect((await list(nowhere)).status).toBe(3);
    write(REGIONS, [region]);
    expect((await list(nowhere)).status).toBe(0);
    write(REGIONS, [elsewhere]);
    expect((await list()).status).toBe(3);
    write(TOOL, { regions: [{ regionKey: 'half' }, region], services: ['identity'] });
    expect((await list(nowhere)).status).toBe(0);
  });

  it('is asked for in the next place where a file is no JSON, or has no such region', async () => {
    const { list, write, described, region } = await place();
    for (const nothing of ['', 'hello', '[', '{"regions": 7}', '7', 'null', '\u0000', '{"regions":[null]}']) {
      write(TOOL, nothing);
      write(REGIONS, nothing);
      const byVariable = await list({ OCI_REGION_METADATA: described });
      expect(byVariable.status, `${JSON.stringify(nothing)}: ${byVariable.stderr}`).toBe(0);
    }
    write(REGIONS, [region]);
    expect((await list()).status).toBe(0);
  });

  it('is described by the file that a variable names, wherever that is', async () => {
    const { built, region, bench } = await place();
    mkdirSync(join(bench.home, 'realm'));
    writeFileSync(join(bench.home, 'realm', 'tool.json'), JSON.stringify({ regions: [region] }));
    for (const path of [join(bench.home, 'realm', 'tool.json'), '~/realm/tool.json', 'realm/tool.json']) {
      const { status, stderr } = await built(LIST, { OCI_DEVELOPER_TOOL_CONFIGURATION_FILE_PATH: path });
      expect(status, `${path}: ${stderr}`).toBe(0);
    }
  });

  it('is the only one where a dedicated realm allows its own alone', async () => {
    const { run, list, write, region, described } = await place();
    const own = { OCI_ALLOW_ONLY_DEVELOPER_TOOL_CONFIGURATION_REGIONS: 'True' };
    write(TOOL, { regions: [region] });
    expect((await list(own)).status).toBe(0);
    const line = ['session', 'authenticate', '--profile-name', 'N', '--callback-port', '0', '--timeout', '0.2'];
    const at = async (name: string, env = {}) => {
      const { status, stderr } = await run([...line, '--region', name], env);
      return [status, addressIn(stderr)?.replace(/\/v1.*/, '')];
    };
    const login = (name: string, domain = '') => `https://login.${name}.${domain}`;
    expect(await at('us-ashburn-1', own)).toEqual([4, undefined]);
    expect(await at('us-ashburn-1')).toEqual([10, login('us-ashburn-1', 'oraclecloud.com')]);
    expect(await at(region.regionKey ?? '', own)).toEqual([
      10,
      login(region.regionIdentifier ?? '', region.realmDomainComponent),
    ]);
    write(TOOL, { regions: [] });
    expect(await at('emu-local-1', { ...own, OCI_REGION_METADATA: described })).toEqual([4, undefined]);
  });
});

it('relative paths of a config file begin where the person is, as for Oracle’s clients', async () => {
  const { bench, built, described } = await place();
  const env = { OCI_REGION_METADATA: described };
  const [work, other] = [join(bench.home, 'work'), join(bench.home, 'other')];
  for (const folder of [work, other]) mkdirSync(folder);
  renameSync(join(bench.home, '.oci', 'sessions', 'T'), join(work, 'mine'));
  const config = readFileSync(bench.configFile, 'utf8').replaceAll(join(bench.home, '.oci', 'sessions', 'T'), 'mine');
  expect(config).toMatch(/^key_file ?= ?mine\/oci_api_key\.pem$/m);
  writeFileWithMode(bench.configFile, config);
  const token = () => readFileSync(join(work, 'mine', 'token'), 'utf8');
  const before = token();
  for (const command of ['validate', 'refresh']) {
    const { status, stderr } = await built(['session', command, '--profile', 'T'], env, work);
    expect(status, stderr).toBe(0);
  }
  expect(token()).not.toBe(before);
  const elsewhere = await built(['session', 'validate', '--profile', 'T'], env, other);
  expect([elsewhere.status, elsewhere.stderr]).toEqual([10, expect.stringContaining(join(other, 'mine', 'token'))]);
});
