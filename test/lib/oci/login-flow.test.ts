import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type OciServiceOptions, startOciService } from '../../../fixtures/oci-service/server.js';
import { OracleComputeError } from '../../../lib/errors.js';
import { resolveRegion } from '../../../lib/oci/client/regions.js';
import { type CallbackVerdict, startCallbackServer } from '../../../lib/oci/login/callback-server.js';
import { type BrowserLogin, type LoginParts, logInWithBrowser } from '../../../lib/oci/login/login-flow.js';
import type { LoggedIn } from '../../../lib/oci/login/login-wait.js';
import { send } from '../../fixtures/oci-client.js';
import '../../support/made-once.js';
import { START, TestClock } from './support/session-home.js';
import { tokenWith } from './support/vectors.js';

const failure = (code: string, fields: object = {}) =>
  expect.objectContaining({ code, fields: expect.objectContaining(fields) });

/** A login under way: what it will come to, and the two addresses that a browser would see. */
interface Login {
  readonly outcome: Promise<LoggedIn | { readonly failed: unknown }>;
  readonly authorize: URL;
  readonly port: number;
}

/** A clock whose sleep ends when a test says so. */
class ManualClock extends TestClock {
  wake: () => void = () => undefined;
  readonly asked: number[] = [];
  override sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    this.asked.push(milliseconds);
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      this.wake = resolve;
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
  }
}

async function begin(changes: Partial<BrowserLogin & LoginParts> = {}, login = 'https://login.test'): Promise<Login> {
  const region = changes.region ?? {
    ...resolveRegion('x.test', { env: {} }),
    id: new URL(login).host.replace('login.', ''),
  };
  const { timeout = 60_000, signal, openBrowser, tenancyName, identityProvider, port = 0 } = changes;
  const clock = changes.clock ?? new ManualClock();
  let told: (url: string) => void = () => undefined;
  const announced = new Promise<string>((resolve) => {
    told = resolve;
  });
  const outcome = logInWithBrowser(
    { region, timeout, port, ...(tenancyName && { tenancyName }), ...(identityProvider && { identityProvider }) },
    {
      clock,
      announce: told,
      ...(signal && { signal }),
      ...(openBrowser && { openBrowser }),
      ...(changes.tryToken && { tryToken: changes.tryToken }),
      ...(changes.onRejected && { onRejected: changes.onRejected }),
    },
  ).catch((failed: unknown) => ({ failed }));
  const authorize = new URL(await announced);
  return { outcome, authorize, port: Number(new URL(authorize.searchParams.get('redirect_uri') ?? '').port) };
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Record<string, unknown>;
}

