import { promises as fs } from 'node:fs';
import { type Environment, type EnvironmentOptions, environmentFrom } from '../environment.js';
import { expiresAfter, type SessionTimes, stateOf } from '../session/lifetimes.js';
import { findRegion, type Region } from './client/regions.js';
import { type CompleteSessionProfile, readSessionProfile, type SessionChoice } from './config/open-session.js';
import { checkKeyFits, loadPrivateKey } from './credentials/credential-files.js';
import type { SecurityToken } from './credentials/security-token.js';
import { refreshSession } from './refresh-session.js';
import { readAgain, readSession } from './token-file-store.js';

export interface SessionProviderOptions extends SessionChoice, EnvironmentOptions {
  /** The token is refreshed when it lives no longer than this; 600 if not given. */
  readonly minValidSeconds?: number;
}

/** A region as Oracle's SDK for TypeScript has it, as far as its clients look. */
export interface SdkRegion {
  readonly regionId: string;
  readonly regionCode: string | undefined;
  readonly realm: { readonly realmId: string; readonly secondLevelDomain: string };
}

const DEFAULT_MIN_VALID = 600;
/** After a failed refresh of a token that is still good, so that a service in trouble is left alone. */
const PAUSE_AFTER_FAILURE = 30_000;

interface Loaded {
  readonly session: CompleteSessionProfile;
  readonly token: SecurityToken;
  readonly times: SessionTimes;
  readonly fingerprint: string;
  /** PKCS#8 PEM, not encrypted. */
  readonly privateKey: string;
  readonly region: Region;
  /** Tells when one of the files has changed. */
  readonly stamp: string;
}

/**
 * An authentication provider for Oracle's SDK for TypeScript (`oci-common`) that lives as long as the session: for each
 * request it looks whether the session's files have changed, and it refreshes the token in time, once for all
 * processes. It prints nothing.
 */
export class SessionProvider {
  private retryAt = Number.NEGATIVE_INFINITY;
  private updating: Promise<void> | undefined;

  private constructor(
    private readonly options: SessionProviderOptions,
    private readonly environment: Environment,
    private loaded: Loaded,
  ) {}

  /**
   * Reads the session.
   *
   * @throws OracleComputeError PROFILE_NOT_FOUND, PROFILE_NOT_A_SESSION, PROFILE_INCOMPLETE, and what reading config,
   *   token and key throws
   */
  static async open(options: SessionProviderOptions = {}): Promise<SessionProvider> {
    const environment = environmentFrom(options);
    return new SessionProvider(options, environment, await load(options, environment));
  }

  /**
   * The key id for the next request, with a token that is good.
   *
   * @throws OracleComputeError SESSION_OVER, TOKEN_EXPIRED, and what a refresh throws once the token has expired
   */
  async getKeyId(): Promise<string> {
    this.updating ??= this.update().finally(() => {
      this.updating = undefined;
    });
    await this.updating;
    return `ST$${this.loaded.token.value}`;
  }

  /** PKCS#8 PEM. Belongs to what `getKeyId` gave last. */
  getPrivateKey(): string {
    return this.loaded.privateKey;
  }

  /** The key comes without encryption. */
  getPassphrase(): string | null {
    return null;
  }

  getRegion(): SdkRegion {
    const { id, key, realm, domain } = this.loaded.region;
    return { regionId: id, regionCode: key, realm: { realmId: realm ?? 'unknown', secondLevelDomain: domain } };
  }

  getTenantId(): string {
    return this.loaded.session.tenancy;
  }

  /** The user's OCID, from the token. */
  getUser(): string {
    return this.loaded.token.subject ?? '';
  }

  getFingerprint(): string {
    return this.loaded.fingerprint;
  }

  private async update(): Promise<void> {
    const { clock } = this.environment;
    const stamp = await stampOf(this.loaded.session);
    if (stamp !== this.loaded.stamp) this.loaded = await load(this.options, this.environment);
    const minValid = (this.options.minValidSeconds ?? DEFAULT_MIN_VALID) * 1000;
    const now = clock.now();
    const { session, times } = this.loaded;
    const isGood = stateOf(times, now) === 'valid';
    if (expiresAfter(times, now, minValid) || (isGood && now < this.retryAt)) return;
    try {
      const refreshed = await refreshSession(session, this.environment, { minValid });
      this.loaded = { ...this.loaded, ...refreshed, stamp: 'look again' };
    } catch (error) {
      if (stateOf(times, clock.now()) !== 'valid') throw error;
      this.retryAt = clock.now() + PAUSE_AFTER_FAILURE;
    }
  }
}

async function load(options: SessionProviderOptions, environment: Environment): Promise<Loaded> {
  const { clock } = environment;
  const { signal } = options;
  return readAgain({ clock, signal }, () => loadOnce(options, environment));
}

async function loadOnce(options: SessionProviderOptions, environment: Environment): Promise<Loaded> {
  const session = await readSessionProfile(options, environment);
  // Taken before the read, so that a change during the read causes another one.
  const stamp = await stampOf(session);
  const { token, times } = await readSession(session, environment.clock);
  const key = await loadPrivateKey(session.keyFile, session.passphrase);
  checkKeyFits(token, key, session.keyFile);
  const privateKey = key.key.export({ type: 'pkcs8', format: 'pem' }).toString();
  const region = await findRegion(session.region, environment);
  return { session, token, times, privateKey, fingerprint: key.fingerprint, region, stamp };
}

async function stampOf({ configFile, keyFile, securityTokenFile }: CompleteSessionProfile): Promise<string> {
  const stats = await Promise.all(
    [configFile, keyFile, securityTokenFile].map((path) => fs.stat(path, { bigint: true }).catch(() => undefined)),
  );
  return stats.map((stat) => (stat ? `${stat.ino}:${stat.size}:${stat.mtimeNs}` : 'none')).join(' ');
}
