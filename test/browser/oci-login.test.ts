import { connect } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type OciService, startOciService } from '../../fixtures/oci-service/server.js';
import { systemClock } from '../../lib/clock.js';
import { resolveRegion } from '../../lib/oci/client/regions.js';
import { type BrowserLogin, logInWithBrowser } from '../../lib/oci/login/login-flow.js';
import type { LoggedIn } from '../../lib/oci/login/login-wait.js';
import { requirePart } from '../support/real-part.js';

let browser: Browser | undefined;
let service: OciService;

beforeAll(async () => {
  service = await startOciService({ anyRedirectPort: true });
});

afterAll(async () => {
  await browser?.close();
  await service.close();
});

/** A page of a real Chromium that trusts the local service. */
async function newPage(): Promise<Page> {
  const executablePath = requirePart('chromium');
  browser ??= await chromium.launch({ executablePath, args: ['--no-sandbox', '--ignore-certificate-errors'] });
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  onTestFinished(() => context.close());
  return context.newPage();
}

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

// Launching a browser and loading a page is what takes long, so one page sees everything.
test('a person at a browser is told what went wrong and may still log in, then who and where; no token is left there', async () => {
  const page = await newPage();
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
