import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { launchChromium, logInAsPerson } from '../../fixtures/demo/chromium.js';
import type { OciUser } from '../../fixtures/oci-service/directory.js';
import { type OciService, startOciService } from '../../fixtures/oci-service/server.js';
import { addressIn, ociEnvironment } from '../support/oci.js';
import { cleanEnvironment, OCI_PROGRAM, type ProgramResult, runProgram } from '../support/program.js';
import { requirePart } from '../support/real-part.js';
import { filesBelow, temporaryHome } from '../support/temporary-home.js';

/*
 * The built `oci`, a real Chromium, and the only port that Oracle's login page knows. Whatever else needs port 8181
 * belongs in this file, whose tests run one after the other.
 */

let browser: Browser | undefined;
let service: OciService;

beforeAll(async () => {
  service = await startOciService();
});
beforeEach(() => {
  service.faults.clear();
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

/** Types it while a visitor does what the test wants, with pages of the browser at hand. */
async function withVisitor(at: Computer, line: string, act: (page: Page, url: string) => Promise<unknown>) {
  const context = await (await chromium()).newContext({ ignoreHTTPSErrors: true });
  onTestFinished(() => context.close());
  let acted: Promise<unknown> = Promise.resolve();
  const result = await at.type(line, (url) => {
    acted = context.newPage().then((page) => act(page, url));
  });
  await acted;
  return result;
}

async function fillForm(page: Page): Promise<void> {
  await page.fill('#tenancy', user().tenancyName);
  await page.fill('#user', user().name);
  await page.fill('#password', user().password);
  await page.click('button[value=login]');
}

/** In seconds. */
function issuedAt(token: string): number {
  const [, claims = ''] = token.split('.');
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { readonly iat: number }).iat;
}

function idleConnection(): Promise<Socket> {
  return new Promise((ready, fail) => {
    const socket = connect(8181, 'localhost');
    onTestFinished(() => void socket.destroy());
    socket.once('connect', () => ready(socket)).once('error', fail);
    socket.on('error', () => undefined);
  });
}

describe('Oracle’s page "Token-based Authentication for the CLI"', () => {
  test('every line of it, as typed there, in its order', async () => {
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
  });

  test('npm run demo:oci shows it in one run, and without colours where nobody looks', async () => {
    requirePart('chromium');
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: undefined };
    const demo = await runProgram([], { env }, [process.execPath, 'build/fixtures/demo/oci.js']);
    expect([demo.status, demo.stderr]).toEqual([0, '']);
    expect(demo.stdout).toContain('The page says: You are logged in.');
    expect(demo.stdout).toContain('EM1  emu-local-1  READY  home region');
    expect(demo.stdout).toMatch(/Done: the whole page worked\.\n$/);
    expect(demo.stdout).not.toContain('\u001b');
  });
});

describe('a person at a terminal', () => {
  test('is asked first, then sees the browser open, and how long is left', async () => {
    const expectProgram = requirePart('expect');
    const running = await chromium();
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
spawn oci session authenticate
expect "Name of the profile to write: " { send "T\\r" } timeout { exit 91 }
expect "Region (name, key or number): " { if {[file exists ${opened}]} { exit 92 }; send "emu-local-1\\r" } timeout { exit 93 }
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
    const page = await logInAsPerson(running, readFileSync(opened, 'utf8'), user());
    expect(page.title).toBe('You are logged in');
    expect(await ended, output).toBe(0);
    expect((await at.type('oci session validate --profile T')).status).toBe(0);
  });
});

describe('on port 8181', () => {
  test('neither an idle connection, a preconnect, a wrong path nor a missing token keeps the login out', async () => {
    const at = computer();
    const result = await withVisitor(at, 'oci session authenticate', async (page, url) => {
      await Promise.all([idleConnection(), idleConnection()]);
      const half = await idleConnection();
      half.write('GET / HTTP/1.1\r\nHost: localhost:8181\r\n');
      await page.goto('http://localhost:8181/favicon.ico');
      await page.getByRole('heading', { name: 'Nothing here' }).waitFor();
      await page.goto('http://localhost:8181/token');
      await page.getByRole('heading', { name: 'No login arrived' }).waitFor();
      await page.goto('http://localhost:8181/#token_type=Bearer');
      await page.getByRole('heading', { name: 'No login arrived' }).waitFor();
      await page.goto(url);
      await fillForm(page);
      await page.getByRole('heading', { name: 'You are logged in' }).waitFor();
    });
    expect(result.status, result.stderr).toBe(0);
  });

  test('an abandoned login ends by itself, exit 10, frees the port and leaves nothing', async () => {
    const at = computer();
    const result = await withVisitor(at, 'oci session authenticate --timeout 2s', async (page, url) => {
      await Promise.all([page.goto(url), idleConnection()]);
    });
    expect(result).toMatchObject({ status: 10, stdout: '' });
    expect(result.stderr).toContain('oci: nobody logged in within 2 s\n');
    expect(at.sessions()).toEqual([]);
    await expect(idleConnection()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('Ctrl-C ends the wait at once, and leaves nothing', async () => {
    const at = computer();
    const result = await at.type('exec oci session authenticate', (_url, child) => void child.kill('SIGINT'));
    expect(result).toMatchObject({ status: 130, stdout: '' });
    expect(at.sessions()).toEqual([]);
  });

  test('another program: exit 2, and how to find it', async () => {
    const holder = createServer();
    await new Promise<void>((ready) => holder.listen(8181, '127.0.0.1', ready));
    onTestFinished(() => new Promise<void>((closed) => holder.close(() => closed())));
    const at = computer();
    const result = await at.type('oci session authenticate');
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toContain('oci: port 8181 on this machine is in use\nsee which: lsof -i :8181');
    expect(at.sessions()).toEqual([]);
  });

  test('a refused login is said and ends nothing, a token for another key likewise; then the login counts', async () => {
    const at = computer();
    service.faults.next('authorize', { kind: 'other-key' });
    const result = await withVisitor(at, 'oci session authenticate', async (page, url) => {
      await page.goto(url);
      await page.click('button[value=cancel]');
      await page.getByRole('heading', { name: 'The login was refused' }).waitFor();
      for (const heading of ['The login cannot be used', 'You are logged in']) {
        await page.goto(url);
        await fillForm(page);
        await page.getByRole('heading', { name: heading }).waitFor();
      }
    });
    expect(result).toMatchObject({ status: 0, stdout: '' });
    expect(result.stderr).toContain('the login was refused: ');
    expect(result.stderr).toContain('not for the key of this login; still waiting');
    expect(at.sessions()).not.toEqual([]);
  });
});
