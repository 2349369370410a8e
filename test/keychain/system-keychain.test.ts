import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OracleComputeError } from '../../lib/errors.js';
import { createSystemKeychain } from '../../lib/secrets/system-keychain.js';
import { cleanEnvironment } from '../support/program.js';
import { temporaryHome, writeFileWithMode } from '../support/temporary-home.js';
import { type Environment, HELPER, keychainIn, lockedKeyring, openKeyring, privateBus } from './keyring-session.js';

const JACK = { user: '/Compute-acme/jack', endpoint: 'https://api-z99.compute.example.com' };

/** Processes that have this file in their command line. */
function processesOf(helper: string): string[] {
  if (!existsSync('/proc/self/cmdline')) {
    const lines = execFileSync('ps', ['-A', '-o', 'args'], { encoding: 'utf8' }).split('\n');
    return lines.filter((line) => line.includes(helper));
  }
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(helper);
    } catch {
      return false;
    }
  });
}

/** A copy of the helper with a keytar of its own, whose presence in the process list is this test's alone. */
function privateInstallation(home: string): { helper: string; keytar: string } {
  const folder = join(home, 'lib');
  const keytar = join(folder, 'node_modules', 'keytar');
  cpSync(dirname(HELPER), join(folder, 'bin'), { recursive: true });
  mkdirSync(keytar, { recursive: true });
  return { helper: join(folder, 'bin', 'keychain-helper.js'), keytar };
}

function withKeytar(home: string, source: string) {
  const { helper, keytar } = privateInstallation(home);
  writeFileSync(join(keytar, 'package.json'), '{"name":"keytar","version":"0.0.0"}');
  writeFileSync(join(keytar, 'index.js'), source);
  return helper;
}

function keychainWith(
  helper: string,
  env: Environment = cleanEnvironment('/nowhere'),
  more: { readonly signal?: AbortSignal; readonly answerLimit?: number } = {},
) {
  return createSystemKeychain({ helper: [process.execPath, helper], env, uid: undefined, ...more });
}

describe('a locked keyring whose dialog nobody answers', () => {
  it('is given up after three seconds, and leaves no process behind', async () => {
    const home = temporaryHome();
    const first = await privateBus(home);
    await openKeyring(first);
    await keychainIn(first).set(JACK, 'secret');
    const { helper, keytar } = privateInstallation(home);
    cpSync('node_modules/keytar', keytar, { recursive: true, dereference: true });
    const env = await privateBus(home, { dialogs: 'unanswered' });
    await lockedKeyring(env);
    const keychain = keychainWith(helper, env);

    const started = performance.now();
    await expect(keychain.get(JACK)).rejects.toMatchObject({
      code: 'KEYCHAIN_NO_ANSWER',
      message: 'the keychain did not answer in 3 s',
      fields: { seconds: 3 },
    });
    // Not a measurement: less would mean that the dialog was never waited for.
    expect(performance.now() - started).toBeGreaterThan(2900);
    await expect.poll(() => processesOf(helper), { timeout: 60_000 }).toEqual([]);
  });
});

describe('a helper whose keytar', () => {
  it.each([
    ['hangs for ever', 'exports.getPassword = () => new Promise(() => setInterval(() => {}, 1000));'],
    ['blocks the process', 'exports.getPassword = () => { for (;;); };'],
  ])('%s is given up and ended', async (_, source) => {
    const helper = withKeytar(temporaryHome(), source);
    const keychain = keychainWith(helper, undefined, { answerLimit: 200 });
    await expect(keychain.get(JACK)).rejects.toMatchObject({ code: 'KEYCHAIN_NO_ANSWER' });
    await expect.poll(() => processesOf(helper), { timeout: 60_000 }).toEqual([]);
  });

  it.each([
    ['crashes', 'exports.getPassword = () => process.kill(process.pid, "SIGSEGV");', /its helper crashed \(SIGSEGV\)/],
    ['aborts', 'exports.getPassword = () => process.abort();', /its helper crashed \(SIGABRT\)/],
    ['ends the process', 'exports.getPassword = () => process.exit(0);', /its helper ended without an answer/],
    [
      'says something else on stdout',
      'exports.getPassword = async () => { console.log("{}\\nnull\\n7\\n{\\"answer"); process.exit(3); };',
      /its helper ended without an answer/,
    ],
  ])('%s is no keychain', async (_, source, message) => {
    const helper = withKeytar(temporaryHome(), source);
    await expect(keychainWith(helper).get(JACK)).rejects.toMatchObject({
      code: 'KEYCHAIN_UNAVAILABLE',
      message: expect.stringMatching(message),
      fields: { obstacle: 'crashed' },
    });
  });

  it('warns on stdout and stderr is heard all the same', async () => {
    const source = 'console.log("a warning"); console.error("another"); exports.getPassword = async () => "secret";';
    expect(await keychainWith(withKeytar(temporaryHome(), source)).get(JACK)).toBe('secret');
  });
});

