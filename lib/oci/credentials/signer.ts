import { createHash, type KeyObject, sign } from 'node:crypto';
import type { PrivateKey } from './key-pair.js';

export interface SignableRequest {
  readonly method: string;
  readonly url: URL;
  readonly body?: string | Uint8Array;
  /** Sent with a body; default `application/json`. */
  readonly contentType?: string;
}

/** Which headers are signed in which order and case, and how the result is written: Oracle's SDKs differ. */
export interface SigningStyle {
  readonly date: string;
  readonly body: readonly string[];
  readonly parameters: readonly ('algorithm' | 'headers' | 'keyId' | 'signature' | 'version')[];
}

/** What Oracle's CLI and Python SDK send, and so do we. */
export const PYTHON_STYLE: SigningStyle = {
  date: 'date',
  body: ['content-length', 'content-type', 'x-content-sha256'],
  parameters: ['algorithm', 'headers', 'keyId', 'signature', 'version'],
};

const METHODS_WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

/** Makes the headers that authenticate a request. */
export interface RequestSigner {
  /** @param now milliseconds since the epoch, by the service's clock if known */
  sign(request: SignableRequest, now: number): Record<string, string>;
}

/**
 * Signs requests with a session token and its key, as Oracle's SDKs do under the same name.
 *
 * The token is not checked here; `readTokenFile` and `decodeSecurityToken` do that.
 */
export class SecurityTokenSigner implements RequestSigner {
  private readonly keyId: string;

  constructor(
    token: string,
    private readonly privateKey: PrivateKey,
  ) {
    this.keyId = `ST$${token.trim()}`;
  }

  sign(request: SignableRequest, now: number): Record<string, string> {
    return signedHeaders(request, now, this.keyId, this.privateKey.key);
  }
}

/** Signs requests with a user's API key. */
export class ApiKeySigner implements RequestSigner {
  private readonly keyId: string;

  constructor(
    identity: { readonly tenancy: string; readonly user: string; readonly fingerprint: string },
    private readonly privateKey: PrivateKey,
  ) {
    this.keyId = `${identity.tenancy}/${identity.user}/${identity.fingerprint}`;
  }

  sign(request: SignableRequest, now: number): Record<string, string> {
    return signedHeaders(request, now, this.keyId, this.privateKey.key);
  }
}

/**
 * The headers of a signed request, `authorization` among them: draft-cavage-http-signatures-08 with RSASSA-PKCS1-v1_5
 * and SHA-256, in the way that Oracle's "Request Signatures" describes. Methods with a body sign its length, type and
 * hash too.
 */
export function signedHeaders(
  request: SignableRequest,
  now: number,
  keyId: string,
  key: KeyObject,
  style: SigningStyle = PYTHON_STYLE,
): Record<string, string> {
  const method = request.method.toUpperCase();
  const headers: Record<string, string> = { [style.date]: new Date(now).toUTCString(), host: request.url.host };
  const names = [style.date, '(request-target)', 'host'];
  if (METHODS_WITH_BODY.has(method)) {
    const body = Buffer.from(request.body ?? '');
    headers['content-length'] = String(body.length);
    headers['content-type'] = request.contentType ?? 'application/json';
    headers['x-content-sha256'] = createHash('sha256').update(body).digest('base64');
    names.push(...style.body);
  }
  const target = `${method.toLowerCase()} ${request.url.pathname}${request.url.search}`;
  const signingString = names
    .map((name) => name.toLowerCase())
    .map((name) => `${name}: ${name === '(request-target)' ? target : headers[name]}`)
    .join('\n');
  const parameters = {
    algorithm: 'rsa-sha256',
    headers: names.join(' '),
    keyId,
    signature: sign('sha256', Buffer.from(signingString, 'ascii'), key).toString('base64'),
    version: '1',
  };
  const written = style.parameters.map((name) => `${name}="${parameters[name]}"`).join(',');
  return { ...headers, authorization: `Signature ${written}` };
}
