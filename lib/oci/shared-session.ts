import { hostname } from 'node:os';
import type { Clock } from '../clock.js';
import type { Environment } from '../environment.js';
import { OracleComputeError } from '../errors.js';
import { type FileOwner, ownUserId } from '../files/owner.js';
import { isInstant, MOST_AHEAD, OCI_LIFETIMES, stateOf } from '../session/lifetimes.js';
import type { SessionStore } from '../session/store.js';
import { type SessionStoreOptions, type StoreSettings, storeSettings } from '../store/address.js';
import type { SharedForm } from '../store/encryption.js';
import type { RemoteSession } from '../store/remote-session.js';
import { sharedStore } from '../store/shared-store.js';
import { packSession } from './archive/export-session.js';
import { chooseProfile, type ProfileChoice } from './config/choose-profile.js';
import { SHARED_SESSION_KEY, withoutVariables } from './config/config-file.js';
import type { SessionProfile } from './config/session-profile.js';
import { fingerprintOfModulus } from './credentials/key-pair.js';
import { decodeSecurityToken, foreignOwner, tokenTimes } from './credentials/security-token.js';
import type { SessionToken } from './token-file-store.js';

/** A session as hosts share it: its newest token, and the archive that it was pushed with, which has the key. */
export interface SharedToken extends SessionToken {
  readonly archive: Buffer;
}

/**
 * How hosts share the refresh of a profile's session, which has the key SHARED_SESSION_KEY.
 *
 * @throws OracleComputeError STORE_ADDRESS_MALFORMED, STORE_ADDRESS_INSECURE
 */
export function shareOfProfile(
  { name: profile, values, fingerprint }: SessionProfile,
  store: SessionStoreOptions,
  choice: ProfileChoice,
  environment: Environment,
): (copy: SessionStore<SessionToken>) => SessionStore<SessionToken> {
  const parts = sharingParts(values.get(SHARED_SESSION_KEY) ?? profile, store, environment);
  const { env, home, cwd, clock } = environment;
  const pack = async () => {
    const found = await chooseProfile({ ...choice, profile }, { env: withoutVariables(env), home, cwd });
    return (await packSession(found, { home, now: clock.now() })).bytes;
  };
  return (copy) => sharedTokenStore(copy, { ...parts, fingerprint, pack });
}

/** The store's part for a session that hosts share as `name`. */
export function sharingParts(name: string, store: SessionStoreOptions, environment: Environment): SharingParts {
  const { env, clock, signal } = environment;
  return { name, settings: storeSettings(store, env), clock, owner: { uid: ownUserId() }, signal };
}

interface SharingParts {
  readonly name: string;
  readonly settings: StoreSettings;
  readonly clock: Clock;
  readonly owner: FileOwner;
  readonly signal?: AbortSignal;
}

/** What the store keeps under a name, for a host that has no copy. */
export async function openShared(parts: SharingParts): Promise<RemoteSession<SharedToken>> {
  return open(
    parts,
    formOf(
      parts.clock,
      (token) => token.archive,
      () => undefined,
    ),
  );
}

/**
 * The token of a session that hosts share, with the token file as this host's copy.
 *
 * @param fingerprint of the key on this host: a token of another login or another user does not fit it
 * @param pack gives the session's archive, for a store that has lost it
 * @throws OracleComputeError STORE_SESSION_REPLACED from its functions, and as `sharedStore`
 */
function sharedTokenStore(
  copy: SessionStore<SessionToken>,
  parts: SharingParts & { readonly fingerprint: string | undefined; readonly pack: () => Promise<Buffer> },
): SessionStore<SessionToken> {
  const { name, clock, settings, fingerprint } = parts;
  return sharedStore<SessionToken>(copy, {
    location: settings.address.text,
    isValid: (session) => stateOf(session, clock.now()) === 'valid',
    openRemoteSession: async () => {
      let archive = await parts.pack();
      const own = await copy.read();
      const form = formOf<SessionToken>(
        clock,
        () => archive,
        (token) => {
          const bound = token.token.keyModulus && fingerprintOfModulus(token.token.keyModulus);
          const isOtherKey = fingerprint !== undefined && bound !== undefined && bound !== fingerprint;
          if (isOtherKey || (own && foreignOwner(token.token, own.token))) throw replaced(name, settings);
          archive = token.archive;
        },
      );
      return open(parts, form);
    },
    clock,
    signal: parts.signal,
  });
}

async function open<S extends SessionToken>(parts: SharingParts, form: SharedForm<S>): Promise<RemoteSession<S>> {
  const { openRemoteSession } = await import('../store/open-remote-session.js');
  const { settings, name, clock, owner, signal } = parts;
  const names = ['oci session', name];
  return openRemoteSession(settings, { names, form, owner, clock, lockOwner: hostname(), signal });
}

/**
 * How a session is kept in a store.
 *
 * @param check sees what is opened, before it is used
 */
export function formOf<S extends SessionToken>(
  clock: Clock,
  archiveOf: (session: S) => Buffer,
  check: (session: SharedToken) => void,
): SharedForm<S> {
  return {
    latestEnd: () => clock.now() + OCI_LIFETIMES.session + MOST_AHEAD,
    encode: (session, serverAhead) => ({
      token: session.token.value,
      archive: archiveOf(session).toString('base64'),
      sessionExpiresAt: session.sessionExpiresAt,
      writtenAt: session.writtenAt + serverAhead,
    }),
    decode: (body, serverAhead) => {
      const { token: text, archive, sessionExpiresAt, writtenAt } = body;
      if (typeof text !== 'string' || typeof archive !== 'string') return undefined;
      if (!isInstant(sessionExpiresAt)) return undefined;
      const token = decodeSecurityToken(text);
      const session: SharedToken = {
        token,
        archive: Buffer.from(archive, 'base64'),
        // As of the token file: what another host's clock made of the token does not count here.
        ...tokenTimes(token, clock.now(), sessionExpiresAt),
        // Without it a token that expired would be taken for a new one of a service whose clock is behind.
        writtenAt: Math.min(
          clock.now(),
          (isInstant(writtenAt) ? writtenAt : (token.issuedAt ?? Infinity)) - serverAhead,
        ),
      };
      check(session);
      return session as unknown as S;
    },
    isValid: (session) => stateOf(session, clock.now()) === 'valid',
    now: () => clock.now(),
    tokenOf: ({ token }) => token.value,
  };
}

function replaced(name: string, { address }: StoreSettings): OracleComputeError {
  const message = `another login is kept as ${name} in ${address.text}`;
  return new OracleComputeError('STORE_SESSION_REPLACED', message, { store: address.text, name });
}
