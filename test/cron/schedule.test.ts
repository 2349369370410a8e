import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMPUTE_LIFETIMES } from '../../lib/session/lifetimes.js';
import { computeBench } from '../support/compute.js';
import { fakeKeychain } from '../support/fake-keychain.js';
import { cleanEnvironment, PROGRAM, runProgram } from '../support/program.js';
import { readPropertyList } from '../support/property-list.js';
import { requirePart } from '../support/real-part.js';
import { filesBelow, temporaryHome, writeFileWithMode } from '../support/temporary-home.js';

const ADDRESS = 'https://api-z99.compute.example.com';
const USER = '/Compute-acme/jack.jones@example.com';
const MEANT = ['-a', ADDRESS, '-u', USER];

/** Everything that some scheduler reads as something else. */
const HOSTILE = `it's 100% "real" & <bold> $HOME \`id\` %h %% ; # end`;

interface ScheduleJson {
  name: string;
  everyMinutes: number;
  command: string[];
  environment: Record<string, string>;
  files: { path: string; content: string }[];
}

/** The crontab line, and what cron would hand to /bin/sh (crontab(5): a bare % ends the command). */
function cronLine(text: string): { minutes: string; command: string } {
  const [line = ''] = text.split('\n').filter((candidate) => candidate !== '' && !candidate.startsWith('#'));
  const [, minutes = '', command = ''] = /^(\S+) \* \* \* \* (.*)$/.exec(line) ?? [];
  expect(command.replaceAll('\\%', '')).not.toContain('%');
  return { minutes, command: command.replaceAll('\\%', '%') };
}

async function schedule(line: readonly string[], options: Partial<Parameters<typeof run>[1]> = {}) {
  return run(['schedule', ...line], options);
}

async function run(line: readonly string[], options: object) {
  const bench = await computeBench();
  return bench.run(line, { env: {}, ...options });
}

describe('the command of an entry', () => {
  it('has the settings of the line as flags, paths absolute, and no secret', async () => {
    const bench = await computeBench();
    const env = {
      ...bench.env,
      OPC_PASSWORD_FILE: './pw',
      OPC_COOKIE_FILE: '~/cookies.json',
      OPC_CA_BUNDLE: 'ca.pem',
      OPC_COOKIE: bench.service.issueToken(),
    };
    const { stdout, stderr } = await bench.run(['schedule', 'cron', '--timeout', '1m', '--allow-http', '-f', 'json'], {
      env,
    });
    const { command, environment, everyMinutes }: ScheduleJson = JSON.parse(stdout);
    expect(stderr).toBe('');
    expect({ environment, everyMinutes }).toEqual({ environment: {}, everyMinutes: 10 });
    expect(command).toEqual([
      ...[process.execPath, '/opt/oracle-compute/dist/bin/oracle-compute.js', 'refresh_token', '-q'],
      ...['--min-valid', '21m', '--reauthenticate', '-p', join(bench.home, 'pw')],
      ...['-a', bench.service.origin, '-u', bench.service.user, '--cookie-file', join(bench.home, 'cookies.json')],
      ...['--ca-bundle', join(bench.home, 'ca.pem'), '--allow-http', '--timeout', '1m'],
    ]);
  });

  it('uses the stored session, the profile file and the keychain where the line says nothing', async () => {
    const bench = await computeBench();
    await bench.run(['auth']);
    const stored = await bench.run(['schedule', 'cron'], { env: {} });
    expect(stored.stdout).toContain(` -a ${bench.service.origin} `);
    expect(stored.stdout).toContain(bench.service.user);

    const keychain = fakeKeychain({ [`${USER} ${ADDRESS}`]: 'canary' });
    writeFileWithMode(
      join(bench.home, '.opc', 'profiles', 'default'),
      JSON.stringify({ compute: { user: USER, endpoint: ADDRESS } }),
    );
    const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus,guid=ab%20c' };
    const { stdout, stderr } = await bench.run(['schedule', 'cron'], { env, keychain });
    expect(stderr).toBe('');
    expect(stdout).not.toContain('canary');
    const { command } = cronLine(stdout);
    expect(command).toMatch(/^DBUS_SESSION_BUS_ADDRESS='?unix:path=\/run\/user\/1000\/bus,guid=ab%20c'? \S*node /);
    expect(command).toContain(' --reauthenticate');
  });

  it.each([
    ['unavailable', /no keychain is available/],
    ['silent', /the keychain did not answer in 3 s/],
    ['locked', /the keychain has no password, or is locked/],
    ['open', /the keychain has no password, or is locked/],
  ] as const)('does not log in again where no password is to be had (keychain %s), and says so', async (state, why) => {
    const keychain = fakeKeychain(state === 'open' ? {} : { [`${USER} ${ADDRESS}`]: 'canary' });
    keychain.state = state;
    const { status, stdout, stderr } = await schedule(['cron', ...MEANT], { keychain });
    expect(status).toBe(0);
    expect(stdout).not.toContain('reauthenticate');
    expect(stdout).toMatch(why);
    expect(stderr).toMatch(why);
  });

  it('goes through the same proxy, unless that has a password', async () => {
    const proxied = (https_proxy: string) => schedule(['cron', ...MEANT, '-p', '/pw'], { env: { https_proxy } });
    expect((await proxied('http://proxy.example.com:3128')).stdout).toContain(
      '* * * * https_proxy=http://proxy.example.com:3128 ',
    );
    const { stdout } = await proxied('http://me:canary@proxy.example.com:3128');
    expect(stdout).not.toContain('canary');
    expect(stdout).toContain('set https_proxy yourself');
  });

  it('keeps an OCI session alive', async () => {
    const env = { OCI_CLI_CONFIG_FILE: 'conf/config' };
    const home = temporaryHome();
    const session = 'key_file=k\nsecurity_token_file=t\ntenancy=x\nregion=us-ashburn-1\n';
    writeFileWithMode(join(home, 'conf', 'config'), `[ADMIN]\n${session}[KEY]\nregion=us-ashburn-1\n`);
    const { stdout } = await schedule(['systemd', '--oci-profile', 'ADMIN', '-f', 'json'], { env, home });
    const { command, name }: ScheduleJson = JSON.parse(stdout);
    expect(name).toMatch(/^oci-session-[0-9a-f]{8}$/);
    expect(command.slice(2)).toEqual([
      ...['session', 'refresh', '-q', '--min-valid', '30m', '--profile', 'ADMIN', '--config-file'],
      expect.stringMatching(/^\/.*\/conf\/config$/),
    ]);
    for (const [profile, message] of [
      ['Nope', /no profile \[Nope\] in .*conf\/config/],
      ['KEY', /\[KEY\]/],
    ] as const) {
      const refused = await schedule(['cron', '--oci-profile', profile], { env, home });
      expect(refused).toMatchObject({ status: 4, stdout: '', stderr: expect.stringMatching(message) });
    }
  });
});

