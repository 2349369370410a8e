// The real programs that the tests meet, how to find each, and where it comes from.
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

// `packages`: Debian's, the first that the release has. `brew`: Homebrew's; without it the part is for Linux only.
const REAL_PARTS = {
  bash: { programs: ['bash'], packages: ['bash'], brew: 'bash' },
  chromium: {
    programs: ['chromium', 'chromium-browser', 'google-chrome'],
    packages: ['chromium'],
    brew: '--cask chromium',
  },
  cron: { programs: ['cron'], packages: ['cron'] },
  curl: { programs: ['curl'], packages: ['curl'], brew: 'curl' },
  dash: { programs: ['dash'], packages: ['dash'], brew: 'dash' },
  'dbus-run-session': { programs: ['dbus-run-session'], packages: ['dbus-daemon', 'dbus'] },
  expect: { programs: ['expect'], packages: ['expect'], brew: 'expect' },
  faketime: { programs: ['faketime'], packages: ['faketime'], brew: 'libfaketime' },
  fish: { programs: ['fish'], packages: ['fish'], brew: 'fish' },
  git: { programs: ['git'], packages: ['git'], brew: 'git' },
  'gnome-keyring-daemon': { programs: ['gnome-keyring-daemon'], packages: ['gnome-keyring'] },
  hyperfine: { programs: ['hyperfine'], packages: ['hyperfine'], brew: 'hyperfine' },
  jq: { programs: ['jq'], packages: ['jq'], brew: 'jq' },
  ksh: { programs: ['ksh', 'ksh93'], packages: ['ksh93u+m', 'ksh'], brew: 'ksh93' },
  // Of man-db, with `man --warnings`; macOS has another man.
  lexgrog: { programs: ['lexgrog'], packages: ['man-db'] },
  libsecret: { library: 'libsecret-1.so.0', packages: ['libsecret-1-0'] },
  'redis-sentinel': {
    programs: ['redis-sentinel', 'valkey-sentinel'],
    packages: ['redis-sentinel', 'valkey-sentinel'],
  },
  'redis-server': {
    programs: ['redis-server', 'valkey-server'],
    packages: ['redis-server', 'valkey-server'],
    brew: 'redis',
  },
  strace: { programs: ['strace'], packages: ['strace'] },
  'systemd-analyze': { programs: ['systemd-analyze'], packages: ['systemd'] },
  tcsh: { programs: ['tcsh'], packages: ['tcsh'], brew: 'tcsh' },
  tmux: { programs: ['tmux'], packages: ['tmux'], brew: 'tmux' },
  zsh: { programs: ['zsh'], packages: ['zsh'], brew: 'zsh' },
};

/** What `npm run dist` is made with, and what only `npm run test:dist` meets. */
const DIST_PARTS = {
  'aarch64-linux-gnu-strip': { programs: ['aarch64-linux-gnu-strip'], packages: ['binutils-aarch64-linux-gnu'] },
  busybox: { programs: ['busybox'], packages: ['busybox-static', 'busybox'] },
  debootstrap: { programs: ['debootstrap'], packages: ['debootstrap'] },
  'dpkg-deb': { programs: ['dpkg-deb'], packages: ['dpkg'] },
  'libdeflate-gzip': { programs: ['libdeflate-gzip'], packages: ['libdeflate-tools'] },
  'qemu-aarch64-static': { programs: ['qemu-aarch64-static'], packages: ['qemu-user-static'] },
  rpmbuild: { programs: ['rpmbuild'], packages: ['rpm'] },
  unzip: { programs: ['unzip'], packages: ['unzip'] },
  'x86_64-linux-gnu-strip': { programs: ['x86_64-linux-gnu-strip'], packages: ['binutils-x86-64-linux-gnu'] },
};

/** What only `npm run test:windows` meets. */
const WINDOWS_PARTS = { wine: { programs: ['wine'], packages: ['wine'] } };

export const REAL_PART_NAMES = Object.keys(REAL_PARTS);
export const DIST_PART_NAMES = Object.keys(DIST_PARTS);
export const WINDOWS_PART_NAMES = Object.keys(WINDOWS_PARTS);

const ALL_PARTS = { ...REAL_PARTS, ...DIST_PARTS, ...WINDOWS_PARTS };

/** The Debian packages that may hold a part, the best first. */
export function packagesOf(name) {
  return ALL_PARTS[name].packages;
}

/** The path of a part, or undefined if it is missing. */
export function findPart(name) {
  const { programs, library } = ALL_PARTS[name];
  return library ? findLibrary(library) : programs.map(findProgram).find((path) => path !== undefined);
}

/** Services such as cron live in folders that a user's PATH leaves out. */
export function findProgram(program) {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

/** One line for the person in front of the machine. */
export function howToGet(name) {
  const { packages, brew } = ALL_PARTS[name];
  if (process.platform === 'darwin') return brew ? `brew install ${brew}` : 'it exists on Linux only';
  if (findProgram('apt-get')) return `sudo apt-get install ${packages[0]}`;
  return `install the package that Debian calls ${packages[0]}`;
}

function findLibrary(library) {
  const folders = ['/lib', '/usr/lib', '/usr/lib64', '/usr/local/lib', ...subfolders('/usr/lib')];
  return folders.map((folder) => join(folder, library)).find(existsSync);
}

/** Debian keeps libraries in one folder for each architecture. */
function subfolders(folder) {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
