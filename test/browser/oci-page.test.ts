import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { launchChromium, logInAsPerson } from '../../fixtures/demo/chromium.js';
import type { OciUser } from '../../fixtures/oci-service/directory.js';
import { type OciService, startOciService } from '../../fixtures/oci-service/server.js';
import { systemClock } from '../../lib/clock.js';
import { withLock } from '../../lib/files/lock.js';
import { addressIn, ociEnvironment, visit } from '../support/oci.js';
import { cleanEnvironment, OCI_PROGRAM, type ProgramResult, runProgram } from '../support/program.js';
import { requirePart } from '../support/real-part.js';
import { filesBelow, temporaryHome } from '../support/temporary-home.js';

let browser: Browser | undefined;
let service: OciService;

beforeAll(async () => {
  service = await startOciService({ anyRedirectPort: true });
});
beforeEach(() => {
  service.loginMode = 'form';
});
afterAll(async () => {
  await browser?.close();
  await service.close();
});

const user = (): OciUser => service.users[0] as OciUser;

async function chromium(): Promise<Browser> {
  browser ??= await launchChromium(requirePart('chromium'));
  return browser;
}

/** A computer with our `oci` on its PATH. */
function computer(more: Record<string, string> = {}) {
  const home = temporaryHome();
  const programs = join(home, 'bin');
  mkdirSync(programs);
  symlinkSync(OCI_PROGRAM, join(programs, 'oci'));
  const env = cleanEnvironment(home, {
    ...ociEnvironment(service, home),
    PATH: [programs, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
    ...more,
  });
  /** Types a line at a shell. `onAddress` is told the login page's address. */
  const type = (line: string, onAddress?: (url: string, child: ChildProcess) => void): Promise<ProgramResult> =>
    runProgram(
      ['-c', line],
      {
        env,
        cwd: home,
        onStart: (child) => {
          let [stderr, told] = ['', false];
          child.stderr?.on('data', (text: string) => {
            stderr += text;
            const url = addressIn(stderr);
            if (url === undefined || told) return;
            told = true;
            onAddress?.(url, child);
          });
        },
      },
      ['/bin/sh'],
    );
  return { home, env, type, sessions: () => filesBelow(home).filter((file) => file.startsWith('.oci')) };
}

type Computer = ReturnType<typeof computer>;

/** Types `oci session authenticate` while a person logs in. */
async function logIn(at: Computer, line = 'oci session authenticate', person = user()) {
  const running = await chromium();
  let page: ReturnType<typeof logInAsPerson> | undefined;
  const result = await at.type(line, (url) => {
    page = logInAsPerson(running, url, person);
  });
  return { ...result, page: await page };
}

/** In seconds. */
function issuedAt(token: string): number {
  const [, claims = ''] = token.split('.');
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { readonly iat: number }).iat;
}

function idleConnection(port: number): Promise<Socket> {
  return new Promise((ready, fail) => {
    const socket = connect(port, 'localhost');
    onTestFinished(() => void socket.destroy());
    socket.once('connect', () => ready(socket)).once('error', fail);
    socket.on('error', () => undefined);
  });
}

const callbackPort = (url: string) => Number(new URL(new URL(url).searchParams.get('redirect_uri') ?? '').port);

/**
 * Oracle's lines name no port, so it is 8181, the only one that its login page knows. Whoever else on this machine runs
 * these tests waits for its turn.
 */
function withOraclesPort(action: () => Promise<void>): Promise<void> {
  return withLock(join(tmpdir(), 'port-8181-in-tests'), { clock: systemClock, wait: 250_000 }, action);
}

describe('Oracle’s page "Token-based Authentication for the CLI"', () => {
  test('every line of it, as typed there, in its order', () => withOraclesPort(everyLine));

  async function everyLine(): Promise<void> {
    const laptop = computer();
    const ok = { status: 0, stdout: '' };

    // Starting a Token-based CLI Session
    const login = await logIn(laptop);
    expect(login).toMatchObject({ ...ok, page: { title: 'You are logged in' } });
    expect(login.page?.text).toContain(user().id);
    const config = join(laptop.home, '.oci', 'config');

    // Validating a Token
    const valid = `oci session validate -config-file ${config} --profile DEFAULT --auth security_token`;
    const validated = await laptop.type(valid);
    expect(validated).toMatchObject(ok);
    expect(validated.stderr).toMatch(/^Session is valid until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/m);

    // Refreshing a Token, which counts in seconds: in that of the login there is none that lives longer.
    const before = readFileSync(join(laptop.home, '.oci/sessions/DEFAULT/token'), 'utf8');
    await expect.poll(() => Math.floor(Date.now() / 1000)).toBeGreaterThan(issuedAt(before));
    const refreshed = await laptop.type('oci session refresh --profile DEFAULT');
    expect(refreshed).toMatchObject(ok);
    expect(refreshed.stderr).toContain('Successfully refreshed token\n');
    expect(readFileSync(join(laptop.home, '.oci/sessions/DEFAULT/token'), 'utf8')).not.toBe(before);

    // Exporting from Source Computer: with the credentials of the one who is to use the target computer
    const other = await logIn(laptop, 'OCI_CLI_PROFILE=TokenDemo oci session authenticate', service.users[1]);
    expect(other).toMatchObject({ ...ok, page: { title: 'You are logged in' } });
    const exported = await laptop.type('oci session export --profile TokenDemo --output-file session');
    expect(exported).toMatchObject(ok);
    expect(exported.stderr).toContain(`Export file written to: ${join(laptop.home, 'session.zip')}\n`);

    // Importing to Target Computer
    const server = computer();
    const imported = await server.type(`oci session import --session-archive ${join(laptop.home, 'session.zip')}`);
    expect(imported).toMatchObject(ok);
    const target = join(server.home, '.oci', 'config');
    expect(imported.stderr).toContain(`Imported profile TokenDemo written to: ${target}\n`);
    const suffix = `--config-file ${target} --profile TokenDemo --auth security_token`;
    const regions = await server.type(`oci iam region list ${suffix}`);
    expect(regions).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(regions.stdout).data).toContainEqual({ key: 'EM1', name: 'emu-local-1' });
    expect(service.requests.at(-1)?.caller).toMatchObject({ claims: { sub: service.users[1]?.id } });

    // Running Scripts on a Computer without a Browser
    expect((await server.type('oci session validate --profile TokenDemo')).status).toBe(0);
    const script = 'eval "$(oci session env --profile TokenDemo)" && oci iam region list';
    expect((await server.type(script)).stdout).toBe(regions.stdout);
    expect(server.sessions()).toEqual([
      '.oci 700',
      '.oci/config 600',
      '.oci/sessions 700',
      '.oci/sessions/TokenDemo 700',
      '.oci/sessions/TokenDemo/oci_api_key.pem 600',
      '.oci/sessions/TokenDemo/oci_api_key_public.pem 600',
      '.oci/sessions/TokenDemo/token 600',
    ]);
    expect(await server.type('oci session terminate --profile TokenDemo')).toMatchObject(ok);
    expect(server.sessions()).toEqual(['.oci 700', '.oci/config 600', '.oci/sessions 700']);
  }
});

