import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundledFolders, bundledPackages } from '../../tools/notices.mjs';
import { runProgram } from '../support/program.js';
import { temporaryHome, writeFileWithMode } from '../support/temporary-home.js';
import { npmEnvironment } from './npm.js';

/** What is bundled, as the build has noted it. */
const bundled = JSON.parse(readFileSync('build/bundled-packages.json', 'utf8')) as readonly {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
}[];

const output = (...paths: [path: string, bytesInOutput: number][]) => ({
  outputs: { 'out.js': { inputs: Object.fromEntries(paths.map(([path, bytes]) => [path, { bytesInOutput: bytes }])) } },
});

describe('what is bundled', () => {
  it('is what is in the output, each package once, and nothing of our own', () => {
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

  it('is not published where a package has no licence to show', () => {
    const folder = join(temporaryHome(), 'node_modules', 'nameless');
    mkdirSync(folder, { recursive: true });
    writeFileWithMode(join(folder, 'package.json'), '{"name":"nameless","version":"1.0.0","license":"MIT"}');
    expect(() => bundledPackages([output([join(folder, 'a.js'), 1])])).toThrow('nameless');
    writeFileWithMode(join(folder, 'LICENSE-MIT.txt'), 'Do as you like.\r\n');
    expect(bundledPackages([output([join(folder, 'a.js'), 1])])).toMatchObject([{ texts: ['Do as you like.'] }]);
  });

  it('has its licences in the notices, whole', () => {
    const notices = readFileSync('dist/THIRD-PARTY-NOTICES.txt', 'utf8');
    expect(bundled.map(({ name }) => name)).toEqual(expect.arrayContaining(['got', 'tough-cookie', 'proper-lockfile']));
    for (const { name, version, folder } of bundled) {
      expect(notices).toContain(`${name} ${version} (`);
      const files = readdirSync(folder).filter((file) => /^licen[cs]e/i.test(file));
      expect(files, name).not.toEqual([]);
      for (const file of files) {
        expect(notices).toContain(readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim());
      }
    }
    if (bundled.some(({ name }) => name === 'tldts')) expect(notices).toContain('Public Suffix List');
  });

  it('is all that the library’s files come from', () => {
    const files = readdirSync('dist/lib', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));
    const sources = files.map((file) => readFileSync(join('dist/lib', file), 'utf8'));
    // esbuild says above each piece which file it comes from, where it is not told to make the code small.
    const pieces = sources.flatMap((source) => source.match(/^\/\/ node_modules\/\S+/gm) ?? []);
    expect(pieces.length).toBeGreaterThan(20);
    const folders = bundled.map(({ folder }) => `// ${folder}/`);
    expect(pieces.filter((piece) => !folders.some((folder) => piece.startsWith(folder)))).toEqual([]);
  });
});

interface Component {
  readonly 'bom-ref': string;
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly scope: string;
  readonly licenses: readonly unknown[];
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly properties: readonly { readonly name: string; readonly value: string }[];
}

interface Bill {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly serialNumber: string;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

let bill: Bill;
beforeAll(async () => {
  const home = mkdtempSync(join(tmpdir(), 'sbom-'));
  const file = join(home, 'sbom.json');
  const made = await runProgram(['tools/sbom.mjs', file], { env: npmEnvironment(home) }, [process.execPath]);
  if (made.status !== 0) throw new Error(made.stderr);
  bill = JSON.parse(readFileSync(file, 'utf8')) as Bill;
  rmSync(home, { recursive: true });
});

it('lists in the bill of materials what is bundled, what is installed beside it, and no tool', () => {
  const wanted = [...bundled.map(({ name, version }) => `${name}@${version}`), '@github/keytar', 'node-addon-api'];
  const refs = bill.components.map((component) => component['bom-ref']);
  const isWanted = (ref: string) => wanted.some((each) => ref === each || ref.replace(/@[^@]*$/, '') === each);
  expect(refs.filter((ref) => !isWanted(ref))).toEqual([]);
  expect(refs).toHaveLength(wanted.length);
  expect(bill.metadata.component).toMatchObject({ type: 'application', name: 'oracle-compute' });
  const got = bill.components.find(({ name }) => name === 'got');
  expect(got?.properties).toEqual([{ name: 'cdx:npm:package:bundled', value: 'true' }]);
  expect(got?.hashes).toContainEqual({ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) });
});

it('writes the bill of materials in the form of CycloneDX 1.5', () => {
  expect(bill).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1 });
  expect(bill.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  const all = [bill.metadata.component, ...bill.components];
  for (const component of all) {
    expect(component.type).toMatch(/^(?:application|library|framework)$/);
    expect(component.scope).toMatch(/^(?:required|optional)$/);
    expect(component.purl).toMatch(/^pkg:npm\/(?:%40[\w.-]+\/)?[\w.-]+@[\w.+-]+$/);
    expect(component.licenses).not.toEqual([]);
  }
  const refs = all.map((component) => component['bom-ref']);
  expect(new Set(refs).size).toBe(refs.length);
  expect(bill.dependencies.map(({ ref }) => ref).sort()).toEqual(refs.sort());
  for (const { dependsOn } of bill.dependencies) expect(refs).toEqual(expect.arrayContaining([...dependsOn]));
});
