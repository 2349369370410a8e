// What an archive or a package holds: the program, its Node, and what belongs to them, in folders that fit below /usr.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { noticesOf, packageAt } from '../package/notices.mjs';
import { fetchNode, PLATFORMS } from './platforms.mjs';

export const PROGRAMS = ['oracle-compute', 'oci'];
/** Where each shell looks for completions below /usr/share, and the name of a program's file. */
const COMPLETIONS = {
  bash: (program) => `bash-completion/completions/${program}`,
  zsh: (program) => `zsh/site-functions/_${program}`,
  fish: (program) => `fish/vendor_completions.d/${program}.fish`,
};
/** The package has no licence file; this is its repository's. */
const REDIS_COPYRIGHT = 'Copyright (c) 2022-2025, Redis, inc.';

/**
 * @param name the platform
 * @param root a folder, which is made
 * @param time of all files, seconds since 1970
 */
export function buildTree(name, root, time) {
  const runnable = buildProgramTree(name, root, join(fetchNode(name), 'bin', nodeFile(name)));
  cpSync('dist/man', join(root, 'share', 'man', 'man1'), { recursive: true });
  writeCompletions(join(root, 'share'));
  writeLicences(name, join(root, 'share', 'doc', 'oracle-compute'));
  for (const file of ['README.md', 'CHANGELOG.md'])
    copyFileSync(file, join(root, 'share', 'doc', 'oracle-compute', file));
  for (const path of pathsBelow(root))
    setMode(path, path.isDirectory() || runnable.includes(pathOf(path)) ? 0o755 : 0o644);
  setTimes(root, time);
}

function pathsBelow(root) {
  return readdirSync(root, { recursive: true, withFileTypes: true });
}

const pathOf = (entry) => join(entry.parentPath, entry.name);

function setMode(entry, mode) {
  if (!entry.isSymbolicLink()) chmodSync(pathOf(entry), mode);
}

/** Sets the times of files and folders, the folders after what is in them. */
export function setTimes(root, time) {
  for (const entry of pathsBelow(root)) if (!entry.isSymbolicLink()) utimesSync(pathOf(entry), time, time);
  utimesSync(root, time, time);
}

/**
 * What starts: the program, its Node and what it loads, and the launchers.
 *
 * @param node the binary of Node
 * @returns the paths of programs
 */
export function buildProgramTree(name, root, node) {
  const home = join(root, 'lib', 'oracle-compute');
  cpSync('dist/bin', join(home, 'dist', 'bin'), { recursive: true });
  copyPackages(PLATFORMS[name].prebuilds ?? name, join(home, 'node_modules'));
  return [...copyNode(name, home, node), ...PROGRAMS.map((program) => writeLauncher(program, name, root))];
}

/** The packages that are not in the bundle, as far as the program reads them, with the native parts of one platform. */
function copyPackages(platform, modules) {
  for (const name of ['fs-native-extensions', 'keytar']) {
    copyInto(modules, [`${name}/package.json`, `${name}/prebuilds/${platform}/${name}.node`]);
  }
  copyInto(modules, ['keytar/lib/keytar.js', '@redis/client/package.json']);
  const files = readdirSync('node_modules/@redis/client/dist', { recursive: true, encoding: 'utf8' });
  copyInto(
    modules,
    files.filter((file) => /\.js$|^package\.json$/.test(file)).map((file) => `@redis/client/dist/${file}`),
  );
}

function copyInto(modules, files) {
  for (const file of files) {
    mkdirSync(dirname(join(modules, file)), { recursive: true });
    copyFileSync(join('node_modules', file), join(modules, file));
  }
}

/** The name of Node's binary. */
function nodeFile(name) {
  return name.startsWith('win-') ? 'node.exe' : 'node';
}

/** @returns the path of the binary */
function copyNode(name, home, found) {
  const node = join(home, nodeFile(name));
  const { strip } = PLATFORMS[name];
  // As distributions do: the symbols are a sixth of the binary, and only a debugger of Node reads them.
  if (strip) execFileSync(strip, ['-o', node, found]);
  else copyFileSync(found, node);
  return [node];
}

/** @returns its path */
function writeLauncher(program, name, root) {
  const isWindows = name.startsWith('win-');
  const { loader, about } = PLATFORMS[name];
  const template = readFileSync(`tools/dist/launcher.${isWindows ? 'cmd' : 'sh'}`, 'utf8');
  const text = template.replaceAll('@PROGRAM@', program).replaceAll('@LOADER@', loader).replaceAll('@PLATFORM@', about);
  const path = join(root, 'bin', isWindows ? `${program}.cmd` : program);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, isWindows ? text.replaceAll('\n', '\r\n') : text);
  return path;
}

/** Completions call the program where the packages install it, or the one on `PATH`. */
function writeCompletions(share) {
  const env = { ...process.env, ORACLE_COMPUTE_LAUNCHER: '/usr/bin/oracle-compute' };
  for (const [shell, placeOf] of Object.entries(COMPLETIONS)) {
    const text = execFileSync(process.execPath, ['dist/bin/oracle-compute.js', 'completion', shell], { env });
    const [path, pathOfOci] = PROGRAMS.map((program) => join(share, placeOf(program)));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    // One script completes both programs; the shells look for it under the name that is typed.
    writeFileSync(pathOfOci, otherName(shell, basename(path)));
  }
}

function otherName(shell, file) {
  if (shell === 'bash') return `. "\${BASH_SOURCE[0]%/*}/${file}"\n`;
  if (shell === 'zsh') return `#compdef oci\nautoload -Uz ${file}\n${file} "$@"\n`;
  return `source (status dirname)/${file}\n`;
}

function writeLicences(name, folder) {
  mkdirSync(folder, { recursive: true });
  const licence = readFileSync('LICENSE', 'utf8');
  copyFileSync('LICENSE', join(folder, 'LICENSE'));
  const redis = JSON.parse(readFileSync('node_modules/@redis/client/package.json', 'utf8'));
  const packages = [
    { ...redis, texts: [licence.replace(/^Copyright .*$/m, REDIS_COPYRIGHT).trim()] },
    ...['fs-native-extensions', 'keytar'].map((each) => packageAt(`node_modules/${each}`)),
  ];
  const bundled = readFileSync('dist/THIRD-PARTY-NOTICES.txt', 'utf8').trimEnd();
  writeFileSync(join(folder, 'THIRD-PARTY-NOTICES.txt'), `${bundled}${noticesOf(packages)}\n`);
  // The package for Windows comes without.
  const node = fetchNode(name.startsWith('win-') ? 'linux-x64' : name);
  copyFileSync(join(node, 'LICENSE'), join(folder, 'NODE-LICENSE.txt'));
}
