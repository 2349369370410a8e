import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runChild } from '../../cli/context/child.js';
import { startComputeService } from '../../fixtures/compute-service/server.js';
import { createLocalAuthority } from '../../fixtures/local-tls.js';
import { systemClock } from '../../lib/clock.js';
import { type ComputeBench, computeBench, MINUTE } from '../support/compute.js';
import { cleanEnvironment, PROGRAM, runProgram } from '../support/program.js';
import { requirePart } from '../support/real-part.js';
import { storeComputeSession } from '../support/stored-sessions.js';
import { filesBelow, temporaryHome, writeFileWithMode } from '../support/temporary-home.js';
import { steppedClock } from '../support/test-context.js';

const PATH = '/account/Compute-acme/default';

/** Runs `exec` in this process; gives the variables that the command would get, if it is run. */
async function commandOf(bench: ComputeBench, flags: readonly string[], env = bench.env) {
  let given: Readonly<Record<string, string | undefined>> | undefined;
  const result = await bench.run(['exec', ...flags, '--', 'command'], {
    env,
    runChild: async (_command, _words, options) => {
      given = options.env;
      return { status: 0 };
    },
  });
  return { ...result, env: given };
}

/** Starts what `exec` is to run, beside the tests, whose signals it does not get. */
const realChild: NonNullable<Parameters<ComputeBench['run']>[1]>['runChild'] = (command, words, options) =>
  runChild(command, words, options, {
    interruption: new AbortController().signal,
    interrupt: () => undefined,
    divert: () => () => undefined,
  });

async function execBench() {
  const service = await startComputeService();
  onTestFinished(() => service.close());
  const home = temporaryHome();
  const passwordFile = writeFileWithMode(join(home, 'password'), `${service.password}\n`);
  const env = cleanEnvironment(home, {
    OPC_API: service.url,
    OPC_USER: service.user,
    OPC_PASSWORD_FILE: passwordFile,
  });
  const run = (line: readonly string[], more: Record<string, string | undefined> = {}) =>
    runProgram(line, { env: { ...env, ...more } });
  return { service, home, env, run };
}

describe('the command', () => {
  it('gets the token, the address and the user, and its words as they are; its streams are ours', async () => {
    const { service, run } = await execBench();
    const words = ['a  b', '$(id)', "'", '', '-x', '--', '*', '--min-valid'];
    const script = 'echo "$OPC_COOKIE|$OPC_API|$OPC_USER"; printf "[%s]" "$@"; echo to stderr >&2; exit 255';
    const { status, stdout, stderr } = await run(['exec', '--', 'sh', '-c', script, 'sh', ...words]);
    const [values = '', given] = stdout.split('\n');
    const [token, address, user] = values.split('|');
    expect({ status, address, user, given, stderr }).toEqual({
      status: 255,
      address: service.url,
      user: service.user,
      given: words.map((word) => `[${word}]`).join(''),
      stderr: 'to stderr\n',
    });
    const answer = await fetch(`${service.origin}${PATH}`, { headers: { cookie: `nimbula=${token}` } });
    expect(answer.status).toBe(200);
  });

  it('does not get what is ours alone', async () => {
    const bench = await computeBench();
    const secret = Object.fromEntries(
      ['OPC_', 'OPC_COMPUTE_', 'ORACLE_COMPUTE_', 'NIMBULA_'].flatMap((prefix) => [[`${prefix}PASSWORD`, 'canary']]),
    );
    const { env } = await commandOf(bench, [], { ...bench.env, ...secret, NIMBULA_COOKIE: '', KEPT: 'yes' });
    const variables = Object.entries(env ?? {}).filter(([, value]) => value !== undefined);
    expect(Object.fromEntries(variables)).toMatchObject({ KEPT: 'yes' });
    expect(JSON.stringify(variables)).not.toMatch(/canary|PASSWORD/);
    expect(variables.map(([name]) => name).filter((name) => name.endsWith('COOKIE'))).toEqual(['OPC_COOKIE']);
  });

  it.each([
    ['exit 0', 0],
    ['exit 255', 255],
    ['kill -SEGV $$', 139],
    ['kill -TERM $$', 143],
    ['kill -HUP $$', 129],
  ])('%s is passed on as exit status %i', async (script, status) => {
    const { run } = await computeBench();
    const line = ['exec', '--', 'sh', '-c', script];
    expect(await run(line, { runChild: realChild })).toEqual({ status, stdout: '', stderr: '' });
  });

  it('that is not there is 127, that cannot be started 126', async () => {
    const { home, ...bench } = await computeBench();
    const env = { ...bench.env, PATH: process.env.PATH };
    const exec = (...words: string[]) => bench.run(['exec', '--', ...words], { env, runChild: realChild });
    const script = writeFileWithMode(join(home, 'script'), '#!/nonexistent/interpreter\n', 0o600);
    expect(await exec('nonexistent-command')).toMatchObject({ status: 127, stdout: '' });
    expect(await exec('/nonexistent/command')).toMatchObject({ status: 127 });
    expect(await exec(script)).toMatchObject({ status: 126 });
    expect(await exec(`${script}/below`)).toMatchObject({ status: 126 });
    expect(await exec('')).toMatchObject({ status: 127, stderr: expect.stringContaining("command not found: ''") });
    chmodSync(script, 0o700);
    expect(await exec(script)).toMatchObject({ status: 126, stderr: expect.stringContaining(script) });
    const none = await bench.run(['exec'], { env, runChild: realChild });
    expect(none).toMatchObject({ status: 2, stderr: expect.stringContaining('no command after --') });
  });
});

