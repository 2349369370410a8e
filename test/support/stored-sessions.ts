import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ComputeService } from '../../fixtures/compute-service/server.js';
import type { OciService } from '../../fixtures/oci-service/server.js';
import type { Clock } from '../../lib/clock.js';
import { encodeCookiesFile } from '../../lib/compute/cookies/cookies-file.js';
import { defaultCookiesFile } from '../../lib/compute/cookies/cookies-file-store.js';
import { sessionFromLogin, sessionWithToken } from '../../lib/compute/stored-session.js';
import { parsePrivateKey, privateKeyFile } from '../../lib/oci/credentials/key-pair.js';
import { saveSession } from '../../lib/oci/login/save-session.js';

// Knows nothing of the test runner: `npm run bench` stores sessions too.

const MINUTE = 60_000;

/** Stores a session that began 26 minutes ago and whose token has 5 minutes left; gives the token. */
export async function storeOldComputeSession(service: ComputeService, path: string): Promise<string> {
  const [loginAt, issuedAt] = [Date.now() - 26 * MINUTE, Date.now() - 25 * MINUTE];
  const issued = (value: string, receivedAt: number) => ({ value, receivedAt, maxAge: undefined, clockOffset: 0 });
  const login = sessionFromLogin(service.origin, service.user, issued(service.issueToken({ loginAt }), loginAt));
  const session = sessionWithToken(login, issued(service.issueToken({ loginAt, issuedAt }), issuedAt));
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, await encodeCookiesFile(session), { mode: 0o600 });
  return session.token;
}

/** Stores a session of the service's user in a home folder that began `age` milliseconds ago. */
export async function storeComputeSession(service: ComputeService, home: string, age: number): Promise<void> {
  const loginAt = Date.now() - age;
  const value = service.issueToken({ loginAt });
  const issued = { value, receivedAt: loginAt, maxAge: undefined, clockOffset: 0 };
  const path = defaultCookiesFile(home, service.origin, service.user);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, await encodeCookiesFile(sessionFromLogin(service.origin, service.user, issued)), { mode: 0o600 });
}

/** Stores an OCI session below `home` as a login does; returns its token. */
export async function storeOciSession(
  service: OciService,
  profile: string,
  { home, clock }: { readonly home: string; readonly clock: Clock },
  wish: Parameters<OciService['issueSession']>[0] = {},
): Promise<string> {
  const issued = await service.issueSession(wish);
  const key = parsePrivateKey(issued.privateKeyPem ?? '', undefined, 'the service');
  await saveSession(
    {
      profile,
      configFile: join(home, '.oci', 'config'),
      sessionsFolder: join(home, '.oci', 'sessions'),
      token: issued.token,
      key: { content: privateKeyFile(key) },
      publicKeyPem: key.publicKeyPem,
      fingerprint: key.fingerprint,
      tenancy: issued.user.tenancyId,
      region: service.region,
      passphrase: undefined,
    },
    { clock, home, replace: 'any' },
  );
  return issued.token;
}
