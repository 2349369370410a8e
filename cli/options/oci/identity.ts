import { IdentityClient } from '../../../lib/oci/client/identity-client.js';
import type { SessionProfile } from '../../../lib/oci/config/session-profile.js';
import { checkKeyFits, loadPrivateKey } from '../../../lib/oci/credentials/credential-files.js';
import type { SecurityToken } from '../../../lib/oci/credentials/security-token.js';
import { SecurityTokenSigner } from '../../../lib/oci/credentials/signer.js';
import type { Context } from '../../context/context.js';
import { endpointOf, type OciOptions, ociHttpClient } from './options.js';
import { chosenRegion, requiredRegion, withPassphrase } from './session.js';

/**
 * A client of the identity service that signs with a session.
 *
 * @throws OracleComputeError PROFILE_INCOMPLETE, KEY_MISMATCH, and what reading the key throws
 */
export async function identityClient(
  session: SessionProfile,
  token: SecurityToken,
  options: OciOptions,
  context: Context,
): Promise<IdentityClient> {
  const endpoint = endpointOf(options, context);
  const region =
    endpoint === undefined ? requiredRegion(options, session, context) : chosenRegion(options, session, context);
  const key = await withPassphrase(session, context, (passphrase) => loadPrivateKey(session.keyFile, passphrase));
  checkKeyFits(token, key, session.keyFile);
  const { env, home, clock } = context;
  return new IdentityClient(
    { ...(endpoint !== undefined && { endpoint }), ...(region !== undefined && { region }) },
    new SecurityTokenSigner(token.value, key),
    { env, home, clock, http: await ociHttpClient(options, context), source: session.securityTokenFile },
  );
}
