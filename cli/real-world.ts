import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock } from '../lib/clock.js';
import type { HttpClient, HttpSettings } from '../lib/http/client.js';
import type { Keychain } from '../lib/secrets/keychain.js';
import { listenForSignals } from './signals.js';
import type { InputStream, OutputStream, World } from './world.js';

declare const PROGRAM_VERSION: string;

/** The world as it is: the one file of the program that looks at the real process. */
export function realWorld(program: World['program']): World {
  const { env } = process;
  const signals = listenForSignals(process);
  return {
    program,
    self: [process.execPath, process.argv[1] ?? ''],
    version: PROGRAM_VERSION,
    nodeVersion: process.versions.node,
    stdin: realInput(signals.interruption),
    stdout: realOutput(process.stdout),
    stderr: realOutput(process.stderr),
    env,
    home: env.HOME || homedir(),
    cwd: process.cwd(),
    platform: process.platform,
    uid: process.geteuid?.(),
    clock: systemClock,
    interruption: signals.interruption,
    http: lazyHttpClient,
    keychain: lazyKeychain(signals.interruption),
    askHidden: async (question) => (await import('./terminal.js')).askHidden(question, process.stdin, process.stderr),
    ask: async (question) => (await import('./terminal.js')).ask(question, process.stdin, process.stderr),
    openBrowser: async (url) => (await import('./browser.js')).openBrowser(url, process.platform, env),
    runChild: async (command, args, options) => (await import('./child.js')).runChild(command, args, options, signals),
  };
}

function realOutput(stream: NodeJS.WriteStream): OutputStream {
  let isRead = true;
  // A reader that has gone away (`… | head -1`) is no failure of ours.
  stream.on('error', () => {
    isRead = false;
  });
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
    drained: async () => {
      if (isRead && stream.writableNeedDrain) {
        await new Promise((resolve) => stream.once('drain', resolve).once('error', resolve).once('close', resolve));
      }
      return isRead;
    },
  };
}

function realInput(interruption: AbortSignal): InputStream {
  return {
    get isTTY() {
      return process.stdin.isTTY === true;
    },
    read: () => {
      // Reading would go on, and keep the process alive, after it was told to stop.
      interruption.addEventListener('abort', () => process.stdin.destroy(interruption.reason), { once: true });
      return process.stdin;
    },
  };
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