describe('the period', () => {
  it('of any minutes up to 14 renews at half of a token’s life, and one missed run does no harm', async () => {
    const bench = await computeBench();
    for (let every = 1; every <= 14; every++) {
      const line = ['schedule', 'cron', ...MEANT, '-p', '/pw', '--every', `${every}m`];
      const { minutes, command } = cronLine((await bench.run(line, { env: {} })).stdout);
      const [, minValid = ''] = /--min-valid (\d+)m/.exec(command) ?? [];
      const runs = Array.from({ length: 120 }, (_, minute) => minute).filter((minute) => runsAt(minutes, minute % 60));
      const gaps = runs.slice(1).map((minute, index) => minute - (runs[index] ?? 0));
      expect(Math.max(...gaps)).toBeLessThanOrEqual(every);
      // A token is left alone only if it expiresAfter two more runs, of which one may be missed.
      const life = COMPUTE_LIFETIMES.token / 60_000;
      expect(Number(minValid)).toBeGreaterThan(2 * every);
      expect(Number(minValid)).toBeGreaterThanOrEqual(life / 2);
      expect(life - every).toBeGreaterThan(every);
    }
  });

  it.each([
    [['--every', '15m'], /after one missed run/],
    [['--every', '3h'], /after one missed run/],
    [['--every', '0'], /whole minutes/],
    [['--every', '90s'], /whole minutes/],
    [['--every', 'often'], /is not a duration/],
    [['--oci-profile', 'X', '--every', '30m'], /after one missed run/],
  ])('%j is refused', async (flags, message) => {
    const result = await schedule(['cron', ...MEANT, '-p', '/pw', ...flags]);
    expect(result).toMatchObject({ status: 4, stdout: '', stderr: expect.stringMatching(message) });
  });

  it('is not the same minute for every session', async () => {
    const minutesOf = async (user: string) =>
      cronLine((await schedule(['cron', '-a', ADDRESS, '-u', user, '-p', '/pw'])).stdout).minutes;
    const all = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => minutesOf(`/Compute-acme/${name}`)));
    expect(new Set(all).size).toBeGreaterThan(2);
    expect(await minutesOf('/Compute-acme/a')).toBe(all[0]);
  });
});

