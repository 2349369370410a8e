import type { Clock } from '../../clock.js';
import { type ErrorCode, isOracleComputeError, OracleComputeError } from '../../errors.js';
import { stateOf } from '../../session/lifetimes.js';
import { plainText } from '../../text.js';
import type { Region } from '../client/regions.js';
import type { PrivateKey } from '../credentials/key-pair.js';
import { decodeSecurityToken, readClaim, type SecurityToken, tokenTimes } from '../credentials/security-token.js';
import type { PageContent } from './callback-page.js';
import type { CallbackVerdict } from './callback-server.js';

export interface LoggedIn {
  readonly token: SecurityToken;
  /** Made for this login; the token is bound to it. */
  readonly key: PrivateKey;
  /** The user and the tenancy of the token. */
  readonly user: string;
  readonly tenancy: string;
}

export interface LoginTrial {
  /**
   * Tries a token before it counts.
   *
   * @throws OracleComputeError TOKEN_REFUSED or TOKEN_FOREIGN if the token is forged or another user's: the wait goes
   *   on. Any other error ends it.
   */
  readonly tryToken?: (login: LoggedIn) => Promise<void>;
  /** Gets the reason why something that came did not count, and the code of its error. */
  readonly onRejected?: (reason: string, code?: ErrorCode) => void;
}

/** More than a person brings about, and too few to fill a terminal. */
const MOST_NOTES = 10;

/**
 * The waiting for one login. Anything on this machine, and any page in the browser, can send something to the port, so
 * what arrives is judged here: only a token for this login's key that the service accepts ends the waiting.
 */
export class LoginWait {
  readonly result: Promise<LoggedIn>;
  /** What the login page answered in place of a token, if that came last. It can be forged, so it ends nothing. */
  refusal: OracleComputeError | undefined;
  private resolve: (login: LoggedIn) => void = () => undefined;
  private reject: (error: unknown) => void = () => undefined;
  private expected: { readonly key: PrivateKey; readonly nonce: string } | undefined;
  private trying: Promise<unknown> = Promise.resolve();
  private readonly reported = new Set<string>();

  constructor(
    private readonly login: { readonly region: Region; readonly tenancyName?: string },
    private readonly parts: LoginTrial & { readonly clock: Clock },
  ) {
    this.result = new Promise<LoggedIn>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // It may fail before the caller awaits it.
    this.result.catch(() => undefined);
  }

  begin(key: PrivateKey, nonce: string): void {
    this.expected = { key, nonce };
  }

  /** Judges one after the other, so that a flood of tokens does not become a flood of requests. */
  receive(parameters: URLSearchParams): Promise<CallbackVerdict> {
    const verdict = this.trying.then(() => this.judge(parameters));
    this.trying = verdict;
    return verdict;
  }

  /** The same for a pasted address. Reports every mistake again, because the user waits for a reply. */
  async receivePasted(parameters: URLSearchParams | undefined): Promise<void> {
    this.reported.clear();
    if (parameters) await this.receive(parameters);
    else this.note('that is not the address at which this login ends');
  }

  /** Says of something that came why it did not count, once. */
  private note(reason: string, code?: ErrorCode): void {
    if (this.reported.size >= MOST_NOTES || this.reported.has(reason)) return;
    this.reported.add(reason);
    this.parts.onRejected?.(reason, code);
  }

  private async judge(parameters: URLSearchParams): Promise<CallbackVerdict> {
    if (!this.expected) return goOn(NO_TOKEN);
    const error = parameters.get('error');
    if (error !== null) return this.refuse(error, parameters.get('error_description'));
    const token = parameters.get('security_token');
    if (token === null || token === '') return goOn(NO_TOKEN);
    try {
      const loggedIn = acceptToken(token, parameters.get('id_token'), this.expected);
      await this.parts.tryToken?.(loggedIn);
      return this.end(loggedIn);
    } catch (failure) {
      if (isOracleComputeError(failure, 'LOGIN_TOKEN_UNUSABLE', 'TOKEN_REFUSED', 'TOKEN_FOREIGN')) {
        return this.turnAway(UNUSABLE, failure.message, failure.message, failure.code);
      }
      return this.fail(failure);
    }
  }

  private end(loggedIn: LoggedIn): CallbackVerdict {
    const now = this.parts.clock.now();
    if (stateOf(tokenTimes(loggedIn.token, now), now) !== 'valid') {
      return this.fail(unusable('the token has already expired by the clock of this machine'));
    }
    this.resolve(loggedIn);
    return { page: welcome(loggedIn, this.login), final: true };
  }

  private fail(failure: unknown): CallbackVerdict {
    this.reject(failure);
    const message = isOracleComputeError(failure) ? failure.message : 'The program could not read it.';
    return { page: { title: UNUSABLE, text: `${message}\n${CLOSE}`, tone: 'bad' }, final: true };
  }

  private refuse(error: string, description: string | null): CallbackVerdict {
    const reason = plainText(description ? `${description} (${error})` : error, 200);
    this.refusal = new OracleComputeError('LOGIN_REFUSED', `the login was refused: ${reason}`, { reason });
    return this.turnAway('The login was refused', reason, this.refusal.message);
  }

  private turnAway(title: string, reason: string, note = reason, code?: ErrorCode): CallbackVerdict {
    this.note(note, code);
    return goOn({ title, text: `${reason}\nThe program in the terminal is still waiting.`, tone: 'bad' });
  }
}

const UNUSABLE = 'The login cannot be used';
const CLOSE = 'You can close this page and return to the terminal.';
const NO_TOKEN: PageContent = {
  title: 'No login arrived',
  text: 'There was no token in the answer. Log in at the page that opened first; the program is still waiting.',
  tone: 'bad',
};

function goOn(page: PageContent): CallbackVerdict {
  return { page, final: false };
}

function welcome(
  { user, tenancy }: LoggedIn,
  { region, tenancyName }: { readonly region: Region; readonly tenancyName?: string },
): PageContent {
  const where = tenancyName === undefined ? tenancy : `${tenancyName} (${tenancy})`;
  const text = `User: ${user}\nTenancy: ${where}\nRegion: ${region.id}\n\n${CLOSE}`;
  return { title: 'You are logged in', text, tone: 'good' };
}

/**
 * The token must be bound to the key that was made for this login, and the id token, if there is one, must carry this
 * login's nonce. Only the service can check the signature.
 *
 * @throws OracleComputeError LOGIN_TOKEN_UNUSABLE
 */
function acceptToken(
  value: string,
  idToken: string | null,
  { key, nonce }: { readonly key: PrivateKey; readonly nonce: string },
): LoggedIn {
  const token = decode(value);
  if (token.keyModulus !== key.modulus) throw unusable('the token is not for the key of this login');
  const returned = idToken === null ? undefined : readClaim(idToken, 'nonce');
  if (returned !== undefined && returned !== nonce) throw unusable('the answer belongs to another login');
  if (token.subject === undefined || token.tenancy === undefined) throw unusable('the token names no user or tenancy');
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
  return new OracleComputeError('LOGIN_TOKEN_UNUSABLE', `the login succeeded, but ${reason}`, { reason });
}
