import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, constants as files, openSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { isExhausted, isOracleComputeError, OracleComputeError, systemErrorCode } from '../../lib/errors.js';
import { withoutSecrets } from '../../lib/variables.js';
import type { ChildOptions, ChildResult } from './context.js';
import { type StartableCommand, systemProgram, windowsBrowsers, windowsCommand } from './find-command.js';
import type { Signals } from './signals.js';

/** The terminal sends these to its whole foreground, so the child gets them without us. */
const FROM_KEYBOARD: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];

/**
 * Runs a program on our own streams, without a shell, and forwards our signals to it. SIGINT and SIGQUIT are forwarded
 * without a terminal only: many programs skip their cleanup at a second Ctrl-C (docs/decisions/exec.md).
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
    // Without a process id, Node would signal our whole process group.
    if (child?.pid !== undefined && (!isAtTerminal || !FROM_KEYBOARD.includes(signal))) child.kill(signal);
  });
  try {
    const { file, args: words, ...how } = startable(command, args, options.env);
    // Some failures are an event, others are thrown.
    child = spawn(file, words, { stdio: 'inherit', ...how });
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return { status: signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 0) };
  } catch (cause) {
    throw notStarted(command, cause);
  } finally {
    restore();
  }
}

/** What the system is told to start. Windows itself looks only for `.exe`, and first in the current folder. */
function startable(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): StartableCommand {
  const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  return process.platform === 'win32'
    ? { env, ...windowsCommand(command, args, env, isFile) }
    : { file: command, args, env };
}

/** True if this process has a controlling terminal, even if no stream is one. So is a console of Windows. */
function hasTerminal(): boolean {
  if (process.platform === 'win32') return true;
  try {
    closeSync(openSync('/dev/tty', files.O_RDONLY | files.O_NOCTTY | files.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
}

/** As in a shell: status 127 if the command does not exist, 126 if it exists and cannot be started. */
function notStarted(command: string, cause: unknown): unknown {
  if (isExhausted(cause) || isOracleComputeError(cause)) return cause;
  // The system's error is ENOENT, too, if the interpreter of a script is missing.
  const fileExists = command.includes('/') && existsSync(command);
  return command === '' || (systemErrorCode(cause) === 'ENOENT' && !fileExists)
    ? new OracleComputeError('COMMAND_NOT_FOUND', `command not found: ${command || "''"}`, { command }, { cause })
    : new OracleComputeError('COMMAND_NOT_EXECUTABLE', `${command} cannot be started`, { command }, { cause });
}

/** Milliseconds. */
const OUTPUT_LIMIT = 3000;

/** What a program prints on stdout, as `Context.outputOf` says. */
export function outputOf(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const options = { env: withoutSecrets(env, 'browser'), signal, timeout: OUTPUT_LIMIT, windowsHide: true };
  return new Promise((resolve) => {
    execFile(command, args, options, (error, stdout) => resolve(error ? undefined : stdout)).stdin?.end();
  });
}

/** Browsers that use the terminal instead of a window. */
const TEXT_BROWSERS = /(?:^|\/)(?:lynx|links|links2|elinks|w3m|www-browser)$/;

/**
 * Opens an address in a graphical browser: that of `BROWSER` if it is set. Does not wait for the browser to end.
 *
 * @returns false if no browser can be started
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

/** The address replaces `%s`, as in `BROWSER='firefox --new-tab %s'`; without `%s` it is the last argument. */
function withAddress(args: readonly string[], url: string): string[] {
  const hasPlaceholder = args.some((word) => word.includes('%s'));
  return hasPlaceholder ? args.map((word) => word.replaceAll('%s', () => url)) : [...args, url];
}

function candidates(platform: NodeJS.Platform, env: Readonly<Record<string, string | undefined>>): string[][] {
  if (env.BROWSER && platform === 'win32') return windowsBrowsers(env.BROWSER);
  if (env.BROWSER) return env.BROWSER.split(':').map((choice) => choice.trim().split(/\s+/));
  if (platform === 'darwin') return [['open']];
  // Not explorer.exe, which opens a folder instead of an address with a query.
  if (platform === 'win32') return [[systemProgram('rundll32.exe', env), 'url.dll,FileProtocolHandler']];
  return env.DISPLAY || env.WAYLAND_DISPLAY ? [['xdg-open']] : [];
}

async function starts(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  try {
    const { file, args: words, ...how } = startable(command, args, withoutSecrets(env, 'browser'));
    const child = spawn(file, words, { stdio: 'ignore', detached: true, ...how });
    await once(child, 'spawn');
    child.unref();
    return true;
  } catch {
    return false;
  }
}
