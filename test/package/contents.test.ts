import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { packWithReport } from './npm.js';

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
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly man: readonly string[];
  readonly publishConfig: Readonly<Record<string, unknown>>;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;

/** All that is published. Chunks are called after their first file and a hash. */
const PUBLISHED = [
  /^package\.json$/,
  /^LICENSE$/,
  /^(?:README|CHANGELOG|SECURITY|docs\/(?:errors|security|scheduling|oci-differences))\.md$/,
  /^dist\/THIRD-PARTY-NOTICES\.txt$/,
  /^dist\/bin\/(?:oracle-compute|oci|keychain-helper)\.js$/,
  /^dist\/bin\/[a-z][a-z-]*\.js$/,
  /^dist\/bin\/package\.json$/,
  /^dist\/bin\/code-cache\/[\w.-]+\/[a-z-]+\.bin$/,
  /^dist\/lib\/(?:oci\/)?index\.js$/,
  /^dist\/lib\/chunks\/[\w-]+-[A-Z0-9]{8}\.js$/,
  /^dist\/types\/(?:[\w-]+\/)*[\w-]+\.d\.ts$/,
  /^dist\/man\/(?:oracle-compute|oci)[\w-]*\.1$/,
];

const folder = mkdtempSync(join(tmpdir(), 'contents-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const { files, unpackedSize } = await packWithReport('.', folder);
const paths = files.map(({ path }) => path);

describe('the packed package', () => {
  it('has what is on the list and nothing else', () => {
    expect(paths.filter((path) => !PUBLISHED.some((pattern) => pattern.test(path)))).toEqual([]);
    for (const pattern of PUBLISHED) expect(paths, String(pattern)).toContainEqual(expect.stringMatching(pattern));
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

  it('says nothing of the machine it was built on', () => {
    const checkout = resolve('.');
    const talking = paths.filter(
      (path) => /\.(?:js|ts|txt|1|json)$/.test(path) && readFileSync(path, 'utf8').includes(checkout),
    );
    expect(talking).toEqual([]);
  });

  it('is small', () => {
    const codeCache = files.filter(({ path }) => path.startsWith('dist/bin/code-cache/'));
    const runtimes = new Set(codeCache.map(({ path }) => dirname(path)));
    const codeSize = codeCache.reduce((sum, { size }) => sum + size, 0);
    expect(unpackedSize - codeSize).toBeLessThan(4 * 1024 * 1024);
    expect(codeSize / runtimes.size).toBeLessThan(2 * 1024 * 1024);
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

  it('needs no package but the keychain’s, and can do without that', () => {
    expect(manifest.dependencies).toBeUndefined();
    expect(Object.keys(manifest.optionalDependencies)).toEqual(['keytar']);
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
