export type RealPart =
  | 'bash'
  | 'chromium'
  | 'cron'
  | 'curl'
  | 'dash'
  | 'dbus-run-session'
  | 'expect'
  | 'faketime'
  | 'fish'
  | 'git'
  | 'gnome-keyring-daemon'
  | 'hyperfine'
  | 'jq'
  | 'ksh'
  | 'lexgrog'
  | 'libsecret'
  | 'redis-sentinel'
  | 'redis-server'
  | 'strace'
  | 'systemd-analyze'
  | 'tcsh'
  | 'tmux'
  | 'zsh';

export type DistPart =
  | 'aarch64-linux-gnu-strip'
  | 'busybox'
  | 'debootstrap'
  | 'dpkg-deb'
  | 'libdeflate-gzip'
  | 'qemu-aarch64-static'
  | 'rpmbuild'
  | 'unzip'
  | 'x86_64-linux-gnu-strip';

export type WindowsPart = 'wine';

export const REAL_PART_NAMES: readonly RealPart[];
export const DIST_PART_NAMES: readonly DistPart[];
export const WINDOWS_PART_NAMES: readonly WindowsPart[];
export function packagesOf(name: RealPart | DistPart | WindowsPart): readonly string[];
export function findPart(name: RealPart | DistPart | WindowsPart): string | undefined;
export function findProgram(program: string): string | undefined;
export function howToGet(name: RealPart | DistPart | WindowsPart): string;
