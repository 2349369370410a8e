import { env as processEnvironment, versions } from 'node:process';
import { type Clock, systemClock } from './clock.js';
import { homeFolder, ownUserId } from './files/owner.js';
import type { HttpClient, HttpSettings } from './http/client.js';

/** This package's version, as in package.json; a test compares the two. */
export const VERSION = '0.1.0';

/** The version of Node that runs this process, without a `v`. */
export const NODE_VERSION = versions.node;

/** The world outside the library. A program may replace any part of it; the rest comes from this process. */
export interface Environment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @throws OracleComputeError HOME_UNKNOWN */
  readonly home: string;
  /** Relative paths begin here. */
  readonly cwd: string;
  readonly clock: Clock;
  readonly http: HttpClient;
  /** Ends requests and waits in progress when it aborts. */
  readonly signal: AbortSignal | undefined;
}

export interface EnvironmentOptions extends Partial<Environment> {
  /** PEM text of certificate authorities to trust besides the usual ones. Ignored if `http` is given. */
  readonly certificateAuthorities?: string;
  /** Milliseconds for one request, all its retries included; default 30 000. Ignored if `http` is given. */
  readonly timeout?: number;
}

/** Completes an environment with the parts of this process. */
export function environmentFrom(options: EnvironmentOptions = {}): Environment {
  const env = options.env ?? processEnvironment;
  const clock = options.clock ?? systemClock;
  const { certificateAuthorities, signal, timeout = 30_000, cwd = '.' } = options;
  const settings: HttpSettings = {
    timeout,
    clock,
    proxyEnvironment: env,
    userAgent: `oracle-compute/${VERSION}`,
    certificateAuthorities,
    signal,
  };
  return {
    env,
    clock,
    cwd,
    signal,
    get home() {
      return options.home ?? homeFolder(env);
    },
    http: options.http ?? createHttpClient(settings),
  };
}

/**
 * The HTTP client of this package. What it takes is loaded, and what it trusts checked, with the first request.
 *
 * @throws OracleComputeError CA_BUNDLE_MALFORMED from the first request
 */
export function createHttpClient(settings: HttpSettings): HttpClient {
  let made: Promise<HttpClient> | undefined;
  const client = () => {
    made ??= makeClient(settings);
    return made;
  };
  return {
    send: async (request) => (await client()).send(request),
    stream: async (request) => (await client()).stream(request),
  };
}

async function makeClient(settings: HttpSettings): Promise<HttpClient> {
  const { certificateAuthorities, proxyEnvironment, onUnsafeFile } = settings;
  const extra = proxyEnvironment?.NODE_EXTRA_CA_CERTS;
  if (certificateAuthorities !== undefined) {
    const { checkBundle } = await import('./http/trust.js');
    await checkBundle(certificateAuthorities, 'in certificateAuthorities');
  }
  if (extra && onUnsafeFile) {
    const { writersFault } = await import('./files/text-file.js');
    const fault = await writersFault(extra, { uid: ownUserId() });
    if (fault) onUnsafeFile(fault);
  }
  return (await import('./http/got-client.js')).gotClient(settings);
}
