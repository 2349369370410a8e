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

export const REAL_PART_NAMES: readonly RealPart[];
export function packagesOf(name: RealPart): readonly string[];
export function findPart(name: RealPart): string | undefined;
export function findProgram(program: string): string | undefined;
export function howToGet(name: RealPart): string;
