import type { ChildProcess, ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { isExhausted, OracleComputeError } from '../errors.js';
import { withoutSecrets } from '../variables.js';
import {
  failureOf,
  type Keychain,
  type KeychainAccount,
  type KeychainRequest,
  parseKeychainLines,
  unavailable,
} from './keychain.js';

/** The service name of all entries. */
const SERVICE = 'oracle-compute';

/** Milliseconds. A dialog may be open that no one sees. */
const ANSWER_LIMIT = 3000;
/** How long the helper may take to start: on a busy machine longer than the keychain. */
const START_LIMIT = 20_000;
const MAX_OUTPUT = 1024 * 1024;

interface SystemKeychainOptions {
  /** The command line of the helper: Node and the built `keychain-helper.js`. */
  readonly helper: readonly [command: string, ...args: string[]];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The effective user id; undefined on a platform without one (Windows). */
  readonly uid: number | undefined;
  /** Ends a call in progress when it aborts. */
  readonly signal?: AbortSignal;
  /** How long the keychain may take to answer, in milliseconds; default 3 s. */
  readonly answerLimit?: number;
}

/**
 * The operating system's keychain. A helper process calls it, because a native call that waits for a dialog cannot be
 * cancelled and would keep this process alive.
 */
export function createSystemKeychain(options: SystemKeychainOptions): Keychain {
  return {
    get: async (account) => {
      const answer = await ask(options, { operation: 'get', service: SERVICE, account: nameOf(account) });
      return typeof answer === 'string' ? answer : undefined;
    },
    set: async (account, password) => {
      requireStorable(password);
      await ask(options, { operation: 'set', service: SERVICE, account: nameOf(account), password });
    },
    delete: async (account) =>
      (await ask(options, { operation: 'delete', service: SERVICE, account: nameOf(account) })) === true,
    check: async () => {
      await ask(options, { operation: 'check', service: SERVICE });
    },
  };
}

/** User names have no blanks, so the name is unique, and people can read it in the system's tools. */
function nameOf(account: KeychainAccount): string {
  return `${account.user} ${account.endpoint}`;
}

/** Refuses what the C interfaces of the keychains would silently truncate or change. */
function requireStorable(password: string): void {
  const from = 'what is to be saved';
  if (password === '') throw new OracleComputeError('PASSWORD_EMPTY', 'an empty password cannot be saved', { from });
  if (password.includes('\0') || !password.isWellFormed()) {
    throw new OracleComputeError('PASSWORD_MALFORMED', 'the keychain can store only UTF-8 text without NUL', { from });
  }
}

type Helper = ChildProcessByStdio<Writable, Readable, null>;

async function ask(options: SystemKeychainOptions, request: KeychainRequest): Promise<string | boolean | null> {
  options.signal?.throwIfAborted();
  const { spawn } = await import('node:child_process');
  const [command, ...args] = options.helper;
  const helper = spawn(command, args, {
    env: await keychainEnvironment(options.env, options.uid),
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
  });
  if (helper.pid === undefined) throw await refusalOf(helper);
  try {
    return await answerOf(helper, request, options);
  } finally {
    helper.kill('SIGKILL');
    helper.stdout.destroy();
    helper.unref();
  }
}

/**
 * The error if the process was not started. It must not be killed: without a process id, Node would signal process 0,
 * which is the whole process group.
 */
async function refusalOf(helper: ChildProcess): Promise<unknown> {
  const [error] = await once(helper, 'error');
  return isExhausted(error) ? error : unavailable('crashed', 'its helper cannot be started');
}

function answerOf(
  helper: Helper,
  request: KeychainRequest,
  { signal, answerLimit = ANSWER_LIMIT }: SystemKeychainOptions,
): Promise<string | boolean | null> {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (error: unknown) => settle(() => reject(error));
    let timer = setTimeout(() => fail(unavailable('crashed', 'its helper did not start in time')), START_LIMIT);
    let isAsking = false;
    const interrupt = () => fail(signal?.reason);
    const settle = (end: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', interrupt);
      end();
    };
    signal?.addEventListener('abort', interrupt, { once: true });
    helper.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.length > MAX_OUTPUT) return fail(unavailable('crashed', 'its helper wrote too much'));
      for (const line of parseKeychainLines(output)) {
        if ('answer' in line) settle(() => resolve(line.answer));
        else if ('failure' in line) fail(failureOf(line));
        else if (!isAsking) {
          isAsking = true;
          clearTimeout(timer);
          timer = setTimeout(() => fail(unanswered(answerLimit)), answerLimit);
        }
      }
    });
    helper.once('close', (_status, ended) => {
      const how = ended === null ? 'ended without an answer' : `crashed (${ended})`;
      fail(unavailable('crashed', `its helper ${how}`));
    });
    // An early end of the helper is reported by `close`, not by the pipe.
    helper.stdin.on('error', () => undefined);
    helper.stdin.end(JSON.stringify(request));
  });
}

function unanswered(limit: number): OracleComputeError {
  const seconds = limit / 1000;
  return new OracleComputeError('KEYCHAIN_NO_ANSWER', `the keychain did not answer in ${seconds} s`, { seconds });
}

type Environment = Readonly<Record<string, string | undefined>>;

/** systemd and elogind put the runtime folders of users there, each readable by its user only. */
const RUNTIME_FOLDERS = '/run/user';

/**
 * The environment of the helper process. A cron job or an ssh session has no variable for the D-Bus session, but its
 * socket has a fixed path: if it exists, the variable is set.
 */
export async function keychainEnvironment(
  env: Environment,
  uid: number | undefined,
  runtimeFolders = RUNTIME_FOLDERS,
): Promise<Record<string, string | undefined>> {
  // Node would read these in the helper, too.
  const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _folder, ...cleaned } = withoutSecrets(env, 'keychain');
  if (cleaned.DBUS_SESSION_BUS_ADDRESS || cleaned.XDG_RUNTIME_DIR || uid === undefined) return cleaned;
  const path = join(runtimeFolders, String(uid), 'bus');
  const bus = await fs.stat(path).catch(() => undefined);
  if (!bus?.isSocket() || bus.uid !== uid) return cleaned;
  return { ...cleaned, DBUS_SESSION_BUS_ADDRESS: `unix:path=${path}` };
}
