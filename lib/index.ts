/**
 * `oracle-compute`: what the commands give a shell, for a program. A session of Oracle Compute that stays alive:
 *
 * ```ts
 * const session = await openSession({ endpoint, user, passwordFile });
 * const cookie = await session.cookie({ minValidSeconds: 600 });
 * ```
 */
export type { Clock } from './clock.js';
export { type OpenSessionOptions, openSession, type SessionStoreOptions } from './compute/open-session.js';
export {
  type ComputeAnswer,
  ComputeSession,
  type KeepAliveOptions,
  type RequestOptions,
  type SessionStatus,
} from './compute/session.js';
export type { EnvironmentOptions } from './environment.js';
export { type ErrorCode, type ErrorFields, isOracleComputeError, OracleComputeError } from './errors.js';
export type { HttpAnswer, HttpClient, HttpRequest, StreamedAnswer } from './http/client.js';
export { type SystemKeychainSettings, systemKeychain } from './library-keychain.js';
export type { Keychain, KeychainAccount } from './secrets/keychain.js';
export { type Assignment, renderAssignments } from './shell/assignments.js';
export { SHELL_SYNTAXES, type ShellSyntax } from './shell/syntax.js';
