import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { launchChromium, logInAsPerson } from '../../fixtures/demo/chromium.js';
import type { OciUser } from '../../fixtures/oci-service/directory.js';
import { type OciService, startOciService } from '../../fixtures/oci-service/server.js';
import { systemClock } from '../../lib/clock.js';
import { withLock } from '../../lib/files/lock.js';
import { resolveRegion } from '../../lib/oci/client/regions.js';
import { type BrowserLogin, logInWithBrowser } from '../../lib/oci/login/login-flow.js';
import type { LoggedIn } from '../../lib/oci/login/login-wait.js';
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
    const other = await laptop.type('OCI_CLI_PROFILE=TokenDemo oci session authenticate', (url) => {
      visit(service, url, service.users[1]).catch(() => undefined);
    });
    expect(other).toMatchObject(ok);
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

interface Login {
  readonly url: string;
  readonly outcome: Promise<LoggedIn | { readonly failed: unknown }>;
}

async function begin(changes: Partial<BrowserLogin> = {}): Promise<Login> {
  const region = resolveRegion(service.region, { env: { OCI_REGION_METADATA: JSON.stringify(service.metadata[0]) } });
  let announce: (url: string) => void = () => undefined;
  const announced = new Promise<string>((resolve) => {
    announce = resolve;
  });
  const outcome = logInWithBrowser({ region, timeout: 100_000, port: 0, ...changes }, { clock: systemClock, announce });
  const settled = outcome.catch((failed: unknown) => ({ failed }));
  return { url: await announced, outcome: settled };
}

async function fillForm(page: Page, user: OciService['users'][number] | undefined): Promise<void> {
  await page.fill('#tenancy', user?.tenancyName ?? '');
  await page.fill('#user', user?.name ?? '');
  await page.fill('#password', user?.password ?? '');
  await page.click('button[value=login]');
}

// Loading a page is what takes long, so one page sees everything.
test('a person at a browser is told what went wrong and may still log in, then who and where; no token is left there', async () => {
  const context = await (await chromium()).newContext({ ignoreHTTPSErrors: true });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const { url, outcome } = await begin({ tenancyName: 'acme' });
  const port = Number(new URL(new URL(url).searchParams.get('redirect_uri') ?? '').port);
  const preconnect = connect(port, 'localhost');
  preconnect.on('error', () => undefined);
  onTestFinished(() => void preconnect.destroy());
  const told = (name: string) => page.getByRole('heading', { name }).waitFor();

  await page.goto(`http://localhost:${port}/`);
  await told('Waiting for a login');
  await page.goto(`http://localhost:${port}/somewhere`);
  await told('Nothing here');
  // Each page takes its own path out of the address, where the next one would be the same page.
  await page.goto('about:blank');
  await page.goto(`http://localhost:${port}/#token_type=Bearer`);
  await told('No login arrived');

  await page.goto(url);
  await page.click('button[value=cancel]');
  await told('The login was refused');
  expect(await page.innerText('main')).toContain('still waiting');

  service.faults.next('authorize', { kind: 'other-key' });
  await page.goto(url);
  await fillForm(page, service.users[0]);
  await told('The login cannot be used');
  expect(await page.innerText('main')).toContain('not for the key of this login');

  await page.goto(url);
  const problems: string[] = [];
  page.on('console', (message) => problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  await fillForm(page, service.users[0]);
  await told('You are logged in');
  const done = await outcome;
  if ('failed' in done) throw done.failed;
  expect(done).toMatchObject({ user: service.users[0]?.id });
  const text = await page.innerText('main');
  expect(text).toContain(service.users[0]?.id);
  expect(text).toContain(service.region);
  expect(text).toContain('You can close this page');
  expect(new URL(page.url())).toMatchObject({ pathname: '/', hash: '', search: '' });
  const kept = await page.evaluate(
    'document.documentElement.outerHTML + JSON.stringify([history.state, { ...localStorage }, document.cookie])',
  );
  expect(kept).not.toContain(done.token.value);
  expect(problems).toEqual([]);
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
    expect(at.sessions()).toContain('.oci/sessions/T/token 600');
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
    const result = await at.type(`${LINE} --timeout 1s`, (url) => {
      port = callbackPort(url);
      void idleConnection(port).catch(() => undefined);
    });
    expect(result).toMatchObject({ status: 10, stdout: '' });
    expect(result.stderr).toContain('oci: nobody logged in within 1 s\n');
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
