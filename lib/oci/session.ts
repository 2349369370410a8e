import { join } from 'node:path';
import { formatInstant } from '../clock.js';
import { type Environment, type EnvironmentOptions, environmentFrom } from '../environment.js';
import { isOracleComputeError, OracleComputeError } from '../errors.js';
import { ownUserId } from '../files/owner.js';
import { statOf } from '../files/paths.js';
import type { Margin } from '../session/decide.js';
import { expiresAfter, OCI_LIFETIMES, type SessionTimes } from '../session/lifetimes.js';
import type { SessionStoreOptions } from '../store/address.js';
import type { IdentityClient } from './client/identity-client.js';
import { serviceOrigin } from './client/regions.js';
import { chooseProfile, type ProfileChoice } from './config/choose-profile.js';
import { SHARED_SESSION_KEY } from './config/config-file.js';
import { incomplete, regionOf, type SessionChoice } from './config/open-session.js';
import { readRcDefaults } from './config/rc-defaults.js';
import { isSession, type SessionProfile, sessionProfile } from './config/session-profile.js';
import { checkKeyFits, loadPrivateKey, readKeyFile, withPassphrase } from './credentials/credential-files.js';
import type { PrivateKey } from './credentials/key-pair.js';
import type { SecurityToken } from './credentials/security-token.js';
import { SecurityTokenSigner } from './credentials/signer.js';
import { notedExchange } from './pipeline/exchange-settings.js';
import {
  assertNotExpired,
  assertWorthAsking,
  type RefreshDeps,
  type RefreshedSession,
  refreshSession,
} from './refresh-session.js';
import { takeEndNotice } from './session-end.js';
import { type SessionStatus, sessionStatus } from './session-status.js';
import { readAgain, readSession, type SessionToken, type StoredToken } from './token-file-store.js';

/** What a user should hear of, and what is no failure. */
export type OciNote =
  /** Others may read this file: the config, a token or a key. Mode in octal digits. */
  | { readonly code: 'file-open-to-others'; readonly path: string; readonly mode: string }
  /** The config file is write-protected; a change replaces it all the same, with mode 600. */
  | { readonly code: 'config-write-protected'; readonly path: string; readonly mode: string };

/** What functions that change a profile have in common. */
export interface ChangeOptions extends SessionChoice, EnvironmentOptions {
  readonly onNote?: (note: OciNote) => void;
}

/** A function is called only for a session that hosts share. */
export type StoreOfSession = SessionStoreOptions | (() => Promise<SessionStoreOptions | undefined>);

export interface OciSessionOptions extends ProfileChoice, EnvironmentOptions {
  /** The region to ask, in place of the profile's. */
  readonly region?: string;
  /** The region if neither `region` nor a variable names one; default: that of `oci_cli_rc`. */
  readonly defaultRegion?: string;
  /** The origin of the login service, instead of the region's own. */
  readonly endpoint?: string;
  /** The origin of the identity service, instead of the region's own. */
  readonly identityEndpoint?: string;
  /** The store in which hosts share the session, if it was pushed to one or pulled from it. */
  readonly store?: StoreOfSession;
  /** Asks for the passphrase of a key that needs one. If not given, a missing passphrase is an error. */
  readonly passphrase?: (keyFile: string) => Promise<string>;
  readonly onNote?: (note: OciNote) => void;
}

export interface RefreshGoal {
  /** Do nothing if the token lives longer than this, in milliseconds. It is an error if it cannot. */
  readonly minValid?: number;
  /** The same without the error: near the end of its session a token is as long as it gets. */
  readonly aim?: Margin<SessionToken>;
}

/** A session that was read, with the profile that it is in. */
export interface ReadSession extends StoredToken {
  readonly profile: SessionProfile;
}

export interface OciKeepAliveOptions {
  /** Ends the keeping. */
  readonly signal: AbortSignal;
  /** Gets the first of several failures in a row. The next attempt may succeed. */
  readonly onFailure?: (error: unknown) => void;
  /** Gets the end of the session half an hour before it, and when it has come. Milliseconds since the epoch. */
  readonly onEndNear?: (end: number) => void;
  readonly onEnd?: (end: number) => void;
}

/** A token session of OCI: a profile of Oracle's config file, its token and its key. */
export class OciSession {
  private readonly environment: Environment;
  private readonly endpoint: string | undefined;
  private readonly identityEndpoint: string | undefined;

