import { env as processEnvironment } from 'node:process';
import { type Clock, systemClock } from './clock.js';
import { homeFolder } from './files/owner.js';
import type { HttpClient, HttpSettings } from './http/client.js';
import { createHttpClient } from './http/create-client.js';
import { checkBundle } from './http/trust.js';
import { VERSION } from './version.js';

/** The world outside the library. A program may replace any part of it; the rest comes from this process. */
export interface Environment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly clock: Clock;
  readonly http: HttpClient;
}

export interface EnvironmentOptions extends Partial<Environment> {
  /** PEM text of certificate authorities to trust besides the usual ones. Ignored if `http` is given. */
  readonly certificateAuthorities?: string;
  /** Milliseconds for one request, all its retries included; default 30 000. Ignored if `http` is given. */
  readonly timeout?: number;
  /** Ends requests in progress when it aborts. */
  readonly signal?: AbortSignal;
}

/** Completes an environment with the parts of this process. */
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
    certificateAuthorities,
    signal,
  };
  return { env, clock, home: options.home ?? homeFolder(env), http: options.http ?? createHttpClient(settings) };
}