describe('bytes that are not UTF-8', () => {
  const GIVEN = '\\357\\277\\275';

  it.each([
    ['an argument', `exec "$@" exec -- printf %s "$(printf 'caf\\351')"`, 'argument 5 is not UTF-8'],
    ['a variable', `X=$(printf 'caf\\351') exec "$@" exec -- true`, 'the variable X is not UTF-8'],
    [
      'a path of ours',
      `OPC_COOKIE_FILE=/$(printf 'caf\\351') exec "$@" status`,
      'the variable OPC_COOKIE_FILE is not UTF-8',
    ],
  ])('are refused by name: %s', async (_, script, message) => {
    const { env } = await execBench();
    const shell = ['sh', '-c', script, 'sh', process.execPath, PROGRAM];
    const result = await runProgram([], { env }, shell);
    expect(result.status).toBe(2);
    expect(result.stderr).toBe(`oracle-compute: ${message}\ngive it in UTF-8, or leave it out\n`);
  });

  it('are told from the character that stands for them, and hurt nobody else', async () => {
    const { env } = await execBench();
    const script = `V=$(printf '${GIVEN}') X=$(printf 'caf\\351') exec "$@"`;
    const shell = ['sh', '-c', script, 'sh', process.execPath, PROGRAM];
    expect(await runProgram(['status'], { env }, shell)).toMatchObject({ status: 10, stderr: '' });
    const given = ['sh', '-c', script.replace(/ X=\S+ '\S+/, ''), 'sh', process.execPath, PROGRAM];
    const result = await runProgram(['exec', '--', 'sh', '-c', 'printf %s "$V$1"', 'sh', '\ufffd'], { env }, given);
    expect(result).toMatchObject({ status: 0, stdout: '\ufffd\ufffd' });
  });
});

describe('the token', () => {
  it('is extended where it does not live for ten minutes, or as long as is asked for, and not otherwise', async () => {
    const bench = await computeBench();
    await bench.run(['auth']);
    bench.pass(19 * MINUTE);
    expect(await bench.run(['exec', '--', 'true'])).toEqual({ status: 0, stdout: '', stderr: '' });
    await bench.run(['exec', '--min-valid', '10m', '--', 'true']);
    expect(bench.service.refreshes).toBe(0);
    await bench.run(['exec', '--min-valid', '11m', '--', 'true']);
    expect(bench.service.refreshes).toBe(1);
    bench.pass(20.5 * MINUTE);
    await bench.run(['exec', '--', 'true']);
    expect(bench.service).toMatchObject({ logins: 1, refreshes: 2 });
  });

  it('that lives for seconds is extended at half of its life', async () => {
    const bench = await computeBench({ tokenLifetime: 20, sessionLifetime: 60 });
    await bench.run(['auth']);
    bench.pass(9000);
    await bench.run(['exec', '--', 'true']);
    expect(bench.service.refreshes).toBe(0);
    bench.pass(2000);
    await bench.run(['exec', '--', 'true']);
    expect(bench.service.refreshes).toBe(1);
  });

  it('of a session that ends soon comes from a login, or is what there is where no password is to be had', async () => {
    const bench = await computeBench();
    await bench.run(['auth']);
    for (let time = 0; time < 175; time += 25) {
      bench.pass(25 * MINUTE);
      if (time < 150) await bench.run(['refresh_token']);
    }
    const env = { ...bench.env, OPC_PASSWORD_FILE: join(bench.home, 'missing') };
    const without = await bench.run(['exec', '--', 'true'], { env });
    expect(without).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/^.* ends soon, and .* does not exist\n$/),
    });
    const asked = await bench.run(['exec', '--min-valid', '10m', '--', 'true'], { env });
    expect(asked).toMatchObject({ status: 10, stderr: expect.stringContaining('sooner than requested') });
    expect(bench.service.logins).toBe(1);
    expect(await bench.run(['exec', '--', 'true'])).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(bench.service.logins).toBe(2);
  });

  it('that is to live longer than any does is an error, and the command is not run', async () => {
    const { status, stdout, stderr, env } = await commandOf(await computeBench(), ['--min-valid', '31m']);
    expect({ status, stdout, env }).toEqual({ status: 10, stdout: '', env: undefined });
    expect(stderr).toMatch(/the token ends at .* sooner than requested/);
  });

  it('is needed: without a session and without a password it is exit 10', async () => {
    const bench = await computeBench();
    const result = await commandOf(bench, [], { ...bench.env, OPC_PASSWORD_FILE: undefined });
    expect(result).toMatchObject({ status: 10, stdout: '', stderr: expect.stringContaining('no stored session') });
    expect(result.env).toBeUndefined();
  });

  it('in OPC_COOKIE stands before everything stored, is extended where it has to be, and kept nowhere', async () => {
    const bench = await computeBench();
    const { service, clock } = bench;
    const OPC_COOKIE = service.issueToken({ loginAt: clock.time - 10 * MINUTE });
    const same = await commandOf(bench, [], { ...bench.env, OPC_COOKIE });
    expect(same).toMatchObject({ status: 0, env: { OPC_COOKIE } });
    expect(service.requests).toEqual([]);
    const other = await commandOf(bench, ['--min-valid', '21m'], { ...bench.env, OPC_COOKIE });
    expect(other.status).toBe(0);
    expect(other.env?.OPC_COOKIE).toMatch(/^.{100,}$/);
    expect(other.env?.OPC_COOKIE).not.toBe(OPC_COOKIE);
    expect(service).toMatchObject({ logins: 0, refreshes: 1 });
    expect(filesBelow(join(bench.home, '.opc'))).toEqual(['password 600']);
  });

  it('in OPC_COOKIE that has expired is exit 10, with both ways out and no login', async () => {
    const bench = await computeBench();
    const OPC_COOKIE = bench.service.issueToken({ loginAt: bench.clock.time - 31 * MINUTE });
    const result = await commandOf(bench, [], { ...bench.env, OPC_COOKIE });
    expect(result).toMatchObject({ status: 10, stdout: '', stderr: expect.stringMatching(/unset OPC_COOKIE.*log in/) });
    expect([result.env, bench.service.requests]).toEqual([undefined, []]);
  });
});

