import { promises as fs } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type OciService, type OciServiceOptions, startOciService } from '../../../../fixtures/oci-service/server.js';
import type { Clock } from '../../../../lib/clock.js';
import { createHttpClient } from '../../../../lib/environment.js';
import type { SessionProfile } from '../../../../lib/oci/config/session-profile.js';
import { parsePrivateKey, privateKeyFile } from '../../../../lib/oci/credentials/key-pair.js';
import type { RefreshDeps } from '../../../../lib/oci/refresh-session.js';

export const START = Date.UTC(2026, 1, 3, 7, 0, 0);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** A clock that stands still until a test moves it. Sleeping takes no longer than it must. */
export class TestClock implements Clock {
  constructor(public time = START) {}
  now = () => this.time;
  monotonic = () => performance.now();
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const timer = setTimeout(resolve, Math.min(milliseconds, 20));
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    });
  }
}

export interface SessionHome {
  readonly home: string;
  readonly configFile: string;
  readonly clock: TestClock;
  readonly service: OciService;
  readonly parts: RefreshDeps;
  /** Stores a session of the service as Oracle's CLI would. */
  addSession(name?: string, wish?: Parameters<OciService['issueSession']>[0]): Promise<StoredTestSession>;
}

export interface StoredTestSession extends SessionProfile {
  readonly privateKeyPem: string;
  readonly token: string;
}

/** A new home folder, removed with the test. */
export async function newHome(): Promise<string> {
  const home = await fs.mkdtemp(join(tmpdir(), 'oci-home-'));
  onTestFinished(() => fs.rm(home, { recursive: true, force: true }));
  return home;
}

/** A home folder and a service of its own, on one clock. */
export async function sessionHome(options: OciServiceOptions = {}): Promise<SessionHome> {
  const home = await newHome();
  const clock = new TestClock();
  const service = await startOciService({ clock: clock.now, ...options });
  onTestFinished(() => service.close());
  const configFile = join(home, '.oci', 'config');
  const http = createHttpClient({
    timeout: 20_000,
    certificateAuthorities: service.certificatePem,
    clock,
    userAgent: 'test',
  });
  const parts = { home, clock, http, env: { OCI_REGION_METADATA: JSON.stringify(service.metadata[0]) } };
  return {
    home,
    configFile,
    clock,
    service,
    parts,
    addSession: (name, wish) => addSession(parts, service, name, wish),
  };
}

async function addSession(
  { home }: RefreshDeps,
  service: OciService,
  name = 'TokenDemo',
  wish: Parameters<OciService['issueSession']>[0] = {},
): Promise<StoredTestSession> {
  const { token, privateKeyPem = '', fingerprint, user } = await service.issueSession(wish);
  const folder = join(home, '.oci', 'sessions', name);
  await fs.mkdir(folder, { recursive: true, mode: 0o700 });
  const [keyFile, securityTokenFile] = [join(folder, 'oci_api_key.pem'), join(folder, 'token')];
  await fs.writeFile(keyFile, privateKeyFile(parsePrivateKey(privateKeyPem, undefined, 'k')), { mode: 0o600 });
  await fs.writeFile(securityTokenFile, token, { mode: 0o600 });
  const configFile = join(home, '.oci', 'config');
  const section = `\n\n[${name}]\nfingerprint=${fingerprint}\nkey_file=${keyFile}\ntenancy=${user.tenancyId}\nregion=${service.region}\nsecurity_token_file=${securityTokenFile}\n`;
  await fs.appendFile(configFile, section, { mode: 0o600 });
  return {
    name,
    configFile,
    securityTokenFile,
    keyFile,
    passphrase: undefined,
    fingerprint,
    tenancy: user.tenancyId,
    region: service.region,
    notedSessionEnd: undefined,
    values: new Map(),
    privateKeyPem,
    token,
  };
}

/** Every file and folder under a home, with its mode: `drwx------` as `d700`, files as `600`. */
export async function modesUnder(folder: string): Promise<Record<string, string>> {
  const names = await fs.readdir(folder, { recursive: true });
  const rows = await Promise.all(
    names.map(async (name) => {
      const stat = await fs.lstat(join(folder, name));
      return [name, `${stat.isDirectory() ? 'd' : ''}${(stat.mode & 0o777).toString(8)}`] as const;
    }),
  );
  return Object.fromEntries(rows.sort(([one], [other]) => (one < other ? -1 : 1)));
}