  /**
   * Reads nothing yet; `openSession` does.
   *
   * @param asked the passphrases that were asked for, by key file
   * @throws OracleComputeError ADDRESS_MALFORMED for an endpoint
   */
  constructor(
    private readonly options: OciSessionOptions = {},
    private readonly asked: Map<string, string> = new Map(),
  ) {
    this.environment = environmentFrom(options);
    this.endpoint = options.endpoint && serviceOrigin(options.endpoint);
    this.identityEndpoint = options.identityEndpoint && serviceOrigin(options.identityEndpoint);
  }

  /** The same session with some of its options replaced. Keeps a passphrase that the user has entered. */
  with(options: Partial<OciSessionOptions>): OciSession {
    return new OciSession({ ...this.options, ...options }, this.asked);
  }

  /** The profile as its files have it now. */
  async profile(): Promise<SessionProfile> {
    const { options, environment } = this;
    const profile = await chooseProfile(options, environment);
    const session = isSession(profile) ? sessionProfile(profile, environment.home) : undefined;
    noteOpenFiles([profile.path, session?.securityTokenFile, session?.keyFile], options, environment);
    return session ?? sessionProfile(profile, environment.home);
  }

  /** The state of the session, from its files alone. A session that cannot be read is a status, and no failure. */
  async status(): Promise<SessionStatus> {
    const { options, environment } = this;
    return sessionStatus(await chooseProfile(options, environment), environment, environment.clock.now());
  }

  /**
   * Makes the token live longer, in its file: an hour from now, never beyond the end of the session. One request for any
   * number of processes.
   *
   * @throws OracleComputeError TOKEN_EXPIRED, SESSION_OVER, NOT_EXTENDED, TOKEN_REFUSED, TOKEN_ENDS_SOON,
   *   SESSION_LOCKED, and what reading the files and asking the service throw
   */
  async refresh({ minValid, aim }: RefreshGoal = {}): Promise<RefreshedSession & ReadSession> {
    const { environment } = this;
    const { clock } = environment;
    const { endpoint } = this;
    const refreshed = await readAgain(environment, async () => {
      const profile = await this.profile();
      const share = await this.shareOf(profile);
      const options = { minValid: minValid ?? aim, endpoint, region: await this.regionOf(profile) };
      const result = await this.withPassphrase(profile, (passphrase) =>
        refreshSession(profile, { ...environment, share }, { ...options, passphrase }),
      );
      return { ...result, profile };
    });
    if (minValid === undefined || expiresAfter(refreshed.times, clock.now(), minValid)) return refreshed;
    const expiresAt = refreshed.times.tokenExpiresAt;
    const longest = minValid < OCI_LIFETIMES.token ? undefined : OCI_LIFETIMES.token;
    const end = `${longest ? '' : 'with its session '}at ${formatInstant(expiresAt)}`;
    const message = `the token ends ${end}, sooner than requested`;
    const source = refreshed.profile.securityTokenFile;
    throw new OracleComputeError('TOKEN_ENDS_SOON', message, { expiresAt, source, longest, cloud: 'oci' });
  }

  /**
   * Makes sure that the session is good: by its files, and, unless `local` is set, by asking the service.
   *
   * @throws OracleComputeError TOKEN_EXPIRED, SESSION_OVER, KEY_MISMATCH, TOKEN_REFUSED, and what reading the files and
   *   asking the service throw
   */
  async validate({ local = false } = {}): Promise<ReadSession> {
    const { clock } = this.environment;
    const { client, ...found } = await readAgain(this.environment, async () => {
      const profile = await this.profile();
      const stored = await readSession(profile, clock);
      const { securityTokenFile } = profile;
      if (local) assertNotExpired(stored.times, clock.now(), securityTokenFile);
      else assertWorthAsking(stored, clock.now(), securityTokenFile);
      await checkSession(profile, stored.token);
      return { profile, ...stored, client: local ? undefined : await this.identityOf(profile, stored) };
    });
    // Any call would do: this one is answered to everybody whose session is good.
    await client?.listRegions();
    return found;
  }

  /** A client of the identity service that signs with the session. Throws as `validate`. */
  async identityClient(): Promise<IdentityClient> {
    const { clock } = this.environment;
    return readAgain(this.environment, async () => {
      const profile = await this.profile();
      const stored = await readSession(profile, clock);
      assertWorthAsking(stored, clock.now(), profile.securityTokenFile);
      return this.identityOf(profile, stored);
    });
  }