describe('while the command runs', () => {
  /** Runs `exec` with a job of the test in the place of a command, on a clock that the job moves. */
  async function keep(job: (at: Omit<ComputeBench, 'pass'> & { pass: (ms: number) => Promise<void> }) => unknown) {
    const bench = await computeBench();
    const clock = steppedClock(bench.clock);
    const settled = () => vi.waitUntil(() => clock.sleepers === 1, { timeout: 60_000 });
    const pass = async (milliseconds: number) => {
      await settled();
      clock.pass(milliseconds);
      await settled();
    };
    const result = await bench.run(['exec', '--', 'job'], {
      clock,
      runChild: async () => {
        await job({ ...bench, pass });
        return { status: 5 };
      },
    });
    return { ...result, service: bench.service };
  }

  it('the session is kept fresh past its end, and nothing is said', async () => {
    const tokens = new Set<string>();
    const { status, stdout, stderr, service } = await keep(async ({ pass, run }) => {
      for (let time = 0; time < 4 * 60 * MINUTE; time += 10 * MINUTE) {
        await pass(10 * MINUTE);
        const { stdout } = await run(['env', '--shell', 'value']);
        tokens.add(stdout);
        expect(await run(['request', 'GET', PATH])).toMatchObject({ status: 0 });
      }
    });
    expect({ status, stdout, stderr }).toEqual({ status: 5, stdout: '', stderr: '' });
    expect(service.logins).toBe(2);
    expect(service.refreshes).toBeGreaterThan(6);
    expect(service.requests.filter((request) => request.path === PATH && request.status !== 200)).toEqual([]);
    expect(tokens.size).toBeGreaterThan(8);
  });

  it('a failure to renew is one line on stderr, and no harm to the command', async () => {
    const { status, stdout, stderr, service } = await keep(async ({ pass, service }) => {
      service.faults.always('/refresh/', { instead: { status: 400 } });
      for (let minutes = 0; minutes < 20; minutes += 1) await pass(MINUTE);
    });
    expect({ status, stdout }).toEqual({ status: 5, stdout: '' });
    expect(service.refreshes).toBeGreaterThanOrEqual(2);
    expect(stderr).toMatch(/^oracle-compute: the session was not renewed: .*HTTP 400.*\n$/);
  });

  it('the end of the command is not held up by a renewal', async () => {
    const { status } = await keep(async ({ pass, service }) => {
      service.faults.always('/refresh/', { delay: new Promise(() => undefined) });
      void pass(16 * MINUTE).catch(() => undefined);
      await vi.waitUntil(() => service.refreshes === 1, { timeout: 60_000 });
    });
    expect(status).toBe(5);
  });

  it('oracle-compute inside uses the newest token', async () => {
    const bench = await computeBench();
    let first: string | undefined;
    const result = await bench.run(['exec', '--', 'job'], {
      runChild: async (_command, _words, { env }) => {
        first = env.OPC_COOKIE;
        bench.pass(MINUTE);
        expect(await bench.run(['refresh_token', '-q'], { env })).toMatchObject({ status: 0, stderr: '' });
        return bench.run(['request', 'GET', PATH], { env });
      },
    });
    expect(result).toMatchObject({ status: 0, stderr: '' });
    const used = bench.service.requests.filter(({ path }) => path === PATH);
    const cookies = used.map(({ headers }) => headers.find(([name]) => name.toLowerCase() === 'cookie')?.[1]);
    expect([used.map((request) => request.status), bench.service.refreshes]).toEqual([[200], 1]);
    // The command's own variable has the first one still.
    expect(first).toMatch(/^.{100,}$/);
    expect(cookies).not.toContain(`nimbula=${first}`);
  });

  it('the CA bundle is read again for each renewal', async () => {
    const [own, other] = [await createLocalAuthority(), await createLocalAuthority()];
    const bench = await computeBench({ tls: own });
    const bundle = writeFileWithMode(join(bench.home, 'ca.pem'), own.certificatePem);
    const env = { ...bench.env, OPC_CA_BUNDLE: bundle };
    await bench.run(['auth'], { env });
    writeFileSync(bundle, other.certificatePem);
    let end: () => void = () => undefined;
    const child = new Promise<{ status: number }>((done) => {
      end = () => done({ status: 0 });
    });
    let said = '';
    const running = bench.run(['exec', '--', 'true'], {
      env,
      clock: { ...bench.clock, sleep: (_milliseconds, signal) => systemClock.sleep(20, signal) },
      runChild: () => child,
      onStderr: (soFar) => {
        said = soFar;
      },
    });
    bench.pass(16 * MINUTE);
    await expect.poll(() => said, { timeout: 60_000 }).toContain('the session was not renewed');
    expect(bench.service.refreshes).toBe(0);
    writeFileSync(bundle, own.certificatePem);
    await expect.poll(() => bench.service.refreshes, { timeout: 60_000 }).toBe(1);
    end();
    expect(await running).toMatchObject({ status: 0 });
  });

  it('the token of another user in OPC_COOKIE counts again', async () => {
    const bench = await computeBench();
    const other = bench.service.issueToken({ user: '/Compute-acme/other' });
    const sources: string[] = [];
    await bench.run(['exec', '--', 'job'], {
      runChild: async (_command, _words, { env }) => {
        for (const OPC_COOKIE of [env.OPC_COOKIE, other]) {
          const { stdout } = await bench.run(['status', '-F', 'source', '-H', '-f', 'csv'], {
            env: { ...env, OPC_COOKIE },
          });
          sources.push(stdout);
        }
        return { status: 0 };
      },
    });
    expect(sources).toEqual([expect.stringMatching(/^\/.*\.json\n$/), 'OPC_COOKIE\n']);
  });
});