function ask(
  port: number,
  path: string,
  options: { method?: string; headers?: object; body?: string; host?: string } = {},
) {
  return new Promise<Answer>((resolve, reject) => {
    const { method = 'GET', headers = {}, body, host = '127.0.0.1' } = options;
    const outgoing = request(
      { host, port, path, method, agent: false, headers: { host: `localhost:${port}`, ...headers } },
      async (answer) => {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk as Buffer);
        resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString(), headers: answer.headers });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const hand = (port: number, fragment: string, headers: object = {}) =>
  ask(port, '/token', {
    method: 'POST',
    body: fragment,
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: `http://localhost:${port}`, ...headers },
  });

/** A token such as the login page would issue for this login. */
function tokenFor({ authorize }: Login, changes: Record<string, unknown> = {}): string {
  const jwk = Buffer.from(authorize.searchParams.get('public_key') ?? '', 'base64url').toString();
  const iat = START / 1000;
  return tokenWith({ sub: 'ocid1.user.oc1..u', tenant: 'ocid1.tenancy.oc1..t', iat, exp: iat + 3600, jwk, ...changes });
}

const NOT_FINAL: CallbackVerdict = { page: { title: '', text: '', tone: 'wait' }, final: false };

async function isFree(port: number): Promise<boolean> {
  const server = await startCallbackServer(port, async () => NOT_FINAL);
  await server.close();
  return true;
}

async function withService(options: OciServiceOptions = {}) {
  const service = await startOciService({ clock: () => START, anyRedirectPort: true, ...options });
  onTestFinished(() => service.close());
  return service;
}

describe('with the login page of the local service', () => {
  test('gives a token that is bound to the key made for it', async () => {
    const service = await withService({ loginMode: 'auto-consent' });
    const region = resolveRegion(service.region, { env: { OCI_REGION_METADATA: JSON.stringify(service.metadata[0]) } });
    const login = await begin({ region, tenancyName: 'acme' });
    const { status, headers } = await send(service, { url: login.authorize.href });
    expect(status).toBe(303);
    const back = new URL(headers.location ?? '');
    expect(back.origin).toBe(`http://localhost:${login.port}`);
    const answer = await hand(login.port, back.hash.slice(1));
    expect(JSON.parse(answer.body)).toMatchObject({ title: 'You are logged in', tone: 'good' });
    expect(JSON.parse(answer.body).text).toMatch(
      /User: .+\nTenancy: acme \(ocid1\.tenancy.+\nRegion: .+close this page/s,
    );
    const [user] = service.users;
    const done = await login.outcome;
    expect(done).toMatchObject({ user: user?.id, tenancy: user?.tenancyId });
    if ('failed' in done) throw done.failed;
    expect(done.token.keyModulus).toBe(done.key.modulus);
    expect(await isFree(login.port)).toBe(true);
  });

  test.each([
    ['other-key', 'not for the key of this login'],
    ['other-nonce', 'belongs to another login'],
  ] as const)('refuses a token with %s', async (kind, words) => {
    const service = await withService({ loginMode: 'auto-consent' });
    const region = resolveRegion(service.region, { env: { OCI_REGION_METADATA: JSON.stringify(service.metadata[0]) } });
    const login = await begin({ region });
    service.faults.next('authorize', { kind });
    const { headers } = await send(service, { url: login.authorize.href });
    const answer = await hand(login.port, new URL(headers.location ?? '').hash.slice(1));
    expect(JSON.parse(answer.body)).toMatchObject({ tone: 'bad', text: expect.stringContaining(words) });
    const again = await send(service, { url: login.authorize.href });
    await hand(login.port, new URL(again.headers.location ?? '').hash.slice(1));
    expect(await login.outcome).toMatchObject({ token: { keyModulus: expect.any(String) } });
  });

  test('hears a refusal, which is the outcome when the time is over', async () => {
    const service = await withService({ loginMode: 'refuse' });
    const region = resolveRegion(service.region, { env: { OCI_REGION_METADATA: JSON.stringify(service.metadata[0]) } });
    const clock = new ManualClock();
    const login = await begin({ region, clock });
    const { headers } = await send(service, { url: login.authorize.href });
    await hand(login.port, new URL(headers.location ?? '').hash.slice(1));
    clock.wake();
    expect(await login.outcome).toEqual({
      failed: failure('LOGIN_REFUSED', { reason: 'The login was refused. (access_denied)' }),
    });
  });
});

describe('the callback', () => {
  test('also takes the token as a query, as Oracle’s page sends it, and leaves nothing in the history', async () => {
    const login = await begin();
    const token = tokenFor(login);
    const { status, body, headers } = await ask(login.port, `/token?security_token=${token}&token_type=Bearer`);
    expect(status).toBe(200);
    expect(body).toContain('You are logged in');
    expect(body).toContain("history.replaceState(null, '', '/')");
    expect(body).not.toContain(token);
    expect(headers['cache-control']).toBe('no-store');
    expect(await login.outcome).toMatchObject({ token: { value: token } });
  });

  test('serves a page that is kept nowhere and runs nothing but its own script', async () => {
    const login = await begin();
    const { status, body, headers } = await ask(login.port, '/');
    expect(status).toBe(200);
    const nonce = /script-src 'nonce-([^']+)'/.exec(String(headers['content-security-policy']))?.[1];
    expect(body).toContain(`<script nonce="${nonce}">`);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    });
    await hand(login.port, `security_token=${tokenFor(login)}`);
    await login.outcome;
  });

  test('is there on IPv4 and IPv6', async () => {
    const login = await begin();
    expect((await ask(login.port, '/', { host: '::1', headers: { host: `[::1]:${login.port}` } })).status).toBe(200);
    expect((await ask(login.port, '/', { headers: { host: `127.0.0.1:${login.port}` } })).status).toBe(200);
    await hand(login.port, `security_token=${tokenFor(login)}`);
    await login.outcome;
  });

  test('is not held up by connections that say nothing, and cuts them in the end', async () => {
    const login = await begin();
    const idle = await Promise.all(
      Array.from({ length: 5 }, () => {
        const socket = connect(login.port, '127.0.0.1');
        socket.on('error', () => undefined);
        const closed = new Promise((resolve) => socket.once('close', resolve));
        return new Promise<{ closed: Promise<unknown> }>((resolve) =>
          socket.once('connect', () => resolve({ closed })),
        );
      }),
    );
    const half = connect(login.port, '127.0.0.1', () => half.write('POST /token HTTP/1.1\r\nHost: loc'));
    half.on('error', () => undefined);
    const cut = new Promise((resolve) => half.once('close', resolve));
    await hand(login.port, `security_token=${tokenFor(login)}`);
    expect(await login.outcome).toMatchObject({ user: 'ocid1.user.oc1..u' });
    await Promise.all([cut, ...idle.map(({ closed }) => closed)]);
  });

  test.each<[string, string, object, number]>([
    ['another path', '/favicon.ico', {}, 404],
    ['a token parameter at the root', '/?security_token=a.b.c', {}, 200],
    ['no token', '/token', {}, 400],
    ['another method', '/', { method: 'PUT' }, 405],
    ['another host', '/', { headers: { host: 'evil.example' } }, 403],
    ['another port in Host', '/', { headers: { host: 'localhost:80' } }, 403],
    [
      'another site',
      '/token',
      { method: 'POST', body: 'security_token=a.b.c', headers: { origin: 'https://evil.example' } },
      403,
    ],
    [
      'a picture of another site',
      '/token?security_token=a.b.c',
      { headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' } },
      403,
    ],
    ['an empty token', '/token', { method: 'POST', body: 'security_token=' }, 200],
    ['too much', '/token', { method: 'POST', body: 'x'.repeat(200_000) }, 413],
  ])('%s does not end the waiting', async (_what, path, options, status) => {
    const login = await begin();
    expect((await ask(login.port, path, options)).status).toBe(status);
    await hand(login.port, `security_token=${tokenFor(login)}`);
    expect(await login.outcome).toMatchObject({ user: 'ocid1.user.oc1..u' });
  });

  test.each<[string, (login: Login) => string]>([
    ['text', () => 'hello'],
    ['no user', (login) => tokenFor(login, { sub: undefined })],
    ['no tenancy', (login) => tokenFor(login, { tenant: '' })],
    ['no key', (login) => tokenFor(login, { jwk: undefined })],
    ['control characters', (login) => tokenFor(login, { sub: 'a\u001b[2J' })],
  ])('a token that is or has %s is said, and the waiting goes on', async (_what, make) => {
    const said: string[] = [];
    const login = await begin({ onRejected: (reason) => said.push(reason) });
    const { body } = await hand(login.port, new URLSearchParams({ security_token: make(login) }).toString());
    expect(JSON.parse(body)).toMatchObject({ title: 'The login cannot be used', tone: 'bad' });
    expect(said).toEqual([expect.stringContaining('the login succeeded, but')]);
    expect(said.join()).not.toContain('\u001b');
    await hand(login.port, `security_token=${tokenFor(login)}`);
    expect(await login.outcome).toMatchObject({ user: 'ocid1.user.oc1..u' });
  });

  test('a token of the past ends it: the service takes it, so the clock here is wrong', async () => {
    const login = await begin();
    await hand(login.port, `security_token=${tokenFor(login, { exp: START / 1000 - 1 })}`);
    expect(await login.outcome).toEqual({ failed: failure('LOGIN_TOKEN_UNUSABLE') });
  });

  test.each([
    'TOKEN_REFUSED',
    'TOKEN_FOREIGN',
  ] as const)('a token that turns out to be worthless (%s) ends nothing, and only one is tried at a time', async (code) => {
    let atOnce = 0;
    const seen: number[] = [];
    const login = await begin({
      tryToken: async ({ user }) => {
        seen.push(++atOnce);
        await new Promise((done) => setImmediate(done));
        atOnce -= 1;
        if (user === 'good') return;
        throw new OracleComputeError(code, 'not good', { origin: '', source: '', reason: '' });
      },
    });
    const forged = Array.from({ length: 5 }, () => hand(login.port, `security_token=${tokenFor(login)}`));
    for (const { body } of await Promise.all(forged)) expect(JSON.parse(body)).toMatchObject({ tone: 'bad' });
    await hand(login.port, `security_token=${tokenFor(login, { userName: 'good' })}`);
    expect(await login.outcome).toMatchObject({ user: 'good' });
    expect(new Set(seen)).toEqual(new Set([1]));
  });

  test('a service that cannot be asked ends it', async () => {
    const unreachable = new OracleComputeError('UNREACHABLE', 'no', { origin: '', cause: '' });
    const login = await begin({ tryToken: () => Promise.reject(unreachable) });
    await hand(login.port, `security_token=${tokenFor(login)}`);
    expect(await login.outcome).toEqual({ failed: unreachable });
  });

  test.each<[string, string, object]>([
    ['as a fragment', '/token', { method: 'POST', body: 'error=access_denied&error_description=No%0Aentry%1B%5B2J' }],
    ['as a query', '/?error=access_denied&error_description=No%0Aentry%1B%5B2J', {}],
  ])('a refusal %s is said in words that are fit for a terminal, and ends nothing', async (_, path, options) => {
    const said: string[] = [];
    const login = await begin({ onRejected: (reason) => said.push(reason) });
    const { body } = await ask(login.port, path, options);
    expect(body).toContain('The login was refused');
    expect(said).toEqual(['the login was refused: No entry [2J (access_denied)']);
    await hand(login.port, `security_token=${tokenFor(login)}`);
    expect(await login.outcome).toMatchObject({ user: 'ocid1.user.oc1..u' });
  });

  test.each([
    ['a picture', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
    ['a frame', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }],
    ['a script', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
  ])('%s of another page cannot hand over even this login’s token', async (_what, headers) => {
    const login = await begin();
    const answer = await ask(login.port, `/token?security_token=${tokenFor(login)}`, { headers });
    expect(answer.status).toBe(403);
    const posted = await hand(login.port, `security_token=${tokenFor(login)}`, { 'sec-fetch-site': 'same-site' });
    expect(posted.status).toBe(403);
    await hand(login.port, `security_token=${tokenFor(login)}`);
    await login.outcome;
  });

  test('a refusal is text on the page, never markup', async () => {
    const login = await begin();
    const { body } = await ask(login.port, `/?error=${encodeURIComponent('<img src=x onerror=alert(1)>')}`);
    expect(body).not.toContain('<img');
    await hand(login.port, `security_token=${tokenFor(login)}`);
    await login.outcome;
  });

  test('shows nothing that turns its text around', async () => {
    const page = { title: 'a\u202eb', text: 'c\u009bd\ne', tone: 'bad' } as const;
    const server = await startCallbackServer(0, async () => ({ page, final: false }));
    const answers = [await hand(server.port, 'security_token=a'), await ask(server.port, '/?error=a')];
    await server.close();
    expect(JSON.parse(answers[0]?.body ?? '')).toEqual({ title: 'a\ufffdb', text: 'c\ufffdd\ne', tone: 'bad' });
    expect(answers[1]?.body).toContain('<h1>a\ufffdb</h1>\n<p>c\ufffdd\ne</p>');
  });

  test('takes one login only', async () => {
    let received = 0;
    const server = await startCallbackServer(0, async () => {
      received += 1;
      return { page: { title: 'first', text: '', tone: 'good' }, final: true };
    });
    const answers = [await hand(server.port, 'security_token=a'), await hand(server.port, 'security_token=b')];
    await server.close();
    expect(answers.map(({ body }) => JSON.parse(body).title)).toEqual(['first', 'This login is over']);
    expect(received).toBe(1);
  });
});

