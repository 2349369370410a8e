import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock } from '../lib/clock.js';
import { OracleComputeError } from '../lib/errors.js';
import type { HttpClient, HttpSettings } from '../lib/http/client.js';
import type { Keychain } from '../lib/secrets/keychain.js';
import type { InputStream, OutputStream, World } from './world.js';

declare const PROGRAM_VERSION: string;

/** The world as it is: the one file of the program that looks at the real process. */
export function realWorld(program: World['program']): World {
  const { env } = process;
  const interruption = interruptionSignal();
  return {
    program,
    self: [process.execPath, process.argv[1] ?? ''],
    version: PROGRAM_VERSION,
    stdin: realInput(),
    stdout: realOutput(process.stdout),
    stderr: realOutput(process.stderr),
    env,
    home: env.HOME || homedir(),
    cwd: process.cwd(),
    platform: process.platform,
    uid: process.geteuid?.(),
    clock: systemClock,
    interruption,
    http: lazyHttpClient,
    keychain: lazyKeychain(interruption),
    askHidden: async (question) => (await import('./terminal.js')).askHidden(question, process.stdin, process.stderr),
    ask: async (question) => (await import('./terminal.js')).ask(question, process.stdin, process.stderr),
    openBrowser: async (url) => (await import('./browser.js')).openBrowser(url, process.platform, env),
    runChild: async (command, args, options) => (await import('./child.js')).runChild(command, args, options),
  };
}

function realOutput(stream: NodeJS.WriteStream): OutputStream {
  // A reader that has gone away (`… | head -1`) is no failure of ours.
  stream.on('error', () => undefined);
  return {
    get isTTY() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.columns;
    },
    write: (text) => {
      stream.write(text);
    },
  };
}

function realInput(): InputStream {
  return {
    get isTTY() {
      return process.stdin.isTTY === true;
    },
    read: () => process.stdin,
  };
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Aborts at the first signal, so that what is under way ends cleanly; a second signal ends the process at once. */
function interruptionSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of SIGNALS) {
    const stop = () => {
      process.removeListener(name, stop);
      controller.abort(new OracleComputeError('INTERRUPTED', `interrupted by ${name}`, { signal: name }));
    };
    process.on(name, stop);
  }
  return controller.signal;
}

/** The HTTP library is loaded with the first request. */
function lazyHttpClient(settings: HttpSettings): HttpClient {
  let created: Promise<HttpClient> | undefined;
  const client = () => {
    created ??= import('../lib/http/got-client.js').then(({ createHttpClient }) => createHttpClient(settings));
    return created;
  };
  return {
    send: async (request) => (await client()).send(request),
    stream: async (request) => (await client()).stream(request),
  };
}

/** The keychain, whose helper lies beside the entry; the entry may have been started by a link from elsewhere. */
function lazyKeychain(signal: AbortSignal): Keychain {
  const keychain = async () => {
    const { createSystemKeychain } = await import('../lib/secrets/system-keychain.js');
    const helper = join(dirname(realpathSync(process.argv[1] ?? '')), 'keychain-helper.js');
    const { execPath, env } = process;
    return createSystemKeychain({ helper: [execPath, helper], env, uid: process.geteuid?.(), signal });
  };
  return {
    get: async (account) => (await keychain()).get(account),
    set: async (account, password) => (await keychain()).set(account, password),
    delete: async (account) => (await keychain()).delete(account),
    check: async () => (await keychain()).check(),
  };
}
