import { readFileSync, realpathSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { systemClock } from '../../lib/clock.js';
import { OracleComputeError } from '../../lib/errors.js';
import { homeFolder } from '../../lib/files/owner.js';
import { createHttpClient } from '../../lib/http/create-client.js';
import type { Keychain } from '../../lib/secrets/keychain.js';
import { VERSION } from '../../lib/version.js';
import type { Context, InputStream, OutputStream } from './context.js';
import { realOutput, withholdNodeNotes } from './real-output.js';
import type { Signals } from './signals.js';
import type { Terminal } from './terminal.js';

/** The context as it is, built from the real process. */
export function realContext(program: Context['program'], signals: Signals, crash: Promise<never>): Context {
  const { env } = process;
  const { interruption } = signals;
  if (env.NODE_DEBUG) withholdNodeNotes(process.stderr, process.pid, program);
  const stdout = realOutput(() => process.stdout, interruption);
  const stderr = realOutput(() => process.stderr, interruption);
  const terminal = lazyTerminal(stdout, stderr, interruption);
  return {
    program,
    self: [process.execPath, process.argv[1] ?? ''],
    version: VERSION,
    nodeVersion: process.versions.node,
    stdin: realInput(interruption),
    stdout,
    stderr,
    env,
    refuseMisread: (words) => refuseMisread(words, (name) => NAMES_FILES.test(name)),
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
    keychain: lazyKeychain(interruption),
    promptSecret: async (question, signal) => (await terminal()).ask(question, { isHidden: true, signal }),
    ask: async (question) => (await terminal()).ask(question, { isHidden: false }),
    openBrowser: async (url) => (await import('./child.js')).openBrowser(url, process.platform, env),
    runChild: async (command, args, options) => {
      refuseMisread([], (name) => options.env[name] === env[name]);
      return (await import('./child.js')).runChild(command, args, options, signals);
    },
  };
}

/** Variables that say where our files are, and who we are. */
const NAMES_FILES = /^(?:HOME$|(?:OPC|ORACLE_COMPUTE|NIMBULA|OCI)_)/;

/** @throws OracleComputeError NOT_UTF8 for a word or a variable in whose place Node has put U+FFFD */
function refuseMisread(words: readonly string[], counts: (name: string) => boolean): void {
  const { env } = process;
  const at = words.findIndex(isMisread);
  const variable = Object.keys(env).find((name) => counts(name) && isMisread(`${name}=${env[name]}`));
  if (at === -1 && variable === undefined) return;
  const what = at === -1 ? `the variable ${variable}` : `argument ${at + 1}`;
  throw new OracleComputeError('NOT_UTF8', `${what} is not UTF-8`, {});
}

/** Linux still has the bytes, and so tells what was given with U+FFFD. Elsewhere that counts as misread, too. */
function isMisread(text: string): boolean {
  if (!text.includes('\ufffd')) return false;
  try {
    const given = ['cmdline', 'environ'].map((name) => readFileSync(`/proc/self/${name}`, 'latin1'));
    return !`\0${given.join('\0')}`.includes(Buffer.from(`\0${text}\0`).toString('latin1'));
  } catch {
    return true;
  }
}

/** Standard input, whose reading ends when the program is told to stop. */
function realInput(interruption: AbortSignal): InputStream {
  return {
    get isTTY() {
      return process.stdin.isTTY === true;
    },
    read: (signal) => {
      interruption.throwIfAborted();
      signal?.addEventListener('abort', () => process.stdin.destroy(), { once: true });
      // Reading would go on, and keep the process alive.
      interruption.addEventListener('abort', () => process.stdin.destroy(interruption.reason), { once: true });
      return process.stdin;
    },
  };
}

/**
 * Where the folder has been deleted, the place where it was: relative paths lead to files that do not exist. Libraries
 * ask for it too, and some while they are loaded, so that all commands would fail.
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

/**
 * The keychain, whose helper lies beside the entry and is started as the entry was: built, or as TypeScript by a loader.
 * The entry may have been started by a link from elsewhere.
 */
function lazyKeychain(signal: AbortSignal): Keychain {
  const keychain = async () => {
    const { createSystemKeychain } = await import('../../lib/secrets/system-keychain.js');
    const entry = realpathSync(process.argv[1] ?? '');
    const helper = join(dirname(entry), `keychain-helper${extname(entry)}`);
    const { execPath, execArgv, env } = process;
    return createSystemKeychain({ helper: [execPath, ...execArgv, helper], env, uid: process.geteuid?.(), signal });
  };
  return {
    get: async (account) => (await keychain()).get(account),
    set: async (account, password) => (await keychain()).set(account, password),
    delete: async (account) => (await keychain()).delete(account),
    check: async () => (await keychain()).check(),
  };
}
