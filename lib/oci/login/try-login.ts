import type { Environment } from '../../environment.js';
import { OracleComputeError } from '../../errors.js';
import { IdentityClient, type IdentityClientConfig } from '../client/identity-client.js';
import type { ConfigProfile } from '../config/config-file.js';
import { isSession, sessionProfile } from '../config/session-profile.js';
import { readSecurityToken } from '../credentials/credential-files.js';
import { foreignOwner, type TokenOwner } from '../credentials/security-token.js';
import { SecurityTokenSigner } from '../credentials/signer.js';
import type { LoggedIn } from './login-wait.js';

/** The owner of the session in a profile; undefined if the profile has no session. */
export async function ownerOf(profile: ConfigProfile | undefined, home: string): Promise<TokenOwner | undefined> {
  if (!profile || !isSession(profile)) return undefined;
  const tenancy = profile.values.get('tenancy');
  try {
    const token = await readSecurityToken(sessionProfile(profile, home).securityTokenFile);
    return { subject: token.subject, tenancy: token.tenancy ?? tenancy };
  } catch {
    return { tenancy };
  }
}

/**
 * Tries the token of a login before it counts. The token must be of the user whose session it replaces, because anyone
 * who sees the address of the login page can log in there as himself. The service must accept it, too.
 *
 * @param replaced the owner of the session that is replaced, unless another one is wanted
 * @throws OracleComputeError TOKEN_FOREIGN, TOKEN_REFUSED, and what asking the service throws
 */
export async function tryLogin(
  { token, key }: LoggedIn,
  service: IdentityClientConfig,
  replaced: TokenOwner = {},
  environment: Environment,
): Promise<void> {
  const whose = foreignOwner(token, replaced);
  if (whose !== undefined) throw foreign(whose);
  const signer = new SecurityTokenSigner(token.value, key);
  await new IdentityClient(service, signer, { ...environment, source: 'the login' }).listRegions();
}

function foreign(whose: string): OracleComputeError {
  const reason = `it is for ${whose} than the session that it would replace`;
  return new OracleComputeError('TOKEN_FOREIGN', `the login succeeded, but ${reason}`, { origin: 'the login', reason });
}
