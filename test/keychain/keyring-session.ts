import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Keychain } from '../../lib/secrets/keychain.js';
import { createSystemKeychain } from '../../lib/secrets/system-keychain.js';
import { cleanEnvironment } from '../support/program.js';
import { requirePart } from '../support/real-part.js';

/** The built helper, as an installation has it. */
export const HELPER = resolve('dist/bin/keychain-helper.js');

export type Environment = Readonly<Record<string, string | undefined>>;

export interface BusOptions {
  /** What happens when the keyring has something to ask: nothing can be shown, or a dialog that nobody answers. */
  readonly dialogs?: 'impossible' | 'unanswered';
}

/** A D-Bus session of one test's own. Resolves to the environment that leads to it. */
export async function privateBus(home: string, options: BusOptions = {}): Promise<Record<string, string | undefined>> {
  const program = requirePart('dbus-run-session');
  const folder = join(home, 'bus');
  const services = join(folder, 'services');
  mkdirSync(services, { recursive: true });
  if (options.dialogs === 'unanswered') writeSilentPrompter(folder, services);
  const config = join(folder, 'session.conf');
  writeFileSync(config, busConfig(services));
  const env = cleanEnvironment(home);
  // Lives as long as its stdin is open; the bus and whatever is on it end with it.
  const script = 'echo "$DBUS_SESSION_BUS_ADDRESS"; exec cat';
  const session = spawn(program, [`--config-file=${config}`, '--', 'sh', '-c', script], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = once(session, 'exit');
  onTestFinished(async () => {
    session.stdin.end();
    await ended;
  });
  const [address] = await once(session.stdout.setEncoding('utf8'), 'data');
  return { ...env, DBUS_SESSION_BUS_ADDRESS: String(address).trim() };
}

/** Starts GNOME's keyring on a bus, and opens its login keyring, making it where there is none. */
export function openKeyring(env: Environment): Promise<void> {
  return startKeyring(env, ['--unlock'], 'the password of the keyring');
}

/** Starts GNOME's keyring as a reboot without a login leaves it: what it holds is locked. */
export function lockedKeyring(env: Environment): Promise<void> {
  return startKeyring(env, [], '');
}

async function startKeyring(env: Environment, flags: string[], input: string): Promise<void> {
  const program = requirePart('gnome-keyring-daemon');
  // Leaves a daemon behind that ends with the bus, and returns shortly before it can be found there.
  execFileSync(program, [...flags, '--components=secrets'], { env, input, stdio: ['pipe', 'ignore', 'ignore'] });
  await expect.poll(() => isOnBus('org.freedesktop.secrets', env), { timeout: 60_000 }).toBe(true);
}

function isOnBus(name: string, env: Environment): boolean {
  const bus = 'org.freedesktop.DBus';
  const call = ['--session', '--print-reply', `--dest=${bus}`, '/', `${bus}.NameHasOwner`, `string:${name}`];
  return execFileSync('dbus-send', call, { env, encoding: 'utf8' }).includes('boolean true');
}

/** The system's keychain as the program uses it, in an environment of the test's own. */
export function keychainIn(env: Environment, signal?: AbortSignal): Keychain {
  requirePart('libsecret');
  // On a busy machine a keyring that answers may take longer than a person should wait for one that does not.
  const answerLimit = 60_000;
  return createSystemKeychain({ helper: [process.execPath, HELPER], env, uid: undefined, signal, answerLimit });
}

/** Takes the place of the dialog. Waits until the test's home folder is gone. */
function writeSilentPrompter(folder: string, services: string): void {
  const name = 'org.gnome.keyring.SystemPrompter';
  const script = join(folder, 'prompter.sh');
  writeFileSync(script, `while [ -e ${script} ]; do sleep 0.1; done\n`);
  writeFileSync(join(services, `${name}.service`), `[D-BUS Service]\nName=${name}\nExec=/bin/sh ${script}\n`);
}

function busConfig(services: string): string {
  return `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <servicedir>${services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;
}
