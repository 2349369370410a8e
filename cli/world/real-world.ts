import { realpathSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { systemClock } from '../../lib/clock.js';
import { createHttpClient } from '../../lib/http/create-client.js';
import type { Keychain } from '../../lib/secrets/keychain.js';
import { VERSION } from '../../lib/version.js';
import { withholdNodeNotes } from './node-debug.js';
import { realOutput } from './real-output.js';
import { listenForSignals, type Signals } from './signals.js';
import type { InputStream, World } from './world.js';

/**
 * The world as it is: the one file of the program that looks at the real process. What costs time to make is made when
 * it is asked for.
 */
export function realWorld(program: World['program']): World {
  const { env } = process;
  if (env.NODE_DEBUG) withholdNodeNotes(process.stderr, process.pid, program);
  const signals = listenForSignals(process);
  return {
    program,
    self: [process.execPath, process.argv[1] ?? ''],
    version: VERSION,
    nodeVersion: process.versions.node,
    stdin: realInput(signals),
    stdout: realOutput(1, () => process.stdout),
    stderr: realOutput(2, () => process.stderr),
    env,
    get home() {
      return env.HOME || process.getBuiltinModule('node:os').homedir();
    },
    get cwd() {
      return process.cwd();
    },
    platform: process.platform,
    uid: process.geteuid?.(),
    clock: systemClock,
    get interruption() {
      return signals.interruption;
    },
    http: createHttpClient,
    keychain: lazyKeychain(signals),
    askHidden: async (question, signal) =>
      (await import('./terminal.js')).askHidden(question, process.stdin, process.stderr, signal),
    ask: async (question) => (await import('./terminal.js')).ask(question, process.stdin, process.stderr),
    openBrowser: async (url) => (await import('./browser.js')).openBrowser(url, process.platform, env),
    runChild: async (command, args, options) => (await import('./child.js')).runChild(command, args, options, signals),
  };
}

function realInput(signals: Signals): InputStream {
  return {
    get isTTY() {
      return process.stdin.isTTY === true;
    },
    read: () => {
      const { interruption } = signals;
      // Reading would go on, and keep the process alive, after it was told to stop.
      interruption.addEventListener('abort', () => process.stdin.destroy(interruption.reason), { once: true });
      return process.stdin;
    },
  };
}

/**
 * The keychain, whose helper lies beside the entry and is started as the entry was: built, or as TypeScript by a loader.
 * The entry may have been started by a link from elsewhere.
 */
function lazyKeychain(signals: Signals): Keychain {
  const keychain = async () => {
    const { createSystemKeychain } = await import('../../lib/secrets/system-keychain.js');
    const entry = realpathSync(process.argv[1] ?? '');
    const helper = join(dirname(entry), `keychain-helper${extname(entry)}`);
    const { execPath, execArgv, env } = process;
    return createSystemKeychain({
      helper: [execPath, ...execArgv, helper],
      env,
      uid: process.geteuid?.(),
      signal: signals.interruption,
    });
  };
  return {
    get: async (account) => (await keychain()).get(account),
    set: async (account, password) => (await keychain()).set(account, password),
    delete: async (account) => (await keychain()).delete(account),
    check: async () => (await keychain()).check(),
  };
}
