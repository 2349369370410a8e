import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { OciUser } from '../../fixtures/oci-service/directory.js';
import { type OciService, type OciServiceOptions, startOciService } from '../../fixtures/oci-service/server.js';
import { readConfigText, readProfile } from '../../lib/oci/config/config-file.js';
import { send } from '../fixtures/oci-client.js';
import { NOON } from './compute.js';
import { storeOciSession } from './stored-sessions.js';
import { temporaryHome, writeFileWithMode } from './temporary-home.js';
import { type RunResult, runLine, type TestClock, type TestContextOptions, testClock } from './test-context.js';

export const HOUR = 3_600_000;

/** A local OCI service, a home folder without sessions, and one clock for both sides of the line. */
export interface OciBench {
  readonly service: OciService;
  readonly home: string;
  readonly configFile: string;
  readonly clock: TestClock;
  readonly env: Record<string, string | undefined>;
  /** Runs an `oci` line in this process. */
  run(line: readonly string[], options?: Partial<TestContextOptions>): Promise<RunResult>;
  /** `session authenticate` with these flags, and a user who opens its URL and logs in. */
  logIn(flags?: readonly string[], options?: Partial<TestContextOptions>): Promise<RunResult>;
  /** Stores a session as a login does. Returns its token. */
  addSession(name?: string, wish?: Parameters<OciService['issueSession']>[0]): Promise<string>;
  /** The values of a profile as the config file has them. */
  profile(name: string): Promise<Record<string, string>>;
  /** The token of a session as its file has it. */
  storedToken(name: string): string;
  /** Lets time pass for both sides. */
  pass(milliseconds: number): void;
}

export async function ociBench(options: OciServiceOptions = {}, time: number = NOON): Promise<OciBench> {
  const home = temporaryHome();
  const clock = testClock(time);
  const service = await startOciService({
    clock: () => clock.time,
    anyRedirectPort: true,
    loginMode: 'auto-consent',
    ...options,
  });
  onTestFinished(() => service.close());
  const configFile = join(home, '.oci', 'config');
  const env = ociEnvironment(service, home);
  const run: OciBench['run'] = (line, context = {}) => runLine(line, { home, clock, env, program: 'oci', ...context });
  const profile: OciBench['profile'] = async (name) => {
    const text = await readConfigText(configFile);
    return Object.fromEntries(readProfile(text ?? { path: configFile, text: '' }, name).values);
  };
  return {
    service,
    home,
    configFile,
    clock,
    env,
    run,
    profile,
    logIn: (flags = [], context = {}) => {
      const visit = visitor(service);
      return run(['session', 'authenticate', '--callback-port', '0', ...flags], { onStderr: visit, ...context });
    },
    addSession: (name = 'TokenDemo', wish = {}) => storeOciSession(service, name, { home, clock }, wish),
    storedToken: (name) => readFileSync(join(home, '.oci', 'sessions', name, 'token'), 'utf8'),
    pass: (milliseconds) => {
      clock.time += milliseconds;
    },
  };
}

/** What points a client at the service. */
export function ociEnvironment(service: OciService, folder: string): Record<string, string | undefined> {
  return {
    OCI_REGION_METADATA: JSON.stringify(service.metadata[0]),
    OCI_CLI_REGION: service.region,
    OCI_CLI_CERT_BUNDLE: writeFileWithMode(join(folder, 'ca.pem'), service.certificatePem),
  };
}

/** Follows the first address that the program prints, once, as a browser would whose owner is let in at once. */
export function visitor(service: OciService): (soFar: string) => void {
  let visited = false;
  return (soFar) => {
    const url = addressIn(soFar);
    if (url === undefined || visited) return;
    visited = true;
    visit(service, url).catch(() => undefined);
  };
}

/** The address of the login page, where the program has printed it. */
export function addressIn(stderr: string): string | undefined {
  return /^https:\S+$/m.exec(stderr)?.[0];
}

/**
 * Goes to the login page and back to the program; gives the last page. `person` fills the form of the page; without one
 * the service must ask for nothing.
 */
export async function visit(service: OciService, url: string, person?: OciUser): Promise<string> {
  const { headers } = await send(service, person === undefined ? { url } : { url, ...filledForm(person) });
  const back = new URL(headers.location ?? '');
  return handBack(Number(back.port), back.hash.slice(1));
}

function filledForm({ tenancyName, name, password, identityProvider = '' }: OciUser) {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ tenancy: tenancyName, user: name, password, provider: identityProvider }).toString(),
  };
}

/** Hands the result of a login to the program, as the script of its page does. */
export function handBack(port: number, fragment: string): Promise<string> {
  return new Promise((done, fail) => {
    const posted = request(
      {
        host: '127.0.0.1',
        port,
        path: '/token',
        method: 'POST',
        headers: { host: `localhost:${port}`, 'content-type': 'application/x-www-form-urlencoded' },
        agent: false,
      },
      async (answer) => {
        let text = '';
        for await (const chunk of answer) text += chunk;
        done(text);
      },
    );
    posted.once('error', fail);
    posted.end(fragment);
  });
}
