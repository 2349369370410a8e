import { readFileSync, realpathSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { systemClock } from '../../lib/clock.js';
import { OracleComputeError } from '../../lib/errors.js';
import { createHttpClient, systemKeychain, VERSION } from '../../lib/index.js';
import { homeFolder } from '../../lib/variables.js';
import type { Context, InputStream, OutputStream } from './context.js';
import { isTerminal } from './is-terminal.js';
import { realOutput, suppressNodeDebug } from './real-output.js';
import type { Signals } from './signals.js';
import type { Terminal } from './terminal.js';

/** The context of the real process. */
export function realContext(program: Context['program'], signals: Signals, crash: Promise<never>): Context {
  const { env } = process;
  const launcher = leaveLauncher(env);
  const { interruption } = signals;
  if (env.NODE_DEBUG) suppressNodeDebug(process.stderr, process.pid, program);
  const stdout = realOutput(1, () => process.stdout, interruption);
  const stderr = realOutput(2, () => process.stderr, interruption);
  const terminal = lazyTerminal(stdout, stderr, interruption);
  return {
    program,
    self: launcher === undefined ? [process.execPath, process.argv[1] ?? ''] : [launcher],
    version: VERSION,
    nodeVersion: process.versions.node,
    stdin: realInput(interruption),
    stdout,
    stderr,
    env,
    assertUtf8: (words) => assertUtf8(words, (name) => NAMES_FILES.test(name)),
    get home() {
      return homeFolder(env);
    },
    cwd: workingFolder(),
    platform: process.platform,
    uid: process.geteuid?.(),
    clock: systemClock,
    interruption,
    crash,
    http: createHttpClient,
    keychain: systemKeychain({ env, signal: interruption, helper: keychainHelper }),
    promptSecret: async (question, signal) => (await terminal()).ask(question, { isHidden: true, signal }),
    ask: async (question) => (await terminal()).ask(question, { isHidden: false }),
    openBrowser: async (url) => (await import('./child.js')).openBrowser(url, process.platform, env),
    runChild: async (command, args, options) => {
      assertUtf8([], (name) => options.env[name] === env[name]);
      return (await import('./child.js')).runChild(command, args, options, signals);
    },
    outputOf: async (command, args) => (await import('./child.js')).outputOf(command, args, env, interruption),
  };
}

/**
 * What the launcher of an archive or a package with its own Node says: the path by which it was started. It keeps the
 * user's `NODE_OPTIONS` from that Node; here they become the environment of child processes again.
 */
function leaveLauncher(env: NodeJS.ProcessEnv): string | undefined {
  const { ORACLE_COMPUTE_LAUNCHER: launcher, ORACLE_COMPUTE_NODE_OPTIONS: options } = env;
  if (launcher === undefined) return undefined;
  delete env.ORACLE_COMPUTE_LAUNCHER;
  delete env.ORACLE_COMPUTE_NODE_OPTIONS;
  if (options !== undefined) env.NODE_OPTIONS = options;
  return launcher;
}

/** Variables that name our files and the user. */
const NAMES_FILES = /^(?:HOME$|(?:OPC|ORACLE_COMPUTE|NIMBULA|OCI)_)/;

/** @throws OracleComputeError NOT_UTF8 for an argument or a variable with bytes that Node replaced by U+FFFD */
function assertUtf8(words: readonly string[], counts: (name: string) => boolean): void {
  const { env } = process;
  const at = words.findIndex(isMisread);
  const variable = Object.keys(env).find((name) => counts(name) && isMisread(`${name}=${env[name]}`));
  if (at === -1 && variable === undefined) return;
  const what = at === -1 ? `the variable ${variable}` : `argument ${at + 1}`;
  throw new OracleComputeError('NOT_UTF8', `${what} is not UTF-8`, {});
}

/** Linux still has the bytes, which may be a real U+FFFD. On other systems, U+FFFD counts as misread. */
function isMisread(text: string): boolean {
  if (!text.includes('\ufffd')) return false;
  try {
    const given = ['cmdline', 'environ'].map((name) => readFileSync(`/proc/self/${name}`, 'latin1'));
    return !`\0${given.join('\0')}`.includes(Buffer.from(`\0${text}\0`).toString('latin1'));
  } catch {
    return true;
  }
}

/** Standard input. An interruption ends the reading. */
function realInput(interruption: AbortSignal): InputStream {
  return {
    get isTTY() {
      return isTerminal(0);
    },
    read: (signal) => {
      interruption.throwIfAborted();
      signal?.addEventListener('abort', () => process.stdin.destroy(), { once: true });
      // The read would continue, and keep the process alive.
      interruption.addEventListener('abort', () => process.stdin.destroy(interruption.reason), { once: true });
      return process.stdin;
    },
  };
}

/**
 * The current folder; or its former path if it was deleted, so that relative paths lead to files that do not exist.
 * `process.cwd` is replaced then: libraries call it while they load, and every command would fail.
 */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    const place = process.env.PWD || '/';
    process.cwd = () => place;
    return place;
  }
}

function lazyTerminal(stdout: OutputStream, stderr: OutputStream, interruption: AbortSignal): () => Promise<Terminal> {
  let terminal: Promise<Terminal> | undefined;
  return () => {
    terminal ??= import('./terminal.js').then(({ Terminal }) => {
      const { stdin: input } = process;
      return new Terminal({ input, output: stderr, process, canStop: stdout.isTTY, interruption });
    });
    return terminal;
  };
}

/** The helper of the keychain is beside the entry, and is started like it: built, or as TypeScript by a loader. */
function keychainHelper(): readonly [string, ...string[]] {
  // The entry may have been started through a link.
  const entry = realpathSync(process.argv[1] ?? '');
  return [process.execPath, ...process.execArgv, join(dirname(entry), `keychain-helper${extname(entry)}`)];
}
