import { join } from 'node:path';
import { isOracleComputeError, OracleComputeError } from '../errors.js';
import type { HttpClient } from '../http/client.js';
import type { Margin } from '../session/decide.js';
import { formatInstant } from '../session/duration.js';
import { expiresAfter, OCI_LIFETIMES, type SessionTimes } from '../session/lifetimes.js';
import type { IdentityClient } from './client/identity-client.js';
import { incomplete } from './config/open-session.js';
import type { SessionProfile } from './config/session-profile.js';
import { checkKeyFits, loadPrivateKey, readKeyFile } from './credentials/credential-files.js';
import type { PrivateKey } from './credentials/key-pair.js';
import type { SecurityToken } from './credentials/security-token.js';
import { SecurityTokenSigner } from './credentials/signer.js';
import {
  assertNotExpired,
  assertWorthAsking,
  type RefreshDeps,
  type RefreshedSession,
  refreshSession,
} from './refresh-session.js';
import { readAgain, readSession, type SessionToken, type StoredToken } from './token-file-store.js';

export interface OciSessionParts extends Pick<RefreshDeps, 'clock' | 'home' | 'env' | 'signal'> {
  /** Gives the HTTP client for one piece of work: its settings may change while a process runs for days. */
  readonly http: () => Promise<HttpClient>;
  /** Reads the profile. Called again if a login, an import or a termination changes its files. */
  readonly readProfile: () => Promise<SessionProfile>;
  /** The region to ask; the profile's, if not given. */
  readonly region?: (profile: SessionProfile) => string | undefined;
  /** The origin of the login service, instead of the region's own. */
  readonly endpoint?: string;
  /** The origin of the identity service, instead of the region's own. */
  readonly identityEndpoint?: string;
  /** How hosts share the session of a profile, see `RefreshDeps`. */
  readonly share?: (profile: SessionProfile) => Promise<RefreshDeps['share']>;
  /** Asks for the passphrase of a key that needs one. If not given, a missing passphrase is an error. */
  readonly passphrase?: (keyFile: string) => Promise<string>;
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
  /** Use `openSession`. @param asked the passphrases that were asked for, by key file */
  constructor(
    private readonly parts: OciSessionParts,
    private readonly asked: Map<string, string> = new Map(),
  ) {}

  /** The same session with some of its parts replaced. Keeps a passphrase that the user has entered. */
  with(parts: Partial<OciSessionParts>): OciSession {
    return new OciSession({ ...this.parts, ...parts }, this.asked);
  }

  /** The profile as its files have it now. */
  async profile(): Promise<SessionProfile> {
    return this.parts.readProfile();
  }

  /**
   * Makes the token live longer, in its file: an hour from now, never beyond the end of the session. One request for any
   * number of processes.
   *
   * @throws OracleComputeError TOKEN_EXPIRED, SESSION_OVER, NOT_EXTENDED, TOKEN_REFUSED, TOKEN_ENDS_SOON,
   *   SESSION_LOCKED, and what reading the files and asking the service throw
   */
  async refresh({ minValid, aim }: RefreshGoal = {}): Promise<RefreshedSession & ReadSession> {
    const { clock, home, env, signal, endpoint } = this.parts;
    const http = await this.parts.http();
    const refreshed = await readAgain({ clock, signal }, async () => {
      const profile = await this.profile();
      const share = await this.parts.share?.(profile);
      const options = { minValid: minValid ?? aim, endpoint, region: this.regionOf(profile) };
      const result = await this.withPassphrase(profile, (passphrase) =>
        refreshSession(profile, { clock, home, env, signal, http, share }, { ...options, passphrase }),
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
    const { clock, signal } = this.parts;
    const { client, ...found } = await readAgain({ clock, signal }, async () => {
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
    const { clock, signal } = this.parts;
    return readAgain({ clock, signal }, async () => {
      const profile = await this.profile();
      const stored = await readSession(profile, clock);
      assertWorthAsking(stored, clock.now(), profile.securityTokenFile);
      return this.identityOf(profile, stored);
    });
  }

  /** The private key. @throws OracleComputeError what reading it throws */
  async privateKey(profile: SessionProfile): Promise<PrivateKey> {
    return this.withPassphrase(profile, (passphrase) => loadPrivateKey(profile.keyFile, passphrase));
  }

  /** The variables by which Oracle's CLI, and what is built on it, uses the session. None is a secret. */
  async variables(): Promise<ReturnType<typeof sessionVariables>> {
    return sessionVariables(await this.profile(), this.parts);
  }

  /**
   * Keeps the token fresh until the signal aborts, at half of its life each time, and reports the session's end. Never
   * prompts.
   *
   * @param first what the caller has read
   */
  async keepAlive(options: OciKeepAliveOptions, first?: RefreshedSession): Promise<void> {
    const { clock } = this.parts;
    const { signal, onFailure, onEndNear, onEnd } = options;
    const silent = this.with({ passphrase: undefined, signal });
    const [{ keepAlive }, { watchSessionEnd }] = await Promise.all([
      import('../session/keep-alive.js'),
      import('./session-end.js'),
    ]);
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
        if (!isOracleComputeError(error, 'SESSION_OVER')) onFailure?.(error);
      },
    });
    const watching = watchSessionEnd({
      clock,
      signal,
      latest: () => latest,
      onNear: (end) => onEndNear?.(end),
      onEnd: (end) => onEnd?.(end),
    });
    await Promise.all([keeping, watching]);
  }

  private regionOf(profile: SessionProfile): string | undefined {
    return this.parts.region ? this.parts.region(profile) : profile.region;
  }

  private async identityOf(profile: SessionProfile, { token }: StoredToken): Promise<IdentityClient> {
    const { identityEndpoint: endpoint, env, home, clock } = this.parts;
    const region = this.regionOf(profile);
    if (region === undefined && endpoint === undefined) throw incomplete(profile, 'region');
    const key = await this.privateKey(profile);
    checkKeyFits(token, key, profile.keyFile);
    const { IdentityClient } = await import('./client/identity-client.js');
    const signer = new SecurityTokenSigner(token.value, key);
    const source = profile.securityTokenFile;
    return new IdentityClient({ endpoint, region }, signer, {
      env,
      home,
      clock,
      http: await this.parts.http(),
      source,
    });
  }

  /** Runs `action`; if the key needs a passphrase and a prompt is possible, prompts and tries again. */
  private async withPassphrase<T>(
    { keyFile, passphrase }: SessionProfile,
    action: (passphrase: string | undefined) => Promise<T>,
  ): Promise<T> {
    try {
      return await action(this.asked.get(keyFile) ?? passphrase);
    } catch (error) {
      const ask = this.parts.passphrase;
      if (!isOracleComputeError(error, 'KEY_PASSPHRASE_MISSING') || !ask) throw error;
      const answer = await ask(keyFile);
      const result = await action(answer);
      this.asked.set(keyFile, answer);
      return result;
    }
  }
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
export function sessionVariables(
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