describe('without keytar', () => {
  it('says that the optional package is missing', async () => {
    const home = temporaryHome();
    const { helper, keytar } = privateInstallation(home);
    rmSync(keytar, { recursive: true });
    // Folders above this one may have a keytar.
    const alone = writeFileWithMode(
      join(home, 'alone.cjs'),
      `const Module = require('node:module');
      const { _nodeModulePaths: paths } = Module;
      Module._nodeModulePaths = (from) => paths(from).filter((path) => path.startsWith(${JSON.stringify(home)}));`,
    );
    const options = { env: cleanEnvironment('/nowhere'), uid: undefined };
    const keychain = createSystemKeychain({ helper: [process.execPath, '--require', alone, helper], ...options });
    await expect(keychain.get(JACK)).rejects.toMatchObject({
      code: 'KEYCHAIN_UNAVAILABLE',
      fields: { obstacle: 'not-installed' },
    });
  });

  it('says that there is no build for this system', async () => {
    const { helper, keytar } = privateInstallation(temporaryHome());
    cpSync('node_modules/keytar', keytar, { recursive: true, dereference: true });
    rmSync(join(keytar, 'build'), { recursive: true, force: true });
    rmSync(join(keytar, 'prebuilds'), { recursive: true });
    await expect(keychainWith(helper).get(JACK)).rejects.toMatchObject({
      code: 'KEYCHAIN_UNAVAILABLE',
      fields: { obstacle: 'no-build' },
    });
  });

  /** The name of the library is changed in the program code itself, so that the system's own loader does not find it. */
  it('names the library that is missing', async () => {
    const { helper, keytar } = privateInstallation(temporaryHome());
    cpSync('node_modules/keytar', keytar, { recursive: true, dereference: true });
    rmSync(join(keytar, 'build'), { recursive: true, force: true });
    const addon = join(keytar, 'prebuilds', `${process.platform}-${process.arch}`, 'keytar.node');
    const code = readFileSync(addon);
    expect(code.includes('libsecret-1.so.0')).toBe(true);
    writeFileSync(
      addon,
      Buffer.from(code.toString('latin1').replaceAll('libsecret-1.so.0', 'libsecret-X.so.0'), 'latin1'),
    );
    await expect(keychainWith(helper).get(JACK)).rejects.toMatchObject({
      code: 'KEYCHAIN_UNAVAILABLE',
      message: expect.stringMatching(/libsecret-X\.so\.0: cannot open shared object file/),
      fields: { obstacle: 'no-library' },
    });
  });

  it('says that the helper cannot be started', async () => {
    const options = { env: {}, uid: undefined };
    const nothing = createSystemKeychain({ helper: ['/nowhere/node', HELPER], ...options });
    await expect(nothing.get(JACK)).rejects.toMatchObject({ fields: { obstacle: 'crashed' } });
    const missing = createSystemKeychain({ helper: [process.execPath, '/nowhere.js'], ...options });
    await expect(missing.get(JACK)).rejects.toMatchObject({ fields: { obstacle: 'crashed' } });
  });
});