function runsAt(minutes: string, minute: number): boolean {
  if (minutes === '*') return true;
  const [, from = '', step = ''] = /^(\d+)-59\/(\d+)$/.exec(minutes) ?? [];
  return minute >= Number(from) && (minute - Number(from)) % Number(step) === 0;
}

describe('wrong use', () => {
  it.each([
    [['at', ...MEANT], 2, /the scheduler is one of cron, systemd, launchd/],
    [['cron'], 2, /no endpoint given/],
    [['cron', '-a', ADDRESS], 2, /no user given/],
    [['cron', ...MEANT, '-p', '/a\nb'], 4, /cannot hold a control character/],
    [['systemd', ...MEANT, '-p', '/a\nb'], 4, /cannot hold a control character/],
    [['launchd', ...MEANT, '-p', '/a\u0001b'], 4, /cannot hold a control character/],
    [['cron', ...MEANT, '-p', '/a\\b'], 4, /backslash/],
    [['cron', ...MEANT, '-p', `/${'x'.repeat(1000)}`], 4, /cannot be longer than 990/],
    [['cron', '--oci-profile', 'a b'], 4, /is not a valid profile name/],
  ])('%j is refused', async (line, status, message) => {
    const result = await schedule(line);
    expect(result).toMatchObject({ status, stdout: '', stderr: expect.stringMatching(message) });
  });
});

/** A program in a folder whose name no scheduler may take for anything else. */
async function printed(scheduler: string) {
  const home = temporaryHome();
  const folder = join(home, HOSTILE);
  mkdirSync(folder);
  const node = join(folder, 'node');
  copyFileSync('/bin/sh', node);
  chmodSync(node, 0o755);
  const bench = await computeBench();
  const line = ['schedule', scheduler, ...MEANT, '-p', join(folder, 'pw')];
  return { home, folder, node, ...(await bench.run(line, { env: {}, self: [node, join(folder, 'cli.js')] })) };
}

describe('cron', () => {
  it('takes the line, and a shell reads the words as they were meant', async () => {
    requirePart('cron');
    const { home, folder, node, stdout } = await printed('cron');
    const file = join(home, 'crontab');
    writeFileSync(file, stdout);
    execFileSync('crontab', ['-n', file], { stdio: 'pipe' });
    const { command } = cronLine(stdout);
    // In place of the program, something that shows its arguments.
    writeFileWithMode(node, '#!/bin/sh\nprintf "[%s]\\n" "$@"\n', 0o755);
    const shown = execFileSync('/bin/sh', ['-c', command], { env: {}, encoding: 'utf8' });
    expect(shown).toContain(`[${join(folder, 'cli.js')}]\n[refresh_token]\n[-q]\n[--min-valid]\n[21m]\n`);
    expect(shown).toContain(`[-p]\n[${join(folder, 'pw')}]\n`);
  });

  it('runs the real program with a bare environment and no terminal: silent, and the session lives on', async () => {
    const bench = await computeBench({}, Date.now() - 20 * 60_000);
    await bench.run(['auth']);
    bench.pass(20 * 60_000);
    const env = cleanEnvironment(bench.home, bench.env);
    const { command: line } = cronLine((await runProgram(['schedule', 'cron'], { env })).stdout);
    expect(line.startsWith(`${process.execPath} ${PROGRAM} `)).toBe(true);
    const bare = { HOME: bench.home, LOGNAME: 'root', PATH: '/usr/bin:/bin', SHELL: '/bin/sh' };
    const result = await runProgram(['-c', line], { env: bare }, ['/bin/sh']);
    expect(result).toEqual({ status: 0, signal: null, stdout: '', stderr: '' });
    expect(bench.service).toMatchObject({ logins: 1, refreshes: 1 });
    expect(filesBelow(join(bench.home, '.opc', 'cookies'))).toEqual([expect.stringMatching(/\.json 600$/)]);
  });

  it('has something to mail, on one line with its cure, when the session is over', async () => {
    const bench = await computeBench({}, Date.now() - 181 * 60_000);
    await bench.run(['auth']);
    const env = { ...bench.env, OPC_PASSWORD_FILE: undefined };
    const { command } = cronLine(
      (await bench.run(['schedule', 'cron'], { env, self: [process.execPath, PROGRAM] })).stdout,
    );
    const bare = { HOME: bench.home, PATH: '/usr/bin:/bin' };
    const result = await runProgram(['-c', command], { env: bare }, ['/bin/sh']);
    expect(result).toMatchObject({ status: 10, stdout: '' });
    expect(result.stderr).toMatch(/^oracle-compute: the 3-hour session ended at .*\nlog in: oracle-compute auth\n$/);
  });
});