  /**
   * The token by which kubectl logs in to a cluster, for four minutes; the session is refreshed first if that is needed.
   *
   * @param clusterId the OCID of the cluster
   * @throws OracleComputeError CLUSTER_ID_MALFORMED, PROFILE_INCOMPLETE, and as `refresh`
   */
  async clusterToken(clusterId: string): Promise<{ readonly token: string; readonly expiresAt: number }> {
    const { CLUSTER_TOKEN_LIFE, checkClusterId, clusterToken } = await import('./client/cluster-token.js');
    const { findRegion } = await import('./client/regions.js');
    checkClusterId(clusterId);
    // The token of the session must outlive what is signed with it.
    const { profile, token, times } = await this.refresh({ aim: CLUSTER_TOKEN_LIFE + 60_000 });
    const key = await this.privateKey(profile);
    checkKeyFits(token, key, profile.keyFile);
    const region = await this.regionOf(profile);
    if (region === undefined) throw incomplete(profile, 'region');
    const now = this.environment.clock.now();
    const signer = new SecurityTokenSigner(token.value, key);
    const { endpoint } = this;
    return {
      token: clusterToken(clusterId, await findRegion(region, this.environment), signer, now, endpoint),
      expiresAt: Math.min(now + CLUSTER_TOKEN_LIFE, times.tokenExpiresAt),
    };
  }

  /**
   * Whether to announce now that the session ends soon: once for each session, even if several processes ask.
   *
   * @param before this long before its end, in milliseconds
   */
  async takeEndNotice({ profile, times }: Pick<ReadSession, 'profile' | 'times'>, before: number): Promise<boolean> {
    return takeEndNotice(profile, times, this.environment.clock.now(), before);
  }

  /** The private key. @throws OracleComputeError what reading it throws */
  async privateKey(profile: SessionProfile): Promise<PrivateKey> {
    return this.withPassphrase(profile, (passphrase) => loadPrivateKey(profile.keyFile, passphrase));
  }

  /** The variables by which Oracle's CLI, and what is built on it, uses the session. None is a secret. */
  async variables(): Promise<ReturnType<typeof sessionVariables>> {
    return sessionVariables(await this.profile(), this.environment);
  }

  /**
   * Keeps the token fresh until the signal aborts, at half of its life each time, and reports the session's end. A session
   * that exchanging renews has no end to report: it ends only if exchanging fails. Never prompts.
   *
   * @param first what the caller has read
   */
  async keepAlive(options: OciKeepAliveOptions, first?: RefreshedSession): Promise<void> {
    const { clock } = this.environment;
    const { signal, onFailure, onEndNear, onEnd } = options;
    const silent = this.with({ passphrase: undefined, signal });
    const [{ keepAlive }, { watchSessionEnd }] = await Promise.all([
      import('../session/keep-alive.js'),
      import('./session-end.js'),
    ]);
    const isExchanged = notedExchange((await this.profile()).values) !== undefined;
    let latest = aliveOf(first ?? (await silent.refresh({ aim: 0 })));
    const keeping = keepAlive(latest, {
      clock,
      signal,
      issuedAt: ({ issuedAt }) => issuedAt,
      // Issued at that time of the service; since then time has passed here as there.
      serviceTime: ({ issuedAt, writtenAt }) => issuedAt + Math.max(0, clock.now() - writtenAt),
      renew: async (minValid) => {
        latest = aliveOf(await silent.refresh({ aim: (session) => minValid({ ...latest, ...session }) }));
        return latest;
      },
      onFailure: (error) => {
        // `watchSessionEnd` reports the end of the session.
        if (isExchanged || !isOracleComputeError(error, 'SESSION_OVER')) onFailure?.(error);
      },
    });
    if (isExchanged) return keeping;
    const watching = watchSessionEnd({
      clock,
      signal,
      latest: () => latest,
      onNear: (end) => onEndNear?.(end),
      onEnd: (end) => onEnd?.(end),
    });
    await Promise.all([keeping, watching]);
  }

  private async regionOf(profile: SessionProfile): Promise<string | undefined> {
    const { options, environment } = this;
    const { region } = options;
    const defaultRegion = options.defaultRegion ?? (await readRcDefaults(options, [], environment))?.region;
    return regionOf(profile, environment.env, { region, defaultRegion });
  }

  private async identityOf(profile: SessionProfile, { token }: StoredToken): Promise<IdentityClient> {
    const { identityEndpoint: endpoint } = this;
    const region = await this.regionOf(profile);
    if (region === undefined && endpoint === undefined) throw incomplete(profile, 'region');
    const key = await this.privateKey(profile);
    checkKeyFits(token, key, profile.keyFile);
    const { IdentityClient } = await import('./client/identity-client.js');
    const signer = new SecurityTokenSigner(token.value, key);
    const source = profile.securityTokenFile;
    return new IdentityClient({ endpoint, region }, signer, { ...this.environment, source });
  }

