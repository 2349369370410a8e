import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { send } from '../fixtures/oci-client.js';
import { addressIn, type OciBench, ociBench } from '../support/oci.js';
import { cleanEnvironment, OCI_PROGRAM } from '../support/program.js';

/** An address of this machine that is not 127.0.0.1: its network's, or another one of loopback. */
const OTHER_ADDRESS =
  Object.values(networkInterfaces())
    .flat()
    .find((found) => found?.family === 'IPv4' && !found.internal)?.address ?? '127.0.0.2';

/** The program while it waits for a login that may come from another address. */
async function waiting(bench: OciBench, ...flags: string[]) {
  const line = ['session', 'authenticate', '--profile-name', 'T', '--callback-port', '0', ...flags];
  const env = cleanEnvironment(bench.home, bench.env);
  const child = spawn(process.execPath, [OCI_PROGRAM, ...line], { env: env as NodeJS.ProcessEnv });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'close');
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  await expect.poll(() => addressIn(stderr), { timeout: 30_000 }).toBeDefined();
  const url = addressIn(stderr) ?? '';
  const port = Number(new URL(new URL(url).searchParams.get('redirect_uri') ?? '').port);
  return { url, port, said: () => stderr, status: async () => (await ended)[0] as number | null };
}

interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Asks the callback at the other address, as a browser that came through a published port. */
function ask(port: number, { method = 'POST', path = '/token', headers = {}, body }: Call) {
  return new Promise<{ status: number; text: string }>((done, fail) => {
    const own = { host: `localhost:${port}`, 'content-type': 'application/x-www-form-urlencoded' };
    const options = { host: OTHER_ADDRESS, port, method, path, headers: { ...own, ...headers }, agent: false };
    const sent = request(options, async (answer) => {
      let text = '';
      for await (const chunk of answer) text += chunk;
      done({ status: answer.statusCode ?? 0, text });
    });
    sent.once('error', fail);
    sent.end(body);
  });
}

const realClock = () => ociBench({ clock: Date.now }, Date.now());

describe('session authenticate --callback-address 0.0.0.0', () => {
  it('refuses what is not the login’s own, and takes the login through another address', async () => {
    const bench = await realClock();
    const { url, port, said, status } = await waiting(bench, '--callback-address', '0.0.0.0');
    expect(said()).toContain('the login is awaited at 0.0.0.0, where other machines may reach it');
    const { headers } = await send(bench.service, { url });
    const login = new URL(headers.location ?? '').hash.slice(1);
    const foreign: Record<string, string>[] = [
      { host: `${OTHER_ADDRESS}:${port}` },
      { host: 'localhost' },
      { host: `evil.example:${port}` },
      { origin: 'https://evil.example' },
      { origin: `http://localhost:${port + 1}` },
      { 'sec-fetch-site': 'cross-site' },
    ];
    for (const wrong of foreign) {
      expect(await ask(port, { headers: wrong, body: login }), JSON.stringify(wrong)).toMatchObject({ status: 403 });
    }
    const asPicture = { 'sec-fetch-dest': 'image', 'sec-fetch-mode': 'no-cors' };
    expect((await ask(port, { method: 'GET', path: `/x?${login}`, headers: asPicture })).status).toBe(403);
    const planted = (await bench.service.issueSession()).token;
    expect((await ask(port, { body: `security_token=${planted}` })).text).toContain('still waiting');
    expect((await ask(port, { body: `security_token=${'x'.repeat(200_000)}` })).status).toBe(413);
    expect((await ask(port, { method: 'PUT', body: login })).status).toBe(405);
    expect(said()).toContain('the token is not for the key of this login; still waiting for the login');
    expect(said()).not.toContain('Config written to');
    const page = await ask(port, { headers: { origin: `http://localhost:${port}` }, body: login });
    expect(JSON.parse(page.text)).toMatchObject({ title: 'You are logged in' });
    expect(await status(), said()).toBe(0);
    expect((await bench.run(['session', 'validate', '--profile', 'T'])).status).toBe(0);
  });

  it('is loopback alone without that, and says nothing of other machines', async () => {
    const { port, said } = await waiting(await realClock());
    const isOpen = await new Promise<boolean>((done) => {
      const socket = connect(port, OTHER_ADDRESS, () => done(true)).on('error', () => done(false));
      onTestFinished(() => void socket.destroy());
    });
    expect(isOpen).toBe(false);
    expect(said()).not.toContain('other machines');
  });

  it('is a usage error with an address that is not this machine’s', async () => {
    const bench = await realClock();
    const line = [
      'session',
      'authenticate',
      '--profile-name',
      'T',
      '--timeout',
      '9s',
      '--callback-address',
      '203.0.113.7',
    ];
    const { status, stderr } = await bench.run(line);
    expect([status, stderr]).toEqual([2, expect.stringContaining('203.0.113.7 is not an address of this machine')]);
  });
});
