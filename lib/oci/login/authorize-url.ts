import { authorizePublicKey } from '../credentials/key-pair.js';

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