  /** How hosts share the session, if it is a shared one and a store is given. */
  private async shareOf(profile: SessionProfile): Promise<RefreshDeps['share']> {
    const store = await storeOf(this.options, profile);
    if (!store) return undefined;
    const { shareOfProfile } = await import('./shared-session.js');
    return shareOfProfile(profile, store, this.options, this.environment);
  }

  /** Runs `action` with the passphrase of the key, which it asks for if that is needed and possible. */
  private withPassphrase<T>(
    { keyFile, passphrase }: SessionProfile,
    action: (passphrase: string | undefined) => Promise<T>,
  ): Promise<T> {
    return withPassphrase(this.asked.get(keyFile) ?? passphrase, this.options.passphrase, async (opening) => {
      const result = await action(opening);
      if (opening !== undefined) this.asked.set(keyFile, opening);
      return result;
    });
  }
}

/** The store of a session that hosts share. */
export async function storeOf(
  { store }: Pick<OciSessionOptions, 'store'>,
  { values }: SessionProfile,
): Promise<SessionStoreOptions | undefined> {
  if (!values.has(SHARED_SESSION_KEY)) return undefined;
  return typeof store === 'function' ? store() : store;
}

/** Like Oracle's clients, only tells of files that others can read. */
export function noteOpenFiles(
  paths: readonly (string | undefined)[],
  { onNote }: Pick<OciSessionOptions, 'onNote'>,
  { env }: Pick<Environment, 'env'>,
): void {
  const isOff = ownUserId() === undefined || env.OCI_CLI_SUPPRESS_FILE_PERMISSIONS_WARNING === 'True';
  if (!onNote || isOff) return;
  for (const path of paths) {
    const mode = path === undefined ? undefined : statOf(path)?.mode;
    if (path === undefined || mode === undefined || (mode & 0o177) === 0) continue;
    onNote({ code: 'file-open-to-others', path, mode: octal(mode) });
  }
}

/** To be called before the config file is changed: a mode prevents writes, not a replacement. */
export function noteProtected(path: string, { onNote }: Pick<OciSessionOptions, 'onNote'>): void {
  const mode = statOf(path)?.mode;
  if (mode !== undefined && (mode & 0o200) === 0) onNote?.({ code: 'config-write-protected', path, mode: octal(mode) });
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8);
}

/**
 * Token, key and fingerprint of a session must belong together: a client that signs with one session's key and another
 * session's name is refused. A key that only its owner's passphrase opens cannot be looked at.
 *
 * @throws OracleComputeError KEY_MISMATCH, KEY_PASSPHRASE_WRONG, and what reading the key throws
 */
async function checkSession(session: SessionProfile, token: SecurityToken): Promise<void> {
  const { keyFile, passphrase, fingerprint, name } = session;
  const text = await readKeyFile(keyFile);
  const { fingerprintOfModulus, isEncryptedKey, parsePrivateKey } = await import('./credentials/key-pair.js');
  const isClosed = isEncryptedKey(text) && passphrase === undefined;
  const key = isClosed ? undefined : parsePrivateKey(text, passphrase, keyFile);
  if (key) checkKeyFits(token, key, keyFile);
  const known = key?.fingerprint ?? (token.keyModulus && fingerprintOfModulus(token.keyModulus));
  if (fingerprint === undefined || known === undefined || known === fingerprint.toLowerCase()) return;
  const message = `the fingerprint in the profile [${name}] is not that of the key in ${keyFile}`;
  throw new OracleComputeError('KEY_MISMATCH', message, { path: keyFile });
}

/**
 * The variables by which Oracle's CLI, and what is built on it, uses a session without further flags. None is a secret.
 *
 * @param env the variables that are set already
 */
function sessionVariables(
  { name, configFile }: SessionProfile,
  { env, home }: { readonly env: Readonly<Record<string, string | undefined>>; readonly home: string },
): ReadonlyArray<{ readonly name: string; readonly value: string }> {
  // If the variable names another file, leaving it out would keep that file in force.
  const isDefault = configFile === join(home, '.oci', 'config') && !env.OCI_CLI_CONFIG_FILE;
  return [
    { name: 'OCI_CLI_PROFILE', value: name },
    { name: 'OCI_CLI_AUTH', value: 'security_token' },
    ...(isDefault ? [] : [{ name: 'OCI_CLI_CONFIG_FILE', value: configFile }]),
  ];
}

interface Alive extends SessionTimes {
  readonly issuedAt: number;
  readonly writtenAt: number;
}

function aliveOf({ token, times, writtenAt }: RefreshedSession): Alive {
  return { ...times, issuedAt: token.issuedAt ?? writtenAt, writtenAt };
}