describe('the end of the waiting', () => {
  test('comes with the time limit, and frees the port', async () => {
    const clock = new ManualClock();
    const login = await begin({ clock, timeout: 300_000 });
    await expect.poll(() => clock.asked).toEqual([300_000]);
    clock.wake();
    expect(await login.outcome).toEqual({ failed: failure('LOGIN_TIMED_OUT', { seconds: 300 }) });
    expect(await isFree(login.port)).toBe(true);
  });

  test('comes with an interruption, and frees the port', async () => {
    const controller = new AbortController();
    const login = await begin({ signal: controller.signal });
    const reason = new RangeError('interrupted');
    controller.abort(reason);
    expect(await login.outcome).toEqual({ failed: reason });
    expect(await isFree(login.port)).toBe(true);
  });

  test('comes at once where the port is taken, before a browser is opened', async () => {
    const other = await startCallbackServer(0, async () => NOT_FINAL);
    const opened: string[] = [];
    const login = logInWithBrowser(
      { region: resolveRegion('fra', { env: {} }), timeout: 1000, port: other.port },
      {
        clock: new ManualClock(),
        announce: (url) => opened.push(url),
        openBrowser: async (url) => opened.push(url) > 0,
      },
    );
    await expect(login).rejects.toEqual(failure('PORT_IN_USE', { port: other.port }));
    expect(opened).toEqual([]);
    await other.close();
  });
});

test('opens the browser with the address that it announces, and says whether there is one', async () => {
  const calls: unknown[] = [];
  const enough = new AbortController();
  const login = logInWithBrowser(
    { region: resolveRegion('fra', { env: {} }), timeout: 1000, port: 0 },
    {
      clock: new ManualClock(),
      signal: enough.signal,
      announce: (url, opened) => {
        calls.push(['announced', url, opened]);
        enough.abort(new RangeError('enough'));
      },
      openBrowser: async (url) => {
        calls.push(['opened', url]);
        return true;
      },
    },
  );
  await expect(login).rejects.toThrow('enough');
  expect(calls).toEqual([
    ['opened', expect.stringMatching(/^https:\/\/login\.eu-frankfurt-1\.oraclecloud\.com\/v1\/oauth2\/authorize\?/)],
    ['announced', (calls[0] as string[])[1], true],
  ]);
});
