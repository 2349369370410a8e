import { promises as fs } from 'node:fs';
import {
  type AuthenticationDetailsProvider,
  DefaultRequestSigner,
  EndpointBuilder,
  type HttpRequest,
  isRegionProvider,
  type Region as OracleRegion,
  SessionAuthDetailProvider,
} from 'oci-common';
import { describe, expect, test, vi } from 'vitest';
import { generatePrivateKey, privateKeyFile } from '../../../lib/oci/credentials/key-pair.js';
import { saveSession } from '../../../lib/oci/login/save-session.js';
import { SessionProvider } from '../../../lib/oci/session-provider.js';
import { send } from '../../fixtures/oci-client.js';
import { HOUR, MINUTE, type SessionHome, START, sessionHome } from './support/session-home.js';

const failure = (code: string) => expect.objectContaining({ code });

/** A request as Oracle's SDK signs it, sent to the local service. */
async function asOraclesSdk(at: SessionHome, provider: AuthenticationDetailsProvider) {
  const { service, clock } = at;
  vi.useFakeTimers({ toFake: ['Date'], now: clock.time });
  try {
    const uri = `${service.origins().identity}/20160918/tenancies/${service.users[0]?.tenancyId}/regionSubscriptions`;
    const request: HttpRequest = { uri, method: 'GET', headers: new Headers() };
    await new DefaultRequestSigner(provider).signHttpRequest(request);
    return await send(service, { url: uri, headers: Object.fromEntries(request.headers) });
  } finally {
    vi.useRealTimers();
  }
}

async function started() {
  const at = await sessionHome();
  const session = await at.addSession();
  const open = (minValidSeconds?: number) =>
    SessionProvider.open({
      ...at.parts,
      profile: 'TokenDemo',
      ...(minValidSeconds !== undefined && { minValidSeconds }),
    });
  return { ...at, at, session, open };
}

test('is accepted by the service behind Oracle’s SDK', async () => {
  const { at, open, session, service } = await started();
  const provider = await open();
  const { status, body } = await asOraclesSdk(at, provider);
  expect([status, JSON.parse(body)[0].regionName]).toEqual([200, service.region]);
  expect(provider.getTenantId()).toBe(session.tenancy);
  expect(provider.getFingerprint()).toBe(session.fingerprint);
  expect(provider.getUser()).toBe(service.users[0]?.id);
  expect(provider.getPassphrase()).toBeNull();
});

test('names the region as Oracle’s SDK understands it', async () => {
  const { open, service } = await started();
  const provider = await open();
  expect(isRegionProvider(provider)).toBe(true);
  const template = 'https://identity.{region}.oci.{secondLevelDomain}';
  const region = provider.getRegion() as unknown as OracleRegion;
  expect(EndpointBuilder.createEndpointFromRegion(template, region)).toBe(service.origins().identity);
});

test('refreshes in time, once, and writes the file', async () => {
  const { at, open, clock, service, session } = await started();
  const provider = await open();
  await provider.getKeyId();
  expect(service.counters.refreshes).toBe(0);
  clock.time += 51 * MINUTE;
  const ids = await Promise.all(Array.from({ length: 5 }, () => provider.getKeyId()));
  expect(new Set(ids).size).toBe(1);
  expect(service.counters.refreshes).toBe(1);
  expect(ids[0]).toBe(`ST$${await fs.readFile(session.securityTokenFile, 'utf8')}`);
  expect((await asOraclesSdk(at, provider)).status).toBe(200);
});

test('carries a job through the whole session and stops with a clear error', async () => {
  const { at, open, clock } = await started();
  const provider = await open();
  while (clock.time < START + 24 * HOUR - 30 * MINUTE) {
    clock.time += 25 * MINUTE;
    expect((await asOraclesSdk(at, provider)).status).toBe(200);
  }
  clock.time = START + 24 * HOUR;
  await expect(provider.getKeyId()).rejects.toEqual(failure('SESSION_OVER'));
});

test('two providers share one refresh', async () => {
  const { open, clock, service } = await started();
  const providers = await Promise.all([open(), open(), open()]);
  clock.time += 55 * MINUTE;
  await Promise.all(providers.map((provider) => provider.getKeyId()));
  expect(service.counters.refreshes).toBe(1);
});

