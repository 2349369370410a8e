import { env as processEnvironment } from 'node:process';
import { type Clock, systemClock } from './clock.js';
import { homeFolder } from './files/owner.js';
import type { HttpClient, HttpSettings } from './http/client.js';
import { createHttpClient } from './http/create-client.js';
import { checkBundle } from './http/trust.js';
import { VERSION } from './version.js';

/** What the library touches outside itself. A program may give any part of it; the rest is the machine as it is. */
export interface Environment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly clock: Clock;
  readonly http: HttpClient;
}

export interface EnvironmentOptions extends Partial<Environment> {
  /** PEM text of certificate authorities to trust besides the usual ones; for the HTTP client that is made here. */
  readonly certificateAuthorities?: string;
  /** Milliseconds for one request, all its retries included; 30 000 if not given. */
  readonly timeout?: number;
  /** Ends what is under way when it aborts. */
  readonly signal?: AbortSignal;
}

/** Fills in what a user of the library has not given. */
export function environmentFrom(options: EnvironmentOptions = {}): Environment {
  const env = options.env ?? processEnvironment;
  const clock = options.clock ?? systemClock;
  const { certificateAuthorities, signal, timeout = 30_000 } = options;
  if (certificateAuthorities !== undefined) checkBundle(certificateAuthorities, 'in certificateAuthorities');
  const settings: HttpSettings = {
    timeout,
    clock,
    proxyEnvironment: env,
    userAgent: `oracle-compute/${VERSION}`,
    ...(certificateAuthorities === undefined ? {} : { certificateAuthorities }),
    ...(signal === undefined ? {} : { signal }),
  };
  return { env, clock, home: options.home ?? homeFolder(env), http: options.http ?? createHttpClient(settings) };
}
