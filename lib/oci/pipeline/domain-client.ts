import { OracleComputeError } from '../../errors.js';
import type { HttpAnswer } from '../../http/client.js';
import { clockOffset } from '../../session/lifetimes.js';
import { parseObject } from '../../text.js';
import { type ReceivedToken, tokenIn } from '../client/auth-client.js';
import type { ServiceParts } from '../client/call-service.js';
import type { PrivateKey } from '../credentials/key-pair.js';
import type { TokenOwner } from '../credentials/security-token.js';

export interface TokenExchange {
  /** The origin of the identity domain. */
  readonly domain: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The JWT of the pipeline. */
  readonly subjectToken: string;
}

/**
 * Exchanges the token of a pipeline for a session token: `POST /oauth2/v1/token` of an identity domain, after "Token
 * Exchange Grant Type: Exchanging a JSON Web Token for a UPST".
 *
 * @param key the session token is bound to it
 * @param owner whose session the token is for, if there is one already
 * @throws OracleComputeError CLIENT_REFUSED, SUBJECT_TOKEN_REFUSED, SERVICE_FAILED, TOO_MANY_REQUESTS, NO_TOKEN,
 *   TOKEN_FOREIGN, ANSWER_UNREADABLE, and what the HTTP client throws
 */
export async function exchangeToken(
  exchange: TokenExchange,
  key: PrivateKey,
  { http, clock }: ServiceParts,
  owner: TokenOwner = {},
): Promise<ReceivedToken> {
  const { domain, clientId, clientSecret, subjectToken } = exchange;
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  const form = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    requested_token_type: 'urn:oci:token-type:oci-upst',
    subject_token: subjectToken,
    subject_token_type: 'jwt',
    public_key: key.publicKeyPem.replace(/-----[^-]+-----|\s/g, ''),
  });
  const answer = await http.send({
    method: 'POST',
    url: new URL('/oauth2/v1/token', domain),
    body: form.toString(),
    headers: {
      accept: 'application/json',
      authorization: `Basic ${basic}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    // The token of a pipeline may be good for one exchange only.
    retry: 'unsent',
  });
  if (answer.status !== 200) throw refusal(answer, domain);
  const token = tokenIn(parseObject(answer.body), { ...owner, keyModulus: key.modulus }, domain);
  return { token, receivedAt: clock.now() + clockOffset(answer.serverTime, answer.receivedAt) };
}

/** OAuth 2.0 (RFC 6749, 4.1.2.1 and 5.2; RFC 8693, 2.2.2). Nothing else of a refusal is repeated: it may hold the secret. */
const CODES = new Set(
  `access_denied invalid_client invalid_grant invalid_request invalid_scope invalid_target server_error
   temporarily_unavailable unauthorized_client unsupported_grant_type`.split(/\s+/),
);

/** RFC 6749, 5.2, says by the error which of the two is refused. Domains send either with either status. */
function refusal({ status, body }: HttpAnswer, origin: string): OracleComputeError {
  const error = parseObject(body)?.error;
  const detail = typeof error === 'string' && CODES.has(error) ? error : undefined;
  const fields = { origin, detail };
  const said = `${origin} answered ${status}${detail === undefined ? '' : ` (${detail})`}`;
  if (status === 429) return new OracleComputeError('TOO_MANY_REQUESTS', said, { ...fields, status });
  if (status >= 500) return new OracleComputeError('SERVICE_FAILED', said, { ...fields, status });
  const isOfClient = error === 'invalid_client' || error === 'unauthorized_client';
  const isOfToken = error === 'invalid_grant';
  if (isOfClient || (status === 401 && !isOfToken)) return new OracleComputeError('CLIENT_REFUSED', said, fields);
  if (isOfToken || status === 400) return new OracleComputeError('SUBJECT_TOKEN_REFUSED', said, fields);
  return new OracleComputeError('REQUEST_REFUSED', said, { ...fields, status });
}
