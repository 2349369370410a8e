import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.js';
import { isOracleComputeError, OracleComputeError } from '../../errors.js';
import { stateOf } from '../../session/lifetimes.js';
import { plainText } from '../../text.js';
import { type Region, regionHosts } from '../client/regions.js';
import { generatePrivateKey, type PrivateKey } from '../credentials/key-pair.js';
import { decodeSecurityToken, readClaim, type SecurityToken, tokenTimes } from '../credentials/security-token.js';
import { authorizeUrl } from './authorize-url.js';
import type { PageContent } from './callback-page.js';
import { CALLBACK_PORT, type CallbackVerdict, startCallbackServer } from './callback-server.js';

export interface BrowserLogin {
  readonly region: Region;
  readonly tenancyName?: string;
  readonly identityProvider?: string;
  /** How long to wait for the person at the browser. Milliseconds. */
  readonly timeout: number;
  /** 8181 unless the login page knows another. */
  readonly port?: number;
}

export interface LoginParts {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Starts a browser and says whether there is one; undefined where none may be started. */
  readonly openBrowser?: (url: string) => Promise<boolean>;
  /** Is given the address of the login page, once the answer can be received. */
  readonly announce: (url: string, opened: boolean) => void;
}

export interface LoggedIn {
  readonly token: SecurityToken;
  /** Made for this login; the token is bound to it. */
  readonly key: PrivateKey;
  /** Who and where, from the token. */
  readonly user: string;
  readonly tenancy: string;
}

/**
 * Logs in through the browser: makes a new key, sends the person to the region's login page, and waits for the token
 * on this machine's port 8181. Nothing is stored. The port is free again when this ends, however it ends.
 *
 * @throws OracleComputeError PORT_IN_USE (before a key is made), LOGIN_REFUSED, LOGIN_TIMED_OUT, LOGIN_TOKEN_UNUSABLE,
 *   and the signal's reason
 */
export async function logInWithBrowser(login: BrowserLogin, parts: LoginParts): Promise<LoggedIn> {
  const { clock, signal } = parts;
  const wait = new LoginWait(login, clock);
  const server = await startCallbackServer(login.port ?? CALLBACK_PORT, (parameters) => wait.receive(parameters));
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
    return await Promise.race([wait.result, timeOut(login.timeout, clock, deadline.signal)]);
  } finally {
    signal?.removeEventListener('abort', stop);
    deadline.abort();
    await server.close();
  }
}

async function timeOut(milliseconds: number, clock: Clock, signal: AbortSignal): Promise<never> {
  await clock.sleep(milliseconds, signal);
  const seconds = Math.round(milliseconds / 1000);
  throw new OracleComputeError('LOGIN_TIMED_OUT', `nobody logged in within ${seconds} s`, { seconds });
}

/** The waiting for one login: what arrives is judged here, and the first that is final ends it. */
class LoginWait {
  readonly result: Promise<LoggedIn>;
  private resolve: (login: LoggedIn) => void = () => undefined;
  private reject: (error: OracleComputeError) => void = () => undefined;
  private expected: { readonly key: PrivateKey; readonly nonce: string } | undefined;

  constructor(
    private readonly login: BrowserLogin,
    private readonly clock: Clock,
  ) {
    this.result = new Promise<LoggedIn>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // It may fail before anybody waits for it.
    this.result.catch(() => undefined);
  }

  begin(key: PrivateKey, nonce: string): void {
    this.expected = { key, nonce };
  }

  receive(parameters: URLSearchParams): CallbackVerdict {
    if (!this.expected) return { page: NO_TOKEN, final: false };
    const refusal = parameters.get('error');
    if (refusal !== null) return this.refuse(refusal, parameters.get('error_description'));
    const token = parameters.get('security_token');
    if (token === null || token === '') return { page: NO_TOKEN, final: false };
    try {
      const loggedIn = acceptToken(token, parameters.get('id_token'), this.expected, this.clock.now());
      this.resolve(loggedIn);
      return { page: welcome(loggedIn, this.login), final: true };
    } catch (error) {
      return this.fail(error);
    }
  }

  private refuse(error: string, description: string | null): CallbackVerdict {
    const reason = plainText(description ? `${description} (${error})` : error, 200);
    this.reject(new OracleComputeError('LOGIN_REFUSED', `the login was refused: ${reason}`, { reason }));
    return { page: { title: 'The login was refused', text: `${reason}\n${CLOSE}`, tone: 'bad' }, final: true };
  }

  private fail(error: unknown): CallbackVerdict {
    const failure = isOracleComputeError(error)
      ? error
      : new OracleComputeError('INTERNAL', 'the login could not be read', {}, { cause: error });
    this.reject(failure);
    return {
      page: { title: 'The login cannot be used', text: `${failure.message}\n${CLOSE}`, tone: 'bad' },
      final: true,
    };
  }
}

const CLOSE = 'You can close this page and return to the terminal.';
const NO_TOKEN: PageContent = {
  title: 'No login arrived',
  text: 'There was no token in the answer. Log in at the page that opened first; the program is still waiting.',
  tone: 'bad',
};

function welcome({ user, tenancy }: LoggedIn, { region, tenancyName }: BrowserLogin): PageContent {
  const where = tenancyName === undefined ? tenancy : `${tenancyName} (${tenancy})`;
  const text = `User: ${user}\nTenancy: ${where}\nRegion: ${region.id}\n\n${CLOSE}`;
  return { title: 'You are logged in', text, tone: 'good' };
}

/**
 * Anything on this machine can send a token to the port, so it must be bound to the key that was made for this login,
 * and the id token, where one came along, must carry this login's nonce.
 *
 * @throws OracleComputeError LOGIN_TOKEN_UNUSABLE
 */
function acceptToken(
  value: string,
  idToken: string | null,
  { key, nonce }: { readonly key: PrivateKey; readonly nonce: string },
  now: number,
): LoggedIn {
  const token = decode(value);
  if (token.keyModulus !== key.modulus) throw unusable('the token is not for the key of this login');
  const returned = idToken === null ? undefined : readClaim(idToken, 'nonce');
  if (returned !== undefined && returned !== nonce) throw unusable('the answer belongs to another login');
  if (token.subject === undefined || token.tenancy === undefined) throw unusable('the token names no user or tenancy');
  if (stateOf(tokenTimes(token, now), now) !== 'valid')
    throw unusable('the token has already expired by the clock of this machine');
  return { token, key, user: token.userName ?? token.subject, tenancy: token.tenancy };
}

function decode(value: string): SecurityToken {
  try {
    return decodeSecurityToken(value);
  } catch (error) {
    throw isOracleComputeError(error, 'TOKEN_MALFORMED') ? unusable(error.message) : error;
  }
}

function unusable(reason: string): OracleComputeError {
  return new OracleComputeError('LOGIN_TOKEN_UNUSABLE', `the login came back, but ${reason}`, { reason });
}
