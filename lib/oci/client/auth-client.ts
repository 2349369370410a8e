import { isOracleComputeError, OracleComputeError } from '../../errors.js';
import type { PrivateKey } from '../credentials/key-pair.js';
import { decodeSecurityToken, type SecurityToken } from '../credentials/security-token.js';
import { type RequestSigner, SecurityTokenSigner } from '../credentials/signer.js';
import { callService, type ServiceAnswer, type ServiceParts, unreadable } from './call-service.js';

export interface ReceivedToken {
  readonly token: SecurityToken;
  /** Milliseconds since the epoch, by the service's clock. */
  readonly receivedAt: number;
}

/** Exchanges one credential for a session token at the authentication service of a region. */
export class AuthClient {
  /** @param origin e.g. `https://auth.us-ashburn-1.oraclecloud.com` */
  constructor(
    private readonly origin: string,
    private readonly parts: ServiceParts,
  ) {}

  /**
   * Swaps a living token for one that lives longer: `POST /v1/authentication/refresh`. The answer must be for the same
   * user, tenancy and key.
   *
   * @param source where the token came from, for errors
   * @throws OracleComputeError TOKEN_REFUSED, NO_TOKEN, TOKEN_FOREIGN, ANSWER_UNREADABLE, and what `callService` throws
   */
  async refresh(token: SecurityToken, key: PrivateKey, source: string): Promise<ReceivedToken> {
    const answer = await callService(this.parts, {
      method: 'POST',
      url: new URL('/v1/authentication/refresh', this.origin),
      body: JSON.stringify({ currentToken: token.value }),
      // The old token stays good, so asking twice does no harm.
      retry: 'always',
      signer: new SecurityTokenSigner(token.value, key),
      source,
    });
    const received = this.readToken(answer);
    if (token.subject !== undefined && received.subject !== token.subject) throw this.foreign('another user', answer);
    if (token.tenancy !== undefined && received.tenancy !== token.tenancy) {
      throw this.foreign('another tenancy', answer);
    }
    this.checkKey(received, key.modulus, answer);
    return { token: received, receivedAt: answer.receivedAt };
  }

  /**
   * Exchanges working credentials for a session of its own: `POST /v1/token/upst/actions/GenerateUpst`.
   *
   * @param key the public key that the token is to be bound to
   * @param minutes how long the session lasts, 5 to 60
   * @throws OracleComputeError as `refresh`
   */
  async generate(
    key: { readonly publicKeyPem: string; readonly modulus: string },
    minutes: number,
    signer: RequestSigner,
    source: string,
  ): Promise<ReceivedToken> {
    const answer = await callService(this.parts, {
      method: 'POST',
      url: new URL('/v1/token/upst/actions/GenerateUpst', this.origin),
      // Oracle's CLI sends the minutes as a string.
      body: JSON.stringify({ publicKey: key.publicKeyPem, sessionExpirationInMinutes: String(minutes) }),
      retry: 'unsent',
      signer,
      source,
    });
    const token = this.readToken(answer);
    this.checkKey(token, key.modulus, answer);
    return { token, receivedAt: answer.receivedAt };
  }

  private readToken(answer: ServiceAnswer): SecurityToken {
    const { body, callId } = answer;
    if (typeof body !== 'object' || body === null) throw unreadable(this.origin, callId);
    if (!('token' in body) || typeof body.token !== 'string' || body.token === '') {
      throw new OracleComputeError('NO_TOKEN', `${this.origin} answered without a token`, this.fields(answer));
    }
    try {
      return decodeSecurityToken(body.token);
    } catch (error) {
      throw isOracleComputeError(error, 'TOKEN_MALFORMED') ? unreadable(this.origin, callId) : error;
    }
  }

  private checkKey(token: SecurityToken, modulus: string, answer: ServiceAnswer): void {
    if (token.keyModulus !== undefined && token.keyModulus !== modulus) throw this.foreign('another key', answer);
  }

  private foreign(whose: string, answer: ServiceAnswer): OracleComputeError {
    const reason = `the token that came back is for ${whose}`;
    return new OracleComputeError('TOKEN_FOREIGN', `${this.origin}: ${reason}`, { ...this.fields(answer), reason });
  }

  private fields({ callId }: ServiceAnswer): { origin: string; callId?: string } {
    return { origin: this.origin, ...(callId === undefined ? {} : { callId }) };
  }
}
