import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Every source file of the program with what it imports, by path from the root or by package name. */
const files = ['cli', 'lib'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
);

const sources = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));

function importsOf(file: string): string[] {
  const source = sources.get(file) ?? '';
  const names = [...source.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
  return names.map((name) =>
    name.startsWith('.') ? relative('.', resolve(dirname(file), name)).replace(/\.js$/, '.ts') : name,
  );
}

const edges = files.flatMap((file) => importsOf(file).map((target) => ({ file, target })));

/** From the top to the bottom: a floor imports from its own and from those below it. */
const FLOORS = [
  /^cli\//,
  /^lib\/(?:index\.ts|library-keychain\.ts|compute\/|oci\/)/,
  /^lib\/(?:surroundings\.ts|secrets\/)/,
  /^lib\/http\//,
  /^lib\/files\//,
  /^lib\/(?:session\/|shell\/|clock\.ts)/,
  /^lib\/errors\.ts/,
];

const floorOf = (file: string) => FLOORS.findIndex((pattern) => pattern.test(file));

describe('the house', () => {
  it('has a floor for every file, and imports that go down only', () => {
    expect(files.filter((file) => floorOf(file) === -1)).toEqual([]);
    const upwards = edges.filter(
      ({ file, target }) => /^(?:cli|lib)\//.test(target) && floorOf(target) < floorOf(file),
    );
    expect(upwards).toEqual([]);
  });

  it('keeps the two clouds apart', () => {
    const between = edges.filter(
      ({ file, target }) =>
        (file.startsWith('lib/compute/') && target.startsWith('lib/oci/')) ||
        (file.startsWith('lib/oci/') && target.startsWith('lib/compute/')),
    );
    expect(between).toEqual([]);
  });

  it('keeps yargs above, and the keychain in one file', () => {
    expect(edges.filter(({ file, target }) => target.startsWith('yargs') && !file.startsWith('cli/'))).toEqual([]);
    expect(new Set(edges.filter(({ target }) => target === 'keytar').map(({ file }) => file)).size).toBe(1);
    const cliKnows = /^(?:got|tough-cookie|proper-lockfile|hpagent|yauzl|yazl|node:https?|node:tls)$/;
    expect(edges.filter(({ file, target }) => file.startsWith('cli/') && cliKnows.test(target))).toEqual([]);
  });

  it('looks at the process in the entries and the real world only, and never exits from elsewhere', () => {
    const allowed = /^cli\/(?:oracle-compute|oci|keychain-helper|world\/[\w-]+)\.ts$/;
    const looking = files.filter((file) => !allowed.test(file) && /\bprocess\./.test(code(file)));
    expect(looking).toEqual([]);
    expect(files.filter((file) => /\bprocess\.exit\(/.test(code(file)))).toEqual([]);
  });

  it('throws errors that have a code', () => {
    expect(files.filter((file) => /\bthrow new Error\(/.test(code(file)))).toEqual([]);
    expect(files.filter((file) => /\.message\.(?:includes|match|startsWith)\(/.test(code(file)))).toEqual([]);
  });
});

/** A file without its comments and its texts. */
function code(file: string): string {
  return (sources.get(file) ?? '').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '').replace(/'(?:[^'\\\n]|\\.)*'/g, "''");
}
