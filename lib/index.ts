/**
 * `oracle-compute`: what the commands give a shell, for a program. A session of Oracle Compute that stays alive:
 *
 * ```ts
 * const session = await openSession({ endpoint, user, passwordFile });
 * const cookie = await session.cookie({ minValidSeconds: 600 });
 * ```
 */
export type { Clock } from './clock.js';
export {
  type ComputeProfile,
  isAccountName,
  parseAccountName,
  parseEndpoint,
  readComputeProfile,
} from './compute/account.js';
export type { AuthenticatedAnswer, ComputeRequest, RequestBody } from './compute/client/authenticated-request.js';
export { fileBody, streamBody } from './compute/client/request-body.js';
export {
  findSession,
  type ListedSession,
  type LoggedOut,
  type LogoutOptions,
  listSessions,
  logout,
  type OpenSessionOptions,
  openSession,
  type SessionSelection,
  sessionStatus,
} from './compute/open-session.js';
export { listProfiles, PROFILE_KEYS, type ProfileKey, profileFile, setInProfile } from './compute/profiles.js';
export type {
  AddOptions,
  ChangeOptions,
  ComputeObjects,
  ManyOptions,
  ObjectNames,
  WaitOptions,
} from './compute/resources/compute-objects.js';
export type { Condition, ObjectResult } from './compute/resources/waiting.js';
export {
  type ComputeAnswer,
  ComputeSession,
  type KeepAliveOptions,
  type RequestOptions,
  type SessionStatus,
} from './compute/session.js';
export type { Check } from './diagnostics/check.js';
export { type DiagnoseOptions, diagnose, inspectStore } from './diagnostics/diagnose.js';
export { createHttpClient, type EnvironmentOptions, VERSION } from './environment.js';
export { type ErrorCode, type ErrorFields, isOracleComputeError, OracleComputeError } from './errors.js';
export type { HttpAnswer, HttpClient, HttpRequest, HttpSettings, StreamedAnswer } from './http/client.js';
export { findProxy } from './http/proxy.js';
export { readCaBundle } from './http/trust.js';
export { type SystemKeychainSettings, systemKeychain } from './library-keychain.js';
export type { Keychain, KeychainAccount } from './secrets/keychain.js';
export { passwordFromBytes, readPasswordFile, secretFilePath } from './secrets/password-file.js';
export { COMPUTE_LIFETIMES, isExtendable, type Lifetimes, type SessionTimes } from './session/lifetimes.js';
export type { LoginReason } from './session/renew.js';
export { type Assignment, renderAssignments } from './shell/assignments.js';
export { SHELL_SYNTAXES, type ShellSyntax } from './shell/syntax.js';
export { parseStoreAddress, type SessionStoreOptions, type StoreAddress } from './store/address.js';
export { newKeyLine as createStoreKey } from './store/encryption.js';
