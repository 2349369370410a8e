import { isOracleComputeError, OracleComputeError } from '../../errors.js';
import { isObject } from '../../text.js';
import type { PrivateKey } from '../credentials/key-pair.js';
import {
  decodeSecurityToken,
  foreignOwner,
  type SecurityToken,
  type TokenOwner,
} from '../credentials/security-token.js';
import { type RequestSigner, SecurityTokenSigner } from '../credentials/signer.js';
import { callService, type ServiceAnswer, type ServiceParts, unreadable } from './call-service.js';

export interface ReceivedToken {
  readonly token: SecurityToken;
  /** Milliseconds since the epoch, by the service's clock. */
  readonly receivedAt: number;
}

/**
 * The token in an answer, which must be for whom it was asked.
 *
 * @throws OracleComputeError NO_TOKEN, TOKEN_FOREIGN, ANSWER_UNREADABLE
 */
export function tokenIn(body: unknown, owner: TokenOwner, origin: string, callId?: string): SecurityToken {
  const fields = { origin, callId };
  if (!isObject(body)) throw unreadable(origin, callId);
  if (typeof body.token !== 'string' || body.token === '') {
    throw new OracleComputeError('NO_TOKEN', `${origin} answered without a token`, fields);
  }
  try {
    const token = decodeSecurityToken(body.token);
    const whose = foreignOwner(token, owner);
    if (whose === undefined) return token;
    const reason = `the token that came back is for ${whose}`;
    throw new OracleComputeError('TOKEN_FOREIGN', `${origin}: ${reason}`, { ...fields, reason });
  } catch (error) {
    throw isOracleComputeError(error, 'TOKEN_MALFORMED') ? unreadable(origin, callId) : error;
  }
}

/** Exchanges one credential for a session token at the authentication service of a region. */
export class AuthClient {
  /** @param origin e.g. `https://auth.us-ashburn-1.oraclecloud.com` */
  constructor(
    private readonly origin: string,
    private readonly parts: ServiceParts,
  ) {}

  /**
   * Swaps an unexpired token for one that lives longer: `POST /v1/authentication/refresh`. The answer must be for the
   * same user, tenancy and key.
   *
   * @param source the source of the token, for errors
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
    return this.received(answer, { ...token, keyModulus: key.modulus });
  }

  /**
   * Exchanges working credentials for a session of its own: `POST /v1/token/upst/actions/GenerateUpst`.
   *
   * @param key the public key that the token is to be bound to
   * @param minutes how long the session lasts, 5 to 60
   * @param owner whose credentials sign
   * @throws OracleComputeError as `refresh`
   */
  async generate(
    key: { readonly publicKeyPem: string; readonly modulus: string },
    minutes: number,
    signer: RequestSigner,
    source: string,
    owner: TokenOwner = {},
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
    return this.received(answer, { ...owner, keyModulus: key.modulus });
  }

  private received({ body, callId, receivedAt }: ServiceAnswer, owner: TokenOwner): ReceivedToken {
    return { token: tokenIn(body, owner, this.origin, callId), receivedAt };
  }
}
