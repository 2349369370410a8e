import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { packThis } from './npm.js';
import { runtimePackages } from './registry.js';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly keywords: readonly string[];
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly man: readonly string[];
  readonly publishConfig: Readonly<Record<string, unknown>>;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;

/** All that is published. */
const PUBLISHED = [
  /^package\.json$/,
  /^LICENSE$/,
  /^(?:README|CHANGELOG|SECURITY|docs\/[a-z-]+)\.md$/,
  /^dist\/THIRD-PARTY-NOTICES\.txt$/,
  /^dist\/bin\/(?:oracle-compute|oci|keychain-helper)\.js$/,
  /^dist\/bin\/(?:cli|lib|streamparser|tough-cookie|yauzl|yazl)-[\w-]+\.js$/,
  /^dist\/bin\/package\.json$/,
  /^dist\/lib\/(?:[\w-]+\/)*[\w-]+\.js$/,
  /^dist\/types\/(?:[\w-]+\/)*[\w-]+\.d\.ts$/,
  /^dist\/man\/(?:oracle-compute|oci)[\w-]*\.1$/,
];

const folder = mkdtempSync(join(tmpdir(), 'contents-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const { files, size, unpackedSize } = await packThis(folder);
const paths = files.map(({ path }) => path);

describe('the packed package', () => {
  it('has what is on the list and nothing else', () => {
    expect(paths.filter((path) => !PUBLISHED.some((pattern) => pattern.test(path)))).toEqual([]);
    for (const pattern of PUBLISHED) expect(paths, String(pattern)).toContainEqual(expect.stringMatching(pattern));
  });

  it('has each file of the library as it is compiled, with the types of what can be imported', () => {
    const sources = readdirSync('lib', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const below = (place: string) =>
      paths.filter((path) => path.startsWith(place)).map((path) => path.slice(place.length));
    expect(below('dist/lib/').sort()).toEqual(sources.map((file) => file.replace(/\.ts$/, '.js')).sort());
    const types = below('dist/types/').map((file) => file.replace(/\.d\.ts$/, '.ts'));
    expect(sources).toEqual(expect.arrayContaining(types));
    expect(types).toEqual(expect.arrayContaining(['index.ts', 'oci/index.ts']));
  });

  it('has every file that package.json points to', () => {
    const targets = Object.values(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    );
    for (const target of [...targets, ...Object.values(manifest.bin)]) {
      expect(paths).toContain(target.replace(/^\.\//, ''));
    }
    for (const file of manifest.files.filter((each) => !each.includes('*'))) expect(paths).toContain(file);
    // npm installs the pages that are named one by one.
    expect(manifest.man).toEqual(paths.filter((path) => path.startsWith('dist/man/')).sort());
  });

  it('has programs that can be run, and nothing else that can', () => {
    const runnable = files.filter(({ mode }) => (mode & 0o111) !== 0).map(({ path }) => path);
    expect(runnable.sort()).toEqual(Object.values(manifest.bin).sort());
    for (const path of runnable) expect(readFileSync(path, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('has each class of errors once in the programs, so that instanceof tells them', () => {
    const programs = paths.filter((path) => /^dist\/bin\/.*\.js$/.test(path)).map((path) => readFileSync(path, 'utf8'));
    expect(programs.join('').match(/name="OracleComputeError"/g)).toHaveLength(1);
  });

  it('says nothing of the machine it was built on', () => {
    const checkout = resolve('.');
    const talking = paths.filter(
      (path) => /\.(?:js|ts|txt|1|json)$/.test(path) && readFileSync(path, 'utf8').includes(checkout),
    );
    expect(talking).toEqual([]);
  });

  it('is small', () => {
    expect(unpackedSize).toBeLessThan(3_500_000);
    expect(size).toBeLessThan(1_000_000);
  });
});

describe('package.json', () => {
  it('says what the package is', () => {
    expect(manifest).toMatchObject({ name: 'oracle-compute', license: 'MIT', engines: { node: expect.any(String) } });
    expect(manifest.version).toMatch(/^\d+\.\d+\.\d+(?:-[\w.]+)?$/);
    expect(manifest.description.length).toBeGreaterThan(40);
    expect(manifest.keywords).toContain('oci');
    expect(readFileSync('CHANGELOG.md', 'utf8')).toMatch(/^## \[Unreleased\]$/m);
  });

  it('needs the packages for which a reason is given, and can do without the keychain’s', () => {
    const table = readFileSync('docs/decisions/dependencies.md', 'utf8').match(/^\| `[^|]*` .*\|$/gm) ?? [];
    const explained = table.map((row) => /^\| `([^`]+)`/.exec(row)?.[1] ?? '');
    const needed = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.optionalDependencies)];
    expect(needed.sort()).toEqual(explained.sort());
    expect(Object.keys(manifest.optionalDependencies)).toEqual(['keytar']);
  });

  it('needs no package that runs a script when it is installed, but for the keychain’s', () => {
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
      packages: Record<string, { readonly hasInstallScript?: boolean }>;
    };
    expect(runtimePackages().filter((path) => packages[path]?.hasInstallScript)).toEqual(['node_modules/keytar']);
  });

  it('runs nothing when it is installed', () => {
    const atInstallation = ['preinstall', 'install', 'postinstall'];
    expect(Object.keys(manifest.scripts).filter((name) => atInstallation.includes(name))).toEqual([]);
    expect(existsSync('binding.gyp')).toBe(false);
  });

  it('is published with provenance, and for everybody', () => {
    expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true });
  });
});