describe('a signal', () => {
  const ALL = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const;
  /** Says which signals come; ends when so many have come. */
  const TRAPS = `
    count=0
    got() { echo "$1"; count=$((count + 1)); [ $count -lt ${2 * ALL.length} ] || exit 9; }
    for name in INT TERM HUP QUIT USR1 USR2 WINCH; do trap "got $name" $name; done
    echo ready
    while :; do sleep 0.05; done`;

  async function start(script: string) {
    const { env, home } = await execBench();
    // A shell that is started in the background ignores SIGINT, and so would what it starts.
    const line = [PROGRAM, 'exec', '--', 'bash', '-c', script];
    // In a session of its own there is no terminal, wherever the tests run.
    const child = spawn(process.execPath, line, { env, detached: true });
    const ended = once(child, 'close');
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    await expect.poll(() => stdout, { timeout: 60_000 }).toBe('ready\n');
    return { child, home, lines: () => stdout.trim().split('\n').slice(1), ended };
  }

  it('to this program alone is passed on each time, and the exit status is the command’s', async () => {
    const { child, lines, ended } = await start(TRAPS);
    const sent: string[] = [];
    for (const signal of [...ALL, ...ALL]) {
      child.kill(signal);
      sent.push(signal.slice(3));
      await expect.poll(lines, { timeout: 60_000 }).toEqual(sent);
    }
    expect(await ended).toEqual([9, null]);
  });

  it('that ends the command makes the exit status, and the session is kept', async () => {
    const { child, ended, home } = await start('echo ready; exec sleep 1000');
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    expect(filesBelow(join(home, '.opc', 'cookies'))).toEqual([expect.stringMatching(/\.json 600$/)]);
  });

  it('that the command survives does not end the keeping', async () => {
    const { service, home, env } = await execBench();
    // Shortly before half of its life, when it is renewed beside the command.
    await storeComputeSession(service, home, 15 * MINUTE - 2000);
    const script = "trap '' TERM; echo ready; read line; echo end";
    const child = spawn(process.execPath, [PROGRAM, 'exec', '--', 'bash', '-c', script], { env });
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    await expect.poll(() => service.refreshes, { timeout: 60_000 }).toBeGreaterThanOrEqual(1);
    child.stdin.end('\n');
    expect(await ended).toEqual([0, null]);
  });
});

