import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sessionHome } from '../lib/oci/support/session-home.js';
import { startTestRedis } from '../support/fleet.js';
import { programBench } from '../support/program-bench.js';
import { temporaryHome, writeFileWithMode } from '../support/temporary-home.js';
import { type Debian, newDebian, type UserOptions } from './debian.js';
import { released, VERSION } from './release.js';

let debian: Debian;
let before: string[] = [];

beforeAll(async () => {
  debian = newDebian();
  before = debian.paths();
  for (const name of ['oracle-compute', 'oracle-compute-oci']) {
    await cp(released(`${name}_${VERSION}_amd64.deb`), join(debian.root, 'root', `${name}.deb`));
  }
  const { status, stdout, stderr } = await debian.asRoot('dpkg -i oracle-compute.deb oracle-compute-oci.deb');
  expect(status, stdout + stderr).toBe(0);
});
afterAll(() => debian?.remove());

/** What a script prints that must succeed and say nothing on stderr. */
async function printed(script: string, options: UserOptions): Promise<string> {
  const { status, stdout, stderr } = await debian.asUser(script, options);
  expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
  return stdout;
}

describe('the Debian packages, on a machine without Node, for an ordinary user', () => {
  it('run with nothing of the machine but its libraries', async () => {
    const home = temporaryHome();
    expect(await printed('oracle-compute --version; oci --version; command -v node || id -u', { home })).toBe(
      `${VERSION}\n${VERSION}\n1000\n`,
    );
  });

  it('bring pages for man, and completion for bash', async () => {
    const home = temporaryHome();
    const page = await printed('MANWIDTH=80 man oracle-compute-auth; man -w oci-session-refresh', { home });
    expect(page).toContain('oracle-compute auth [option...] [username] [passwordfile]');
    expect(page).toContain('/usr/share/man/man1/oci-session-refresh.1.gz');
    const complete = `. /usr/share/bash-completion/bash_completion
for each in 'oracle-compute stat' 'oci session val'; do
  COMP_WORDS=($each); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); COMP_LINE=$each COMP_POINT=\${#each}
  _completion_loader "\${COMP_WORDS[0]}" || :
  _oracle_compute; echo "\${COMPREPLY[@]}"
done`;
    expect(await printed(complete, { home })).toBe('status\nvalidate\n');
  });

  it('keep the documented session of Oracle Compute', async () => {
    const { home, env, service } = await programBench();
    const script = `set -e
eval "$(oracle-compute auth)"
oracle-compute request GET /account/Compute-acme/ >answer
unset OPC_COOKIE
oracle-compute status
eval "$(oracle-compute refresh_token)"
oracle-compute exec -- sh -c 'test -n "$OPC_COOKIE" && echo "with $NODE_OPTIONS"'
unset OPC_COOKIE
oracle-compute logout
oracle-compute status -q || echo "status $?"`;
    // A module that does not exist would end every Node that reads this.
    const NODE_OPTIONS = '--require /nonexistent.js';
    const stdout = await printed(script, { home, env: { ...env, NODE_OPTIONS } });
    expect(stdout).toMatch(new RegExp(`^user +${service.user}\n`));
    expect(stdout).toMatch(/\nwith --require \/nonexistent\.js\nstatus 10\n$/);
    expect(JSON.parse(readFileSync(join(home, 'answer'), 'utf8'))).toHaveProperty('result');
    expect(service).toMatchObject({ logins: 1, refreshes: 1 });
  });

  it('keep a session of OCI by the documented lines', async () => {
    const { home, service, addSession } = await sessionHome({ clock: Date.now });
    await addSession('TokenDemo');
    const env = {
      OCI_REGION_METADATA: JSON.stringify(service.metadata[0]),
      OCI_CLI_CERT_BUNDLE: writeFileWithMode(join(home, 'ca.pem'), service.certificatePem),
    };
    const script = `set -e
oci session validate --profile TokenDemo --local 2>&1
oci session refresh --profile TokenDemo 2>&1
eval "$(oci session env --profile TokenDemo)"
oci iam region list
oci os ns get || echo "status $?"
oracle-compute session terminate --profile TokenDemo 2>/dev/null`;
    const { status, stdout, stderr } = await debian.asUser(script, { home, env });
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('Session is valid until') });
    expect(stdout).toContain(`"name": "${service.region}"`);
    expect(stdout).toContain('status 2\n');
    expect(stderr).toContain('there is no other oci on PATH');
  });

  it('say that there is no keychain', async () => {
    const { home, env } = await programBench();
    const { status, stdout } = await debian.asUser('oracle-compute password status', { home, env });
    expect({ status, stdout }).toEqual({ status: 2, stdout: expect.stringContaining('libsecret-1.so.0') });
  });

  it('share one refresh between 200 processes', async () => {
    const bench = await programBench();
    const old = await bench.storeOldSession();
    const script = `for number in $(seq 200); do
  oracle-compute refresh_token -q --min-valid 10m || echo "status $?" &
done; wait`;
    expect(await printed(script, bench)).toBe('');
    expect(bench.service.refreshes).toBe(1);
    expect(await bench.storedToken()).not.toBe(old);
  });

  it('write an entry for cron that names the command, which works, and which doctor misses after a removal', async () => {
    const bench = await programBench();
    await bench.storeOldSession();
    await printed('oracle-compute schedule cron >crontab', bench);
    const line = readFileSync(join(bench.home, 'crontab'), 'utf8').split('\n').at(-2) ?? '';
    const command = line.replace(/^(?:\S+ ){5}/, '').replaceAll('\\%', '%');
    expect(command).toMatch(/^\/usr\/bin\/oracle-compute refresh_token -q /);
    expect(
      await printed(`env -i HOME="$HOME" PATH=/usr/bin:/bin /bin/sh -c "$COMMAND"`, {
        ...bench,
        env: { COMMAND: command },
      }),
    ).toBe('');
    expect(bench.service.refreshes).toBe(1);
    // Stands for cron, which this machine does not have.
    const crontab = join(bench.home, 'bin', 'crontab');
    writeFileWithMode(crontab, '#!/bin/sh\ncat "$HOME/crontab"\n', 0o755);
    const examine = 'PATH="$HOME/bin:$PATH" oracle-compute doctor -F check,state,message -H -f csv | grep schedule';
    expect(await printed(examine, bench)).toContain('schedule,pass,each entry');
    writeFileSync(join(bench.home, 'crontab'), line.replace('/usr/bin/', '/opt/away/'));
    expect(await printed(examine, bench)).toContain(
      'the crontab starts /opt/away/oracle-compute, which does not exist',
    );
  });

  it('share a session on a Redis server', async () => {
    const bench = await programBench();
    const redis = await startTestRedis(join(temporaryHome(), 'redis'));
    const env = {
      ...bench.env,
      OPC_SESSION_STORE: redis.url,
      OPC_SESSION_STORE_KEY_FILE: join(bench.home, 'store.key'),
      OPC_SESSION_STORE_PASSWORD_FILE: writeFileWithMode(join(bench.home, 'redis-password'), `${redis.password}\n`),
      OPC_CA_BUNDLE: writeFileWithMode(join(bench.home, 'ca.pem'), redis.authority.certificatePem),
    };
    const script = `set -e
(umask 077; OPC_SESSION_STORE= oracle-compute store key >store.key)
eval "$(oracle-compute auth)"
unset OPC_COOKIE
oracle-compute store status >status
rm -r .opc/cookies
eval "$(oracle-compute env)"
test -n "$OPC_COOKIE"`;
    await printed(script, { home: bench.home, env });
    expect(bench.service.logins).toBe(1);
    expect(await redis.ask('DBSIZE')).toBeGreaterThan(0);
  });

  it.each([
    ['where /tmp can run nothing', 'mount -t tmpfs -o noexec tmpfs "$1/tmp"'],
    ['where /tmp cannot be written', 'mount -t tmpfs tmpfs "$1/tmp"; mkdir -p "$1$3"; mount -o remount,ro "$1/tmp"'],
    [
      'where nothing but the home folder can be written',
      'mkdir -p "$1$3"; mount --rbind "$1" "$1"; mount -o remount,bind,ro "$1"',
    ],
  ])('log in %s', async (_title, mounts) => {
    const { home, env, service } = await programBench();
    chmodSync(home, 0o700);
    await printed('oracle-compute auth >/dev/null && oracle-compute refresh_token -q', { home, env, mounts });
    expect(service).toMatchObject({ logins: 1, refreshes: 1 });
  });
});

it('dpkg removes them, and nothing stays behind', async () => {
  const { status, stdout, stderr } = await debian.asRoot(`set -e
for name in oracle-compute oracle-compute-oci; do
  ls /var/lib/dpkg/info/$name.* | grep -E '\\.(pre|post)(inst|rm)$' && exit 9
done
rm *.deb
dpkg -r oracle-compute-oci oracle-compute
dpkg -P oracle-compute-oci oracle-compute 2>&1`);
  expect(status, stdout + stderr).toBe(0);
  expect(debian.paths()).toEqual(before);
});
