import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type ProgramResult, runProgram } from '../support/program.js';

/** Kept between runs; `npm ci` removes it. */
const CACHE = resolve('node_modules/.cache/dist');
const MIRROR = 'http://deb.debian.org/debian';
const RELEASE = 'bookworm';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** An ordinary user of a Debian in a folder. */
const JACK = 1000;

/** A minimal Debian, with man and the completion of bash, and without Node. */
export interface Debian {
  readonly root: string;
  /** Runs a script as root. */
  asRoot(script: string): Promise<ProgramResult>;
  /**
   * Runs a script as an ordinary user, in a home folder of the test, which has the same path there.
   *
   * @param options.mounts lines of a script that mount more, before it becomes that user
   */
  asUser(script: string, options: UserOptions): Promise<ProgramResult>;
  /** All files and folders, but those of the bookkeeping of apt and dpkg. */
  paths(): string[];
  remove(): void;
}

export interface UserOptions {
  readonly home: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly mounts?: string;
}

/** Packages that are there besides those that every Debian has. */
const INCLUDED = 'bash-completion,ca-certificates,libstdc++6,man-db';

/** The tree, made before the tests, which copy it. */
export const DEBIAN_TREE = join(CACHE, `debian-${RELEASE}`);

/** Called by Vitest once before all tests: debootstrap takes minutes. */
export function setup(): void {
  if (existsSync(DEBIAN_TREE)) return;
  mkdirSync(CACHE, { recursive: true });
  const made = mkdtempSync(join(CACHE, 'debootstrap-'));
  const words = ['--variant=minbase', `--include=${INCLUDED}`, RELEASE, made, MIRROR];
  execFileSync('debootstrap', words, { stdio: 'ignore' });
  renameSync(made, DEBIAN_TREE);
}

/** A copy of the tree. */
export function newDebian(): Debian {
  const root = mkdtempSync(join(tmpdir(), 'debian-'));
  cpSync(DEBIAN_TREE, root, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true, filter: isPlain });
  chmodSync(root, 0o755);
  appendFileSync(join(root, 'etc', 'passwd'), `jack:x:${JACK}:${JACK}::/nonexistent:/bin/bash\n`);
  return {
    root,
    asRoot: (script) => inside(root, script, { home: '/root', user: 0 }),
    asUser: (script, options) => {
      execFileSync('chown', ['-R', `${JACK}:${JACK}`, options.home]);
      return inside(root, script, { ...options, user: JACK });
    },
    paths: () => {
      const paths = readdirSync(root, { recursive: true, encoding: 'utf8' });
      return paths
        .filter((path) => !/^(?:var\/(?:lib\/(?:apt|dpkg)|log|cache)|tmp|proc|dev|root)(?:\/|$)/.test(path))
        .sort();
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Devices are mounted where a script runs. */
const isPlain = (path: string) => !/\/debian-[a-z]+\/dev\/./.test(path);

/** In a mount namespace of its own, so that nothing stays mounted; on the network of the tests. */
const ENTER = `
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
eval "$4"
if [ "$3" != /root ]; then mkdir -p "$1$3"; mount --bind "$3" "$1$3"; fi
cd /
exec chroot --userspec="$2:$2" --groups= "$1" /bin/bash -c 'cd "$HOME" && eval "$1"' bash "$5"`;

function inside(
  root: string,
  script: string,
  options: UserOptions & { readonly user: number },
): Promise<ProgramResult> {
  const { home, user, env, mounts = '' } = options;
  const words = [root, String(user), home, mounts, script];
  const paths = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: home, LANG: 'C.UTF-8' };
  return runProgram(words, { env: { ...env, ...paths } }, ['unshare', '--mount', 'sh', '-euc', ENTER, 'sh']);
}

/** What a Linux on arm64 has of its own that Node needs, from Debian's packages. */
export function arm64Libraries(): string {
  const folder = join(CACHE, 'arm64');
  const root = join(folder, 'root');
  if (existsSync(root)) return root;
  for (const each of ['state/lists/partial', 'cache/archives/partial', 'debs'])
    mkdirSync(join(folder, each), { recursive: true });
  writeFileSync(join(folder, 'sources.list'), `deb [signed-by=${KEYRING}] ${MIRROR} ${RELEASE} main\n`);
  const settings = {
    'Dir::State': join(folder, 'state'),
    'Dir::Cache': join(folder, 'cache'),
    'Dir::State::status': '/dev/null',
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'APT::Architecture': 'arm64',
    'APT::Architectures::': 'arm64',
    'APT::Sandbox::User': 'root',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const apt = (...words: string[]) =>
    execFileSync('apt-get', ['-q', ...options, ...words], { cwd: join(folder, 'debs'), stdio: 'ignore' });
  apt('update');
  apt('download', 'libc6', 'libgcc-s1', 'libstdc++6');
  const unpacked = `${root}.new`;
  for (const file of readdirSync(join(folder, 'debs')))
    execFileSync('dpkg-deb', ['-x', join(folder, 'debs', file), unpacked]);
  renameSync(unpacked, root);
  return root;
}
