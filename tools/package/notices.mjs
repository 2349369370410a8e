// Writes dist/THIRD-PARTY-NOTICES.txt: the licences of all packages that are bundled into dist/, as they ask for.
//
// What is bundled is what esbuild says of its output, not what package.json lists.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LICENCE_FILE = /^[\w-]*(licen[cs]e|copying|notice)[\w-]*(\.(md|txt))?$/i;

/** The folders of the packages of which something is in the output. */
export function bundledFolders(metafiles) {
  const folders = new Set();
  for (const { outputs } of metafiles) {
    for (const { inputs } of Object.values(outputs)) {
      for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
        const folder = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
        if (folder !== undefined && bytesInOutput > 0) folders.add(folder);
      }
    }
  }
  return [...folders].sort();
}

/** A package with the texts that must go with it. Fails if a package has none: then a person must look. */
export function packageAt(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const texts = readdirSync(folder)
    .filter((file) => LICENCE_FILE.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim());
  if (texts.length === 0) throw new Error(`${name} is bundled and has no licence file`);
  return { name, version, license, texts };
}

/** The packages in a bundle, each name and version once, in the order of their names. */
export function bundledPackages(metafiles) {
  const packages = new Map(
    bundledFolders(metafiles)
      .map(packageAt)
      .map((each) => [`${each.name} ${each.version}`, each]),
  );
  return [...packages.keys()].sort().map((key) => packages.get(key));
}

export function writeNotices(metafiles) {
  const head = 'This program contains the following packages. Each is under the licence that follows its name.';
  mkdirSync('dist', { recursive: true });
  writeFileSync('dist/THIRD-PARTY-NOTICES.txt', `${head}${noticesOf(bundledPackages(metafiles))}\n`);
}

/** The licences of packages, a rule before each. */
export function noticesOf(packages) {
  const notices = packages.map(({ name, version, license, texts }) =>
    [`${name} ${version} (${license})`, ...texts].join('\n\n'),
  );
  return notices.map((notice) => `\n\n${'-'.repeat(80)}\n\n${notice}`).join('');
}
