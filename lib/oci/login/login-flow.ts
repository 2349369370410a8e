import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.js';
import { OracleComputeError } from '../../errors.js';
import { type Region, regionHosts } from '../client/regions.js';
import { generatePrivateKey } from '../credentials/key-pair.js';
import { authorizeUrl } from './authorize-url.js';
import { CALLBACK_PORT, startCallbackServer } from './callback-server.js';
import { type LoggedIn, type LoginTrial, LoginWait } from './login-wait.js';
import { pastedLogin } from './pasted-address.js';

export interface BrowserLogin {
  readonly region: Region;
  readonly tenancyName?: string;
  readonly identityProvider?: string;
  /** How long to wait for the person at the browser. Milliseconds. */
  readonly timeout: number;
  /** 8181 unless the login page knows another. */
  readonly port?: number;
  /** The address to listen on instead of loopback, for a container whose port is published. */
  readonly address?: string;
}

export interface LoginParts extends LoginTrial {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Starts a browser; false if no browser was found. Undefined if no browser may be started. */
  readonly openBrowser?: (url: string) => Promise<boolean>;
  /** Addresses that the user pastes, because the browser is on another machine. Ends when the signal aborts. */
  readonly pasted?: (signal: AbortSignal) => AsyncIterable<string>;
  /** Is given the address of the login page, once the answer can be received. */
  readonly announce: (url: string, opened: boolean) => void;
}

/**
 * Logs in through the browser: makes a new key, sends the person to the region's login page, and waits for the token
 * on this machine's port 8181. Nothing is stored. The port is free again when this ends, however it ends.
 *
 * @throws OracleComputeError PORT_IN_USE (before a key is made), LOGIN_REFUSED and LOGIN_TIMED_OUT when the time is
 *   over, LOGIN_TOKEN_UNUSABLE, what trying the token throws, and the signal's reason
 */
export async function logInWithBrowser(login: BrowserLogin, parts: LoginParts): Promise<LoggedIn> {
  const { clock, signal } = parts;
  const wait = new LoginWait(login, parts);
  const receive = (parameters: URLSearchParams) => wait.receive(parameters);
  const server = await startCallbackServer(login.port ?? CALLBACK_PORT, receive, login.address);
  const deadline = new AbortController();
  const stop = () => deadline.abort(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  try {
    const key = await generatePrivateKey();
    deadline.signal.throwIfAborted();
    const { tenancyName, identityProvider, region } = login;
    const nonce = randomUUID();
    wait.begin(key, nonce);
    const url = authorizeUrl({
      login: regionHosts(region).login,
      modulus: key.modulus,
      nonce,
      port: server.port,
      ...(tenancyName === undefined ? {} : { tenancyName }),
      ...(identityProvider === undefined ? {} : { identityProvider }),
    }).href;
    const opened = (await parts.openBrowser?.(url)) ?? false;
    parts.announce(url, opened);
    return await Promise.race([
      wait.result,
      timeOut(login.timeout, wait, clock, deadline.signal),
      readPasted(wait, server.port, parts, deadline.signal),
    ]);
  } finally {
    signal?.removeEventListener('abort', stop);
    deadline.abort();
    await server.close();
  }
}

/** Judges pasted addresses as the callback judges those that arrive. Settles only if reading them fails. */
async function readPasted(wait: LoginWait, port: number, parts: LoginParts, signal: AbortSignal): Promise<never> {
  for await (const text of parts.pasted?.(signal) ?? []) {
    await wait.receivePasted(pastedLogin(text, port));
  }
  return new Promise(() => undefined);
}

async function timeOut(milliseconds: number, wait: LoginWait, clock: Clock, signal: AbortSignal): Promise<never> {
  await clock.sleep(milliseconds, signal);
  const seconds = Math.round(milliseconds / 1000);
  throw wait.refusal ?? new OracleComputeError('LOGIN_TIMED_OUT', `nobody logged in within ${seconds} s`, { seconds });
}