test('uses what another process has stored', async () => {
  const { open, service, session } = await started();
  const provider = await open();
  const { token } = await service.issueSession({ publicKeyPem: await publicKeyOf(session.privateKeyPem) });
  await fs.writeFile(session.securityTokenFile, token);
  expect(await provider.getKeyId()).toBe(`ST$${token}`);
});

test('goes on with a new login, key and all', async () => {
  const { at, open, service, session, home } = await started();
  const provider = await open();
  const before = provider.getPrivateKey();
  const key = await generatePrivateKey();
  const { token } = await service.issueSession({ publicKeyPem: key.publicKeyPem });
  const { configFile, tenancy = '', region = '' } = session;
  const sessionsFolder = `${home}/.oci/sessions`;
  const content = privateKeyFile(key);
  await saveSession(
    {
      profile: 'TokenDemo',
      configFile,
      sessionsFolder,
      token,
      key: { content },
      publicKeyPem: undefined,
      fingerprint: key.fingerprint,
      tenancy,
      region,
      passphrase: undefined,
    },
    { clock: at.clock, home, replace: 'sessions' },
  );
  expect(await provider.getKeyId()).toBe(`ST$${token}`);
  expect(provider.getPrivateKey()).not.toBe(before);
  expect((await asOraclesSdk(at, provider)).status).toBe(200);
});

describe('a service in trouble', () => {
  test('does not matter while the token is good, and is left alone for a while', async () => {
    const { open, clock, service, session } = await started();
    const provider = await open();
    service.faults.always('refresh', { kind: 'status', status: 500 });
    clock.time += 55 * MINUTE;
    const sent = service.requests.length;
    expect(await provider.getKeyId()).toBe(`ST$${session.token}`);
    const tried = service.requests.length - sent;
    expect(tried).toBeGreaterThan(0);
    await provider.getKeyId();
    expect(service.requests.length - sent).toBe(tried);
    service.faults.clear();
    clock.time += MINUTE;
    expect(await provider.getKeyId()).not.toBe(`ST$${session.token}`);
  });

  test('is an error once the token has expired', async () => {
    const { open, clock, service } = await started();
    const provider = await open();
    service.faults.always('refresh', { kind: 'status', status: 500 });
    clock.time += HOUR;
    await expect(provider.getKeyId()).rejects.toEqual(failure('TOKEN_EXPIRED'));
  });
});

test('opens an encrypted key and hands it on in the clear, to memory only', async () => {
  const { at, open, session } = await started();
  const { parsePrivateKey } = await import('../../../lib/oci/credentials/key-pair.js');
  const key = parsePrivateKey(session.privateKeyPem, undefined, 'k');
  await fs.writeFile(session.keyFile, privateKeyFile(key, 'open sesame'));
  await expect(open()).rejects.toEqual(failure('KEY_PASSPHRASE_MISSING'));
  await fs.appendFile(session.configFile, 'pass_phrase = open sesame\n');
  const provider = await open();
  expect(provider.getPrivateKey()).toContain('BEGIN PRIVATE KEY');
  expect((await asOraclesSdk(at, provider)).status).toBe(200);
  expect(await fs.readFile(session.keyFile, 'utf8')).toContain('ENCRYPTED');
});

test('prints nothing', async () => {
  const spies = (['log', 'info', 'warn', 'error'] as const).map((name) => vi.spyOn(console, name));
  const { open, clock } = await started();
  const provider = await open();
  clock.time += 55 * MINUTE;
  await provider.getKeyId();
  for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

test('Oracle’s own session provider takes a session as we store it', async () => {
  const { at, session } = await started();
  vi.spyOn(console, 'info').mockImplementation(() => undefined);
  vi.stubEnv('OCI_REGION_METADATA', at.parts.env.OCI_REGION_METADATA ?? '');
  const theirs = new SessionAuthDetailProvider(session.configFile, session.name);
  expect((await asOraclesSdk(at, theirs)).status).toBe(200);
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

async function publicKeyOf(pem: string): Promise<string> {
  const { parsePrivateKey } = await import('../../../lib/oci/credentials/key-pair.js');
  return parsePrivateKey(pem, undefined, 'k').publicKeyPem;
}
