import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EVERY_PATH } from '../../fixtures/compute-service/faults.js';
import { bundledFolders, bundledPackages } from '../../tools/package/notices.mjs';
import { programBench } from '../support/program-bench.js';
import { temporaryHome, writeFileWithMode } from '../support/temporary-home.js';
import { npm } from './npm.js';

const notices = readFileSync('dist/THIRD-PARTY-NOTICES.txt', 'utf8');

/** The packages that the notices name, as `name@version`. */
const noticed = [...notices.matchAll(/^-{80}\n\n(\S+) (\S+) \(/gm)].map(([, name, version]) => `${name}@${version}`);

const output = (...paths: [path: string, bytesInOutput: number][]) => ({
  outputs: { 'out.js': { inputs: Object.fromEntries(paths.map(([path, bytes]) => [path, { bytesInOutput: bytes }])) } },
});

describe('the notices', () => {
  it('are of what is in the output, each package once, and of nothing of our own', () => {
    const metafiles = [
      output(['cli/run.ts', 9], ['node_modules/got/a.js', 9], ['node_modules/got/b/c.js', 9]),
      output(['node_modules/@scope/name/a.js', 1], ['node_modules/unused/a.js', 0]),
      output(['node_modules/got/node_modules/inner/a.js', 1]),
    ];
    expect(bundledFolders(metafiles)).toEqual([
      'node_modules/@scope/name',
      'node_modules/got',
      'node_modules/got/node_modules/inner',
    ]);
  });

  it('cannot be written where a package has no licence to show', () => {
    const folder = join(temporaryHome(), 'node_modules', 'nameless');
    mkdirSync(folder, { recursive: true });
    writeFileWithMode(join(folder, 'package.json'), '{"name":"nameless","version":"1.0.0","license":"MIT"}');
    expect(() => bundledPackages([output([join(folder, 'a.js'), 1])])).toThrow('nameless');
    writeFileWithMode(join(folder, 'LICENSE-MIT.txt'), 'Do as you like.\r\n');
    expect(bundledPackages([output([join(folder, 'a.js'), 1])])).toMatchObject([{ texts: ['Do as you like.'] }]);
  });

  it.each(['fast-string-width', 'got', 'tough-cookie', 'yargs'])('have the whole licence of %s', (name) => {
    expect(noticed).toContainEqual(expect.stringMatching(`^${name}@`));
    const folder = join('node_modules', name);
    const files = readdirSync(folder).filter((file) => /^licen[cs]e/i.test(file));
    expect(files).not.toEqual([]);
    for (const file of files) {
      expect(notices).toContain(readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim());
    }
  });

  it('have no package that is left out of the programs', () => {
    // tldts carries the Public Suffix List, whose licence asks for more than a notice.
    const leftOut = /^(?:http2-wrapper|cacheable-\w+|decompress-response|form-data-encoder|tldts\S*|string-width)@/;
    expect(noticed.filter((each) => leftOut.test(each))).toEqual([]);
  });
});

interface Component {
  readonly 'bom-ref': string;
  readonly type: string;
  readonly scope: string;
  readonly purl: string;
  readonly licenses: readonly unknown[];
  readonly hashes: readonly { readonly alg: string; readonly content: string }[];
}

interface Bill {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
}

it('the bill of materials has what is bundled and what is installed, and no tool', async () => {
  const { stdout } = await npm(['run', '--silent', 'sbom'], { home: temporaryHome() });
  const bill = JSON.parse(stdout) as Bill;
  expect(bill).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.5' });
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(bill.metadata.component).toMatchObject({ type: 'application', purl: `pkg:npm/oracle-compute@${version}` });
  const refs = bill.components.map((component) => component['bom-ref']);
  expect(refs).toEqual(expect.arrayContaining(noticed));
  const names = refs.map((ref) => ref.replace(/@[^@]*$/, ''));
  expect(names).toEqual(expect.arrayContaining(['@redis/client', 'fs-native-extensions', '@github/keytar']));
  expect(names.filter((name) => /^(?:esbuild|typescript|vitest|tsx|oci-common)$/.test(name))).toEqual([]);
  for (const { licenses, hashes } of bill.components) {
    expect(licenses).not.toEqual([]);
    expect(hashes).toContainEqual({ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) });
  }
});

it.each([
  ['list', ['list', 'pool', '/x/', '-f', 'json'], '{"result": [{"name": "/x/a", "quota": 9007199254740993}]}'],
  ['list as CSV', ['list', 'pool', '/x/', '-f', 'csv'], '{"result": [{"name": "/x/a", "quota": 9007199254740993}]}'],
  ['get', ['get', 'pool', '/x/a', '-f', 'json'], '{"name": "/x/a", "quota": 9007199254740993}'],
])('the bundled files know each other’s exact numbers: %s', async (_, line, body) => {
  const { service, env, run } = await programBench();
  const headers = { 'Content-Type': 'application/oracle-compute-v3+json' };
  service.faults.always(EVERY_PATH, { instead: { status: 200, headers, body } });
  const result = await run(line, { env: { ...env, OPC_COOKIE: service.issueToken() } });
  expect(result).toMatchObject({ status: 0, stderr: '' });
  expect(result.stdout).toContain('9007199254740993');
});