describe('systemd', () => {
  it('verifies the units that the printed script writes', async () => {
    const analyze = requirePart('systemd-analyze');
    const { home, folder, node, stdout } = await printed('systemd');
    const systemctl = join(home, 'bin', 'systemctl');
    writeFileWithMode(systemctl, `#!/bin/sh\necho "$@" >> '${home}/calls'\n`, 0o755);
    execFileSync('/bin/sh', ['-e', '-c', stdout], { env: { HOME: home, PATH: `${join(home, 'bin')}:/usr/bin:/bin` } });

    const units = join(home, '.config', 'systemd', 'user');
    const [service = '', timer = ''] = filesBelow(units).map((file) => resolve(units, file.replace(/ \d+$/, '')));
    const name = /([^/]*)\.timer$/.exec(timer)?.[1];
    expect(readFileSync(join(home, 'calls'), 'utf8')).toBe(`--user daemon-reload\n--user enable --now ${name}.timer\n`);
    const verified = await runProgram(
      ['--user', 'verify', '--man=no', service, timer],
      {
        env: { PATH: process.env.PATH, HOME: home, XDG_RUNTIME_DIR: home, SYSTEMD_LOG_LEVEL: 'warning' },
      },
      [analyze],
    );
    expect(verified).toEqual({ status: 0, signal: null, stdout: '', stderr: '' });

    const line = /^ExecStart=:(.*)$/m.exec(readFileSync(service, 'utf8'))?.[1] ?? '';
    writeFileWithMode(node, '#!/bin/sh\nprintf "[%s]\\n" "$@"\n', 0o755);
    const [start = '', ...args] = systemdWords(line);
    const shown = execFileSync(start, args, { encoding: 'utf8' });
    expect(shown).toContain(`[${join(folder, 'cli.js')}]\n[refresh_token]\n`);
    expect(shown).toContain(`[-p]\n[${join(folder, 'pw')}]\n`);
    expect(readFileSync(timer, 'utf8')).toMatch(/^OnCalendar=\*:\d+\/10\nRandomizedDelaySec=60s$/m);
  });

  it('knows the times of the timer', async () => {
    const analyze = requirePart('systemd-analyze');
    const { stdout } = await schedule(['systemd', ...MEANT, '-p', '/pw', '--every', '7m']);
    const calendar = /^OnCalendar=(.*)$/m.exec(stdout)?.[1] ?? '';
    const said = execFileSync(analyze, ['calendar', '--iterations=3', calendar], { encoding: 'utf8' });
    expect(said).toMatch(/Normalized form: \*-\*-\* \*:\d+\/7:00/);
  });
});

/** The words of a line as systemd.syntax(7) and systemd.unit(5) have them: double quotes, backslashes, %% for %. */
function systemdWords(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\["\\])*)"(?: |$)/g)].map(([, word = '']) => {
    expect(word.replaceAll('%%', '')).not.toContain('%');
    return word.replaceAll('%%', '%').replace(/\\(["\\])/g, '$1');
  });
}

describe('launchd', () => {
  it('reads the property list as it was meant', async () => {
    const { home, folder, node, stdout } = await printed('launchd');
    const list = readPropertyList(stdout);
    expect(list).toMatchObject({
      Label: expect.stringMatching(/^oracle-compute-[0-9a-f]{8}$/),
      StartInterval: 600,
      RunAtLoad: true,
      StandardErrorPath: expect.stringMatching(/\/Library\/Logs\/oracle-compute-[0-9a-f]{8}\.log$/),
      ProgramArguments: expect.arrayContaining([node, join(folder, 'cli.js'), '-p', join(folder, 'pw')]),
    });
    expect(home).not.toBe('');
  });

  it('has no two hyphens in its comment, whatever the paths are', async () => {
    const { stdout } = await schedule(['launchd', ...MEANT, '-p', '/a--b---c-', '--every', '1m']);
    expect(readPropertyList(stdout)).toMatchObject({ StartInterval: 60 });
  });
});
