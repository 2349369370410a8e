import { chmodSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { ociBench } from '../support/oci.js';
import { cleanEnvironment, OCI_PROGRAM, runProgram } from '../support/program.js';
import { requirePart } from '../support/real-part.js';
import { writeFileWithMode } from '../support/temporary-home.js';

const page = readFileSync('docs/pipelines.md', 'utf8');
const { name: packageName } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly name: string };

/** What a file of YAML says, read so that all scalars are texts. */
type Yaml = string | readonly Yaml[] | { readonly [key: string]: Yaml };

/** The file under a heading of the page. */
function printed(heading: string): Yaml {
  const [, text] = new RegExp(`^## ${heading}\n\n\`\`\`yaml\n(.*?)^\`\`\``, 'ms').exec(page) ?? [];
  if (text === undefined) throw new Error(`no file under ${heading}`);
  return parse(text, { schema: 'failsafe' }) as Yaml;
}

/** What stands at a place in a file: a part by its key, an item by its number. */
function at(value: Yaml, ...path: (string | number)[]): Yaml {
  return path.reduce<Yaml>((found, key) => {
    const part = (found as Record<string, Yaml>)[key];
    if (part === undefined) throw new Error(`nothing at ${path.join('.')}`);
    return part;
  }, value);
}

const texts = (value: Yaml) => value as Record<string, string>;

/** Puts values in place of what a pipeline's own language names; what it does not know is an error. */
function filled(values: Record<string, string>, place: RegExp, known: Record<string, string>): Record<string, string> {
  const fill = (text: string) =>
    text.replace(place, (_all, name: string) => {
      if (known[name] === undefined) throw new Error(`${name} is not a variable of this pipeline`);
      return known[name];
    });
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, fill(value)]));
}

/** Seconds: less than what a command begins with, so that the session is renewed before it; and as it is. */
const [SHORT, USUAL] = [600, 3600];

/** A pipeline's machine: a checkout with the script that deploys, and an `npm` that installs this program. */
async function machine(tokenLifetime = SHORT) {
  const bench = await ociBench({ clock: Date.now, tokenLifetime }, Date.now());
  const { service, home } = bench;
  const [programs, checkout] = [join(home, 'bin'), join(home, 'checkout')];
  const install = `[ "$*" = "install --global ${packageName}" ] && ln -s ${OCI_PROGRAM} ${programs}/oci`;
  writeFileWithMode(join(programs, 'npm'), `#!/bin/sh\n${install}\n`, 0o755);
  chmodSync(OCI_PROGRAM, 0o755);
  const list = `oci iam region list --endpoint ${service.url} --output table`;
  writeFileWithMode(join(checkout, 'deploy.sh'), `#!/bin/sh\n${list} >deployed && echo "$OCI_CLI_PROFILE"\n`, 0o755);
  const PATH = [programs, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter);
  const base = cleanEnvironment(home, { PATH, CI: 'true', OCI_CLI_CERT_BUNDLE: bench.env.OCI_CLI_CERT_BUNDLE });
  const run = (command: readonly string[], env: Record<string, string>) =>
    runProgram([], { env: { ...base, ...env }, cwd: checkout }, command);
  const script = (lines: readonly string[], shell: readonly string[], env: Record<string, string>) =>
    run([...shell, writeFileWithMode(join(home, 'script.sh'), `${lines.join('\n')}\n`)], env);
  const { url, clientId, clientSecret } = service.domain;
  const settings = { OCI_DOMAIN_URL: url, OCI_CLIENT_ID: clientId, OCI_CLIENT_SECRET: clientSecret };
  const expectDeployed = async () => {
    expect(readFileSync(join(checkout, 'deployed'), 'utf8')).toContain('| EM1 | emu-local-1 |');
    expect(JSON.stringify(await bench.profile('CI'))).not.toContain(clientSecret);
  };
  return { service, home, checkout, run, script, settings, expectDeployed };
}