describe('on a terminal', () => {
  /** Runs a line under expect, which gives it a terminal of its own. */
  async function onTerminal(script: string, command: string) {
    const { env } = await execBench();
    const program = requirePart('expect');
    const source = `set timeout 60
      log_user 0
      proc need {pattern} { expect -re $pattern {} timeout { puts "no $pattern"; exit 99 } eof { puts "eof $pattern"; exit 98 } }
      spawn -noecho {${process.execPath}} {${PROGRAM}} exec -- bash -c {${command}}
      ${script}
      expect eof {} timeout { exit 97 }
      exit [lindex [wait] 3]`;
    return runProgram(['-c', source], { env: { ...env, TERM: 'xterm' } }, [program]);
  }

  it('Ctrl-C reaches the command once, and a second one once more', async () => {
    // A shell may take two that come close together for one.
    const count = `let count = 0;
      process.on("SIGINT", () => {
        console.log("got-" + ++count);
        if (count === 2) setTimeout(() => { console.log("end-" + count); process.exit(6); }, 500);
      });
      setInterval(() => {}, 1000);
      console.log("ready");`;
    const command = `exec ${process.execPath} -e '${count}'`;
    const result = await onTerminal('need ready; send \\003; need got-1; send \\003; need got-2; need end-2', command);
    expect(result).toMatchObject({ status: 6, stdout: '' });
  });

  it('Ctrl-\\ that ends the command makes the exit status its own', async () => {
    // Not a shell, which takes SIGQUIT in ways of its own.
    const command = `ulimit -c 0; exec ${process.execPath} -e 'setInterval(() => {}, 1000); console.log("ready")'`;
    expect(await onTerminal('need ready; send \\034', command)).toMatchObject({ status: 131, stdout: '' });
  });

  it('SIGHUP, SIGUSR1, SIGUSR2 and SIGTERM to this program alone are passed on', async () => {
    const signals = ['HUP', 'USR1', 'USR2', 'TERM'];
    const traps = signals.map((name) => `trap "echo got-${name}" ${name}`).join('; ');
    const command = `${traps}; trap "echo got-TERM; exit 7" TERM; echo ready; while :; do sleep 0.1; done`;
    const sent = signals.map((name) => `exec kill -${name} [exp_pid]; need got-${name}`).join('; ');
    expect(await onTerminal(`need ready; ${sent}`, command)).toMatchObject({ status: 7, stdout: '' });
  });

  it('SIGINT and SIGQUIT to this program alone end neither', async () => {
    const command = 'echo ready; for time in 1 2; do read -r line; echo "read [$line]"; done';
    const script = ['INT', 'QUIT']
      .map((name) => `exec kill -${name} [exp_pid]; send "after-${name}\\r"; need {read \\[after-${name}\\]}`)
      .join('; ');
    expect(await onTerminal(`need ready; ${script}`, command)).toMatchObject({ status: 0, stdout: '' });
  });

  it('a new size of the window reaches the command', async () => {
    const command = 'trap "stty size; exit 7" WINCH; echo ready; while :; do sleep 0.1; done';
    const script = 'need ready; stty rows 33 columns 77 < $spawn_out(slave,name); need {33 77}';
    expect(await onTerminal(script, command)).toMatchObject({ status: 7, stdout: '' });
  });

  it('the terminal is the command’s: it reads what is typed, without echo where it wants', async () => {
    const command = 'test -t 0 && test -t 1 && test -t 2; echo tty-$?; read -rs line; echo "read [$line]"';
    expect(await onTerminal('need tty-0; send "typed\\r"; need {read \\[typed\\]}', command)).toMatchObject({
      status: 0,
    });
  });
});
