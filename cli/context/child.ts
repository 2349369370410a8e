import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, constants as files, openSync } from 'node:fs';
import { constants } from 'node:os';
import { isExhausted, OracleComputeError, systemErrorCode } from '../../lib/errors.js';
import { withoutSecrets } from '../../lib/secrets/secret-variables.js';
import type { ChildOptions, ChildResult } from './context.js';
import type { Signals } from './signals.js';

/** What the keyboard sends, to all of the terminal's foreground: so the child has it already. */
const FROM_KEYBOARD: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];

/**
 * Runs a program on our own streams, without a shell. Signals that reach us are passed on to it. SIGINT and SIGQUIT are
 * so only where there is no terminal: many programs take a second Ctrl-C as the wish to end without cleaning up
 * (docs/decisions/exec.md).
 *
 * @throws OracleComputeError COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, INTERRUPTED before it was started
 */
export async function runChild(
  command: string,
  args: readonly string[],
  options: ChildOptions,
  signals: Signals,
): Promise<ChildResult> {
  signals.interruption.throwIfAborted();
  const isAtTerminal = hasTerminal();
  let child: ChildProcess | undefined;
  const restore = signals.divert((signal) => {
    // Without a process, Node would send it to all of our process group.
    if (child?.pid !== undefined && (!isAtTerminal || !FROM_KEYBOARD.includes(signal))) child.kill(signal);
  });
  try {
    // Of some failures it tells by an event, of others it throws.
    child = spawn(command, args, { stdio: 'inherit', env: options.env });
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return { status: signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 0) };
  } catch (cause) {
    throw notStarted(command, cause);
  } finally {
    restore();
  }
}

/** True where this process has a controlling terminal, whatever its streams are. A console of Windows is one, too. */
function hasTerminal(): boolean {
  if (process.platform === 'win32') return true;
  try {
    closeSync(openSync('/dev/tty', files.O_RDONLY | files.O_NOCTTY | files.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
}

/** As a shell has it: 127 for what is not there, 126 for what is there and cannot be started. */
function notStarted(command: string, cause: unknown): unknown {
  if (isExhausted(cause)) return cause;
  // A script whose interpreter is missing is not found either, by the system's word.
  const isThere = command.includes('/') && existsSync(command);
  return command === '' || (systemErrorCode(cause) === 'ENOENT' && !isThere)
    ? new OracleComputeError('COMMAND_NOT_FOUND', `there is no command ${command || "''"}`, { command }, { cause })
    : new OracleComputeError('COMMAND_NOT_EXECUTABLE', `${command} cannot be started`, { command }, { cause });
}

/** Browsers that would take over the terminal instead of opening a window. */
const TEXT_BROWSERS = /(?:^|\/)(?:lynx|links|links2|elinks|w3m|www-browser)$/;

/**
 * Opens an address in a graphical browser, by `BROWSER` if it is set, and gives false where there is none. The browser
 * is not waited for.
 */
export async function openBrowser(
  url: string,
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  for (const [command, ...args] of candidates(platform, env)) {
    if (command !== undefined && !TEXT_BROWSERS.test(command) && (await starts(command, withAddress(args, url), env)))
      return true;
  }
  return false;
}

/** `BROWSER='firefox --new-tab %s'` says where the address belongs; without that it comes last. */
function withAddress(args: readonly string[], url: string): string[] {
  const hasPlace = args.some((word) => word.includes('%s'));
  return hasPlace ? args.map((word) => word.replaceAll('%s', () => url)) : [...args, url];
}

function candidates(platform: NodeJS.Platform, env: Readonly<Record<string, string | undefined>>): string[][] {
  if (env.BROWSER) return env.BROWSER.split(':').map((choice) => choice.trim().split(/\s+/));
  if (platform === 'darwin') return [['open']];
  if (platform === 'win32') return [['explorer.exe']];
  return env.DISPLAY || env.WAYLAND_DISPLAY ? [['xdg-open']] : [];
}

function starts(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'ignore', detached: true, env: withoutSecrets(env, 'browser') });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