describe('docs/pipelines.md', () => {
  it('GitHub Actions: its steps deploy, and renew the session by themselves', async () => {
    const { service, script, settings, expectDeployed } = await machine();
    const file = printed('GitHub Actions');
    const job = at(file, 'jobs', 'deploy');
    const runner = createServer(({ url = '', headers }, response) => {
      const audience = new URL(url, 'http://runner').searchParams.get('audience') ?? '';
      const isAsked = headers.authorization === 'bearer of-the-job';
      response.end(JSON.stringify(isAsked ? { value: service.pipelineToken({ audience }) } : {}));
    });
    await new Promise<void>((ready) => runner.listen(0, '127.0.0.1', ready));
    onTestFinished(() => void runner.close());
    // A job is told of these only where it may have such a token.
    expect(at(file, 'permissions', 'id-token')).toBe('write');
    const own = {
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${(runner.address() as AddressInfo).port}/?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-the-job',
    };
    const env = { ...own, ...filled(texts(at(job, 'env')), /\$\{\{ (?:vars|secrets)\.(\w+) \}\}/g, settings) };
    const steps = at(job, 'steps') as readonly Record<string, string>[];
    const said: string[] = [];
    for (const { run: line, uses } of steps) {
      if (line === undefined) {
        expect(uses).toMatch(/^actions\/(?:checkout|setup-node)@v\d+$/);
        continue;
      }
      const { status, stdout, stderr } = await script([line], [requirePart('bash'), '-e'], env);
      expect(status, `${line}: ${stderr}`).toBe(0);
      said.push(stdout);
    }
    expect(said).toEqual(['', '', 'CI\n']);
    expect(service.counters).toMatchObject({ exchanged: 2, refreshes: 0 });
    await expectDeployed();
  });

  it.each([
    ['from standard input', USUAL, 1],
    ['from a file, for a long job', SHORT, 2],
  ])('GitLab: its script deploys, with the token %s', async (_what, tokenLifetime, exchanged) => {
    const { service, script, settings, checkout, expectDeployed } = await machine(tokenLifetime);
    const job = at(printed('GitLab'), 'deploy');
    const place = /\$(\w+)/g;
    const { aud = '' } = filled(texts(at(job, 'id_tokens', 'OCI_JWT')), place, settings);
    const env = {
      ...filled(texts(at(job, 'variables')), place, settings),
      OCI_JWT: service.pipelineToken({ audience: aud }),
      CI_PROJECT_DIR: checkout,
    };
    const lines = at(job, 'script') as readonly string[];
    const [, write = ''] = /`(\(umask 077;[^`]*)`/.exec(page) ?? [];
    const [, flag = ''] = /then `(--subject-token-file [^`]*)`/.exec(page) ?? [];
    const fromFile = lines.map((line) => line.replace(/^printf .*\| /, '').replace('--subject-token-file -', flag));
    const all = tokenLifetime === USUAL ? lines : [write, ...fromFile];
    const { status, stdout, stderr } = await script(all, [requirePart('bash'), '-eo', 'pipefail'], env);
    expect([status, stdout], stderr).toEqual([0, 'CI\n']);
    expect(service.counters).toMatchObject({ exchanged, refreshes: 0 });
    await expectDeployed();
  });

  it('Kubernetes: its container deploys, and renews the session from the projected token', async () => {
    const { service, run, settings, home, script, expectDeployed } = await machine();
    const spec = at(printed('Kubernetes'), 'spec');
    const container = at(spec, 'containers', 0);
    const [mount, projected] = [at(container, 'volumeMounts', 0), at(spec, 'volumes', 0)];
    const source = at(projected, 'projected', 'sources', 0, 'serviceAccountToken');
    expect(at(mount, 'name')).toBe(at(projected, 'name'));
    const variables = at(container, 'env') as readonly Record<string, Yaml>[];
    const value = (name: string) => at(variables.find((one) => one.name === name) ?? {}, 'value') as string;
    const domain = value('OCI_TOKEN_EXCHANGE_DOMAIN_URL');
    expect(at(source, 'audience')).toBe(domain);
    expect(value('OCI_WORKLOAD_IDENTITY_TOKEN_PATH')).toBe(`${at(mount, 'mountPath')}/${at(source, 'path')}`);
    const secrets: Record<string, string> = { id: settings.OCI_CLIENT_ID, secret: settings.OCI_CLIENT_SECRET };
    const env = Object.fromEntries(
      variables.map(({ name, value: text, valueFrom }) => [
        name,
        valueFrom === undefined ? text : secrets[at(valueFrom, 'secretKeyRef', 'key') as string],
      ]),
    ) as Record<string, string>;
    env.OCI_TOKEN_EXCHANGE_DOMAIN_URL = service.domain.url;
    // The kubelet lets the group of the pod read it.
    env.OCI_WORKLOAD_IDENTITY_TOKEN_PATH = writeFileWithMode(join(home, 'token'), service.pipelineToken(), 0o640);
    // The image has the program.
    expect((await script([`npm install --global ${packageName}`], [requirePart('dash')], {})).status).toBe(0);
    const command = [at(container, 'command'), at(container, 'args')].flat() as string[];
    const { status, stdout, stderr } = await run(command, env);
    expect([status, stdout], stderr).toEqual([0, 'CI\n']);
    expect(service.counters).toMatchObject({ exchanged: 2, refreshes: 0 });
    await expectDeployed();
  });
});