describe('on the way to the keychain', () => {
  it.each([
    ['no D-Bus session', () => ({}), /D-Bus/],
    ['a bus that is gone', () => ({ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere/bus' }), /connect/],
    ['a runtime folder without a bus', () => ({ XDG_RUNTIME_DIR: '/nowhere' }), /D-Bus/],
  ])("%s is said in libsecret's words", async (_, env, reason) => {
    await expect(keychainIn({ ...cleanEnvironment(temporaryHome()), ...env() }).get(JACK)).rejects.toMatchObject({
      code: 'KEYCHAIN_UNAVAILABLE',
      fields: { obstacle: 'refused', reason: expect.stringMatching(reason) },
    });
  });

  it('a bus with nothing on it that keeps secrets is said', async () => {
    const env = await privateBus(temporaryHome());
    const nothingThere = {
      fields: { obstacle: 'refused', reason: expect.stringContaining('org.freedesktop.secrets') },
    };
    await expect(keychainIn(env).set(JACK, 'x')).rejects.toMatchObject(nothingThere);
    await expect(keychainIn(env).check()).rejects.toMatchObject(nothingThere);
  });

  it('a keyring that was never opened has nothing, and keeps nothing', async () => {
    const env = await privateBus(temporaryHome());
    await lockedKeyring(env);
    expect(await keychainIn(env).get(JACK)).toBeUndefined();
    await expect(keychainIn(env).set(JACK, 'x')).rejects.toMatchObject({ code: 'KEYCHAIN_UNAVAILABLE' });
  });

  it('the bus of the runtime folder is found without an address', async () => {
    const env = await privateBus(temporaryHome());
    await openKeyring(env);
    const runtime = temporaryHome();
    const path = /path=([^,]+)/.exec(env.DBUS_SESSION_BUS_ADDRESS ?? '')?.[1] ?? '';
    execFileSync('ln', ['-s', path, join(runtime, 'bus')]);
    const bare = { ...env, DBUS_SESSION_BUS_ADDRESS: undefined, XDG_RUNTIME_DIR: runtime };
    await expect(keychainIn(bare).check()).resolves.toBeUndefined();
    await keychainIn(bare).set(JACK, 'secret');
    expect(await keychainIn(env).get(JACK)).toBe('secret');
  });
});

describe('the helper process', () => {
  it('gets no secret in its arguments or environment, and shows none', async () => {
    const home = temporaryHome();
    const log = join(home, 'seen');
    const source = `exports.setPassword = async () => require('fs').writeFileSync(${JSON.stringify(log)},
      JSON.stringify([process.argv, process.execArgv, process.env]));`;
    const env = {
      ...cleanEnvironment(home),
      OPC_COOKIE: 'canary-cookie',
      ORACLE_COMPUTE_COOKIE: 'canary-old',
      OCI_CLI_PASSPHRASE: 'canary-phrase',
      NODE_OPTIONS: '--no-such-flag-canary',
      XDG_RUNTIME_DIR: '/run/kept',
    };
    await keychainWith(withKeytar(home, source), env).set(JACK, 'canary-password');
    const seen = readFileSync(log, 'utf8');
    expect(seen).not.toContain('canary');
    expect(seen).toContain('/run/kept');
  });

  it('ends with the caller, who was told to stop', async () => {
    const helper = withKeytar(
      temporaryHome(),
      'exports.getPassword = () => new Promise(() => setInterval(() => {}, 9));',
    );
    const controller = new AbortController();
    const reason = new OracleComputeError('INTERRUPTED', 'stop', { signal: 'SIGINT' });
    const asked = keychainWith(helper, cleanEnvironment('/nowhere'), { signal: controller.signal }).get(JACK);
    await expect.poll(() => processesOf(helper), { timeout: 60_000 }).toHaveLength(1);
    controller.abort(reason);
    await expect(asked).rejects.toBe(reason);
    await expect.poll(() => processesOf(helper), { timeout: 60_000 }).toEqual([]);
    await expect(keychainWith(helper, {}, { signal: controller.signal }).get(JACK)).rejects.toBe(reason);
  });

  it('ends by itself when nobody is left to end it', async () => {
    const home = temporaryHome();
    const helper = withKeytar(home, 'exports.getPassword = () => new Promise(() => setInterval(() => {}, 9));');
    // Its limits are of seconds, longer than those of the caller.
    const sooner = writeFileWithMode(
      join(home, 'sooner.cjs'),
      'const later = setTimeout; globalThis.setTimeout = (action, limit) => later(action, limit / 50);',
    );
    const child = spawn(process.execPath, ['--require', sooner, helper], {
      env: cleanEnvironment('/nowhere'),
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    child.stdin.end(JSON.stringify({ operation: 'get', service: 's', account: 'a' }));
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGKILL');
  });
});

it('a password that others can read is in no file of the home folder', async () => {
  const home = temporaryHome();
  chmodSync(home, 0o700);
  const env = await privateBus(home);
  await openKeyring(env);
  await keychainIn(env).set(JACK, 'canary-password');
  const files = readdirSync(home, { recursive: true, encoding: 'utf8', withFileTypes: true }).filter((file) =>
    file.isFile(),
  );
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    expect(readFileSync(join(file.parentPath, file.name), 'latin1')).not.toContain('canary-password');
  }
});
