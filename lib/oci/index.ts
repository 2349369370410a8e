/**
 * `oracle-compute/oci`: use an OCI token session from a program. The five steps of Oracle's "Token-based Authentication
 * for the CLI", chapter "For SDKs":
 *
 * ```ts
 * const config = await readConfigProfile({ profile: 'TokenDemo' });
 * const token = await readTokenFile(config.securityTokenFile);
 * const privateKey = await loadPrivateKey(config.keyFile, config.passphrase);
 * const signer = new SecurityTokenSigner(token, privateKey);
 * const client = new IdentityClient({ region: config.region }, signer);
 * const regions = await client.listRegionSubscriptions(config.tenancy);
 * ```
 *
 * For work that lasts longer than a token: `SessionProvider` for Oracle's own SDK, `refreshToken` for everything else.
 */
import { type EnvironmentOptions, environmentFrom } from '../environment.js';
import { type CompleteSessionProfile, readSessionProfile, type SessionChoice } from './config/open-session.js';
import type { RefreshedSession } from './refresh-session.js';

export type { Clock } from '../clock.js';
export type { EnvironmentOptions } from '../environment.js';
export { type ErrorCode, type ErrorFields, isOracleComputeError, OracleComputeError } from '../errors.js';
export type { HttpAnswer, HttpClient, HttpRequest } from '../http/client.js';
export { OCI_LIFETIMES, type SessionTimes } from '../session/lifetimes.js';
export type { Change } from '../session/renew.js';
export type { InstalledSession } from './archive/install-session.js';
export {
  IdentityClient,
  type IdentityClientConfig,
  type ListedRegion,
  type RegionSubscription,
} from './client/identity-client.js';
export type { Region } from './client/regions.js';
export { findRegion, knownRegions } from './client/regions.js';
export {
  AUTH_MODES,
  type AuthMode,
  type ConfigEnvironment,
  chooseAuth,
  chooseConfigFile,
  chooseProfile,
  chooseProfileName,
  chooseSession,
  listProfiles,
  type ProfileChoice,
} from './config/choose-profile.js';
export type { ConfigProfile } from './config/config-file.js';
export type { CompleteSessionProfile, SessionChoice } from './config/open-session.js';
export { type RcDefaults, readRcDefaults } from './config/rc-defaults.js';
export type { SessionProfile } from './config/session-profile.js';
export { checkProfileName } from './config/session-profile.js';
export { loadPrivateKey, readTokenFile } from './credentials/credential-files.js';
export type { PrivateKey } from './credentials/key-pair.js';
export { decodeSecurityToken, type SecurityToken } from './credentials/security-token.js';
export { ApiKeySigner, type RequestSigner, SecurityTokenSigner, type SignableRequest } from './credentials/signer.js';
export {
  type ExportedSession,
  type ExportSessionOptions,
  exportSession,
  type ImportSessionOptions,
  importSession,
  listSessions,
  type NameAttempt,
  openSession,
  type PullSessionOptions,
  type PushSessionOptions,
  pullSession,
  pushSession,
} from './library.js';
export {
  type AuthenticatedSession,
  type AuthenticateOptions,
  authenticate,
  type LoginNote,
  type LoginQuestions,
} from './login/authenticate.js';
export {
  apiKeyCredentials,
  type CredentialExchange,
  type Credentials,
  checkMinutes,
  type Exchanged,
  exchangeCredentials,
  newSessionKey,
  type SessionKey,
  sessionCredentials,
} from './login/exchange-credentials.js';
export { type NewSession, saveSession } from './login/save-session.js';
export type { RefreshedSession } from './refresh-session.js';
export {
  type OciKeepAliveOptions,
  type OciNote,
  OciSession,
  type OciSessionOptions,
  type ReadSession,
  type RefreshGoal,
} from './session.js';
export { type SdkRegion, SessionProvider, type SessionProviderOptions } from './session-provider.js';
export type { SessionStatus } from './session-status.js';
export { type TerminatedSession, type TerminateSessionOptions, terminateSession } from './terminate-session.js';

/**
 * Reads the profile of a session, chosen as the commands choose it: by the options, the variables of Oracle's CLI, its
 * file with defaults (`~/.oci/oci_cli_rc`), else `DEFAULT` of `~/.oci/config`. Paths in it are absolute.
 *
 * @throws OracleComputeError PROFILE_NOT_FOUND, PROFILE_NOT_A_SESSION, PROFILE_INCOMPLETE, CONFIG_FILE_CORRUPT,
 *   FILE_UNREADABLE
 */
export async function readConfigProfile(
  options: SessionChoice & Pick<EnvironmentOptions, 'env' | 'home'> = {},
): Promise<CompleteSessionProfile> {
  return readSessionProfile(options, environmentFrom(options));
}

/**
 * Makes the token of a session live longer, in its file, as `oci session refresh` does: one request for any number of
 * processes, never beyond the end of the session, never a success that moved nothing. With `minValidSeconds` nothing is
 * done while the token lives longer than that.
 *
 * @throws OracleComputeError TOKEN_EXPIRED, SESSION_OVER, NOT_EXTENDED, TOKEN_REFUSED, SESSION_LOCKED, and what reading
 *   the session's files and asking the service throw
 */
export async function refreshToken(
  options: SessionChoice & EnvironmentOptions & { readonly minValidSeconds?: number } = {},
): Promise<RefreshedSession> {
  const environment = environmentFrom(options);
  const session = await readSessionProfile(options, environment);
  const { refreshSession } = await import('./refresh-session.js');
  const { minValidSeconds, signal } = options;
  return refreshSession(
    session,
    { ...environment, signal },
    minValidSeconds === undefined ? {} : { minValid: minValidSeconds * 1000 },
  );
}
