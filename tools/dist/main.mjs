// Builds what is installed without npm, into release/: node tools/dist/main.mjs [--out FOLDER] [PLATFORM…]
//
// Needs what is built (dist/), and Debian's tools (node tools/setup.mjs --dist). With some platforms only, it builds
// their archives and packages, and not the files that are about all of them. Two runs of one commit write the same bytes.
import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { ZipFile } from 'yazl';
import { buildDebs, buildRpms } from './packages.mjs';
import { PLATFORMS } from './platforms.mjs';
import { writeBill, writeDockerfile, writeFormula, writeSums } from './release-files.mjs';
import { buildTree } from './tree.mjs';

// ZIP archives and rpmbuild write local times.
process.env.TZ = 'UTC';
// Folders get this mode, whoever builds.
process.umask(0o022);

const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: 'string' } } });
const unknown = positionals.find((name) => PLATFORMS[name] === undefined);
if (unknown !== undefined) throw new Error(`${unknown} is none of ${Object.keys(PLATFORMS).join(', ')}`);
const names = positionals.length > 0 ? positionals : Object.keys(PLATFORMS);
const out = resolve(values.out ?? 'release');
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const time = Number(process.env.SOURCE_DATE_EPOCH ?? execFileSync('git', ['log', '-1', '--format=%ct']));
/** Where the archives of this version will be, for Homebrew. */
const url = process.env.RELEASE_URL ?? `https://example.com/oracle-compute/v${version}`;

/** The archive as tar writes it in the same bytes each time. */
function writeTarball(folder, top, path) {
  const same = ['--sort=name', `--mtime=@${time}`, '--owner=0', '--group=0', '--numeric-owner', '--format=gnu'];
  const tar = `${folder}.tar`;
  execFileSync('tar', ['-cf', tar, ...same, '-C', folder, top]);
  // As small as gzip's best, in a third of the time.
  execFileSync('libdeflate-gzip', ['-9', '-c', tar], { stdio: ['ignore', openSync(path, 'w'), 'inherit'] });
  rmSync(tar);
}

async function writeZip(folder, top, path) {
  const zip = new ZipFile();
  const entries = readdirSync(join(folder, top), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort()) {
    const name = file.slice(folder.length + 1);
    zip.addFile(file, name, { mtime: new Date(time * 1000), mode: 0o100644, compressionLevel: 9 });
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
}

async function buildPlatform(name) {
  const scratch = mkdtempSync(join(tmpdir(), 'dist-'));
  try {
    const top = `oracle-compute-${version}`;
    const tree = join(scratch, 'tree', top);
    buildTree(name, tree, time);
    const archive = join(out, `${top}-${name}`);
    if (name.startsWith('win-')) await writeZip(join(scratch, 'tree'), top, `${archive}.zip`);
    else writeTarball(join(scratch, 'tree'), top, `${archive}.tar.gz`);
    if (PLATFORMS[name].packages) {
      buildDebs(name, tree, { version, time, scratch, out });
      buildRpms(name, tree, { version, time, scratch, out });
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
for (const name of names) await buildPlatform(name);
if (positionals.length === 0) {
  writeBill(out, time);
  writeFormula(out, version, url);
  writeDockerfile(out, version);
}
writeSums(out);
