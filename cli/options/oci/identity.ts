import { IdentityClient } from '../../../lib/oci/client/identity-client.js';
import type { SessionProfile } from '../../../lib/oci/config/session-profile.js';
import { checkKeyFits, loadPrivateKey } from '../../../lib/oci/credentials/credential-files.js';
import type { SecurityToken } from '../../../lib/oci/credentials/security-token.js';
import { SecurityTokenSigner } from '../../../lib/oci/credentials/signer.js';
import type { World } from '../../world/world.js';
import { endpointOf, type OciOptions, ociHttpClient } from './options.js';
import { regionOf, requiredRegion, withPassphrase } from './session.js';

/**
 * A client of the identity service that signs with a session.
 *
 * @throws OracleComputeError PROFILE_INCOMPLETE, KEY_MISMATCH, and what reading the key throws
 */
export async function identityClient(
  session: SessionProfile,
  token: SecurityToken,
  options: OciOptions,
  world: World,
): Promise<IdentityClient> {
  const endpoint = endpointOf(options, world);
  const region = endpoint === undefined ? requiredRegion(options, session, world) : regionOf(options, session, world);
  const key = await withPassphrase(session, world, (passphrase) => loadPrivateKey(session.keyFile, passphrase));
  checkKeyFits(token, key, session.keyFile);
  const { env, home, clock } = world;
  return new IdentityClient(
    { ...(endpoint !== undefined && { endpoint }), ...(region !== undefined && { region }) },
    new SecurityTokenSigner(token.value, key),
    { env, home, clock, http: await ociHttpClient(options, world), source: session.securityTokenFile },
  );
}