describe('a person at a terminal', () => {
  test('is asked first, then sees the browser open, and how long is left', async () => {
    const expectProgram = requirePart('expect');
    service.loginMode = 'auto-consent';
    const opened = join(temporaryHome(), 'opened');
    const at = computer({ OCI_CLI_REGION: '', BROWSER: `${opened}.sh`, TERM: 'xterm' });
    writeFileSync(`${opened}.sh`, `#!/bin/sh\nprintf '%s' "$1" > ${opened}.new && mv ${opened}.new ${opened}\n`);
    chmodSync(`${opened}.sh`, 0o755);
    mkdirSync(join(at.home, '.oci'));
    writeFileSync(join(at.home, '.oci', 'config'), '[OTHER]\nuser=u\n', { mode: 0o600 });
    const script = join(at.home, 'talk.exp');
    writeFileSync(
      script,
      `set timeout 60
spawn oci session authenticate --callback-port 0
expect "Region (number, name, or a part of it): " { send "emu-local-1\\r" } timeout { exit 91 }
expect -ex {Profile [DEFAULT]: } { if {[file exists ${opened}]} { exit 92 }; send "T\\r" } timeout { exit 93 }
expect -re {Waiting for the login, 4:5[0-9] left} {} timeout { exit 94 }
expect "Config written to:" {} timeout { exit 95 }
expect eof
exit [lindex [wait] 3]
`,
    );
    const child = spawn(expectProgram, [script], {
      env: at.env as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const ended = new Promise<number | null>((done) => child.once('close', done));
    await expect.poll(() => existsSync(opened), { timeout: 60_000 }).toBe(true);
    // The person takes a while, so that the time that is left is seen to become less.
    await expect.poll(() => output).toMatch(/Waiting for the login, 4:5\d left/);
    expect(await visit(service, readFileSync(opened, 'utf8'))).toContain('You are logged in');
    expect(await ended, output).toBe(0);
    expect((await at.type('oci session validate --profile T')).status).toBe(0);
  });
});

describe('a login over HTTP', () => {
  const LINE = 'oci session authenticate --callback-port 0';

  test('neither an idle connection, half a request, a wrong path nor a missing token keeps it out', async () => {
    service.loginMode = 'auto-consent';
    const at = computer();
    let acted: Promise<void> = Promise.resolve();
    const result = await at.type(LINE, (url, child) => {
      acted = (async () => {
        const port = callbackPort(url);
        await Promise.all([idleConnection(port), idleConnection(port)]);
        const half = await idleConnection(port);
        half.write(`GET / HTTP/1.1\r\nHost: localhost:${port}\r\n`);
        const page = async (path: string) => {
          // Node's fetch says of itself that it is a script, and no script is answered.
          const [answer] = (await once(get({ host: 'localhost', port, path }), 'response')) as [IncomingMessage];
          return text(answer);
        };
        expect(await page('/favicon.ico')).toContain('Nothing here');
        expect(await page('/token')).toContain('No login arrived');
        expect(await visit(service, url)).toContain('You are logged in');
      })();
      acted.catch(() => child.kill());
    });
    await acted;
    expect(result.status, result.stderr).toBe(0);
  });

  test('an abandoned one ends by itself, exit 10, frees the port and leaves nothing', async () => {
    const at = computer();
    let port = 0;
    const result = await at.type(`${LINE} --timeout 2s`, (url) => {
      port = callbackPort(url);
      void idleConnection(port).catch(() => undefined);
    });
    expect(result).toMatchObject({ status: 10, stdout: '' });
    expect(result.stderr).toContain('oci: nobody logged in within 2 s\n');
    expect(at.sessions()).toEqual([]);
    await expect(idleConnection(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('Ctrl-C ends the wait at once, and leaves nothing', async () => {
    const at = computer();
    const result = await at.type(`exec ${LINE}`, (_url, child) => void child.kill('SIGINT'));
    expect(result).toMatchObject({ status: 130, stdout: '' });
    expect(at.sessions()).toEqual([]);
  });
});
