import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.js';
import { OracleComputeError } from '../../errors.js';
import { type Region, regionHosts } from '../client/regions.js';
import { authorizePublicKey, generatePrivateKey } from '../credentials/key-pair.js';
import { CALLBACK_PORT, startCallbackServer } from './callback-server.js';
import { type LoggedIn, type LoginTrial, LoginWait } from './login-wait.js';

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
      tenancyName,
      identityProvider,
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

export interface AuthorizeRequest {
  /** The origin of the region's login service. */
  readonly login: string;
  /** The modulus of the public key that the token is to be bound to, base64url. */
  readonly modulus: string;
  /** A random UUID that comes back in the id token. */
  readonly nonce: string;
  readonly port: number;
  readonly tenancyName?: string;
  readonly identityProvider?: string;
}

/** The address of the login page, with the parameters of Oracle's CLI in its order. The service knows port 8181 only. */
export function authorizeUrl(request: AuthorizeRequest): URL {
  const url = new URL('/v1/oauth2/authorize', request.login);
  const parameters = url.searchParams;
  parameters.set('action', 'login');
  parameters.set('client_id', 'iaas_console');
  parameters.set('response_type', 'token id_token');
  parameters.set('nonce', request.nonce);
  parameters.set('scope', 'openid');
  parameters.set('public_key', authorizePublicKey(request.modulus));
  parameters.set('redirect_uri', `http://localhost:${request.port}`);
  if (request.tenancyName) parameters.set('tenant', request.tenancyName);
  if (request.identityProvider) parameters.set('provider', request.identityProvider);
  return url;
}

/** Terminals put these around pasted text if a program asks for it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with an escape character
const PASTE_MARKS = /\u001b\[20[01]~/g;
const OWN_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * The login in a pasted text: the browser's final address, which it could not reach, whole or only the part after `#`.
 * Ignores white space: terminals and mails break long lines.
 *
 * @param port the port of the callback: another address is another login's
 * @returns undefined if the text has no login
 */
export function pastedLogin(text: string, port: number): URLSearchParams | undefined {
  const plain = text.replace(PASTE_MARKS, '').replace(/\s+/g, '');
  // Pasted twice, it is the same login twice.
  const [address] = /^https?:\/\/.+?(?=https?:\/\/|$)/i.exec(plain) ?? [];
  const given = address === undefined ? plain.replace(/^.*?[#?]/, '') : behindAddress(address, port);
  const parameters = new URLSearchParams(given);
  return parameters.get('security_token') || parameters.has('error') ? parameters : undefined;
}

function behindAddress(address: string, port: number): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !OWN_HOSTS.has(url.hostname) || url.port !== String(port)) return '';
  return url.hash.slice(1) || url.search.slice(1);
}
