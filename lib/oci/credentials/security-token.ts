import { OracleComputeError } from '../../errors.js';
import { isInstant, OCI_LIFETIMES, type SessionTimes, timesAtLogin } from '../../session/lifetimes.js';
import { isObject, isPlainText, parseObject } from '../../text.js';

/** A token travels in a header; more than this no server takes. */
const TOKEN_LIMIT_BYTES = 16_384;
/** The clock difference that the service tolerates. */
const TOLERATED_SKEW = 5 * 60_000;

/** What a session token says. Nothing here is verified: only the service can do that. Instants are milliseconds. */
export interface SecurityToken {
  /** The token itself. A secret. */
  readonly value: string;
  readonly expiresAt: number;
  readonly issuedAt: number | undefined;
  /** The end of the session (`sess_exp`), if the token has it. */
  readonly sessionExpiresAt: number | undefined;
  /** The user's OCID (`sub`). */
  readonly subject: string | undefined;
  /** The tenancy's OCID (`tenant`). */
  readonly tenancy: string | undefined;
  readonly userName: string | undefined;
  /** The modulus of the key that the token is bound to, base64url, if the token has it (`jwk`). */
  readonly keyModulus: string | undefined;
}

/**
 * Reads a session token: a JWT as OCI's authentication service issues it. White space around it is ignored.
 *
 * @throws OracleComputeError TOKEN_MALFORMED
 */
export function decodeSecurityToken(text: string): SecurityToken {
  const value = text.trim();
  if (value === '') throw malformed('it is empty');
  if (value.length > TOKEN_LIMIT_BYTES) throw malformed('it is too long');
  const parts = value.split('.');
  if (parts.length !== 3 || !parts.every((part) => /^[A-Za-z0-9_-]+$/.test(part))) throw malformed('it is not a JWT');
  const claims = claimsIn(parts[1]);
  if (!claims) throw malformed('its claims cannot be read');
  const expiresAt = instant(claims.exp);
  if (expiresAt === undefined) throw malformed('it does not say when it expires');
  return {
    value,
    expiresAt,
    issuedAt: instant(claims.iat),
    sessionExpiresAt: sessionEnd(claims.sess_exp),
    subject: nameIn(claims.sub),
    tenancy: nameIn(claims.tenant),
    userName: nameIn(claims.userName),
    keyModulus: keyModulus(claims.jwk),
  };
}

/**
 * When the token and its session end. A token is trusted for at most an hour from its issue and a session for at most a
 * day, even if the claims say longer: OCI, Token-based Authentication for the CLI, "Refreshing a Token".
 *
 * @param now milliseconds since the epoch
 * @param notedSessionEnd the end noted at login, for tokens without one or with an impossible one
 * @param receivedAt replaces an issue time that is missing or in the future
 */
export function tokenTimes(
  token: SecurityToken,
  now: number,
  notedSessionEnd?: number,
  receivedAt = now,
): SessionTimes {
  const { issuedAt, expiresAt } = token;
  const counted = issuedAt !== undefined && issuedAt <= now + TOLERATED_SKEW ? issuedAt : Math.min(receivedAt, now);
  const latest = counted + OCI_LIFETIMES.session;
  const sessionExpiresAt = [token.sessionExpiresAt, notedSessionEnd].find((end) => end !== undefined && end <= latest);
  return timesAtLogin(OCI_LIFETIMES, counted, {
    tokenExpiresAt: expiresAt,
    sessionExpiresAt,
  });
}

/** Whose a token must be. What is undefined is not known. */
export type TokenOwner = Partial<Pick<SecurityToken, 'subject' | 'tenancy' | 'keyModulus'>>;

/** Whose a token is instead of the owner's; undefined if it is the owner's. Not every token says its key. */
export function foreignOwner(token: SecurityToken, owner: TokenOwner): string | undefined {
  const differs = (claim: keyof TokenOwner) => owner[claim] !== undefined && owner[claim] !== token[claim];
  if (differs('subject')) return 'another user';
  if (differs('tenancy')) return 'another tenancy';
  return token.keyModulus !== undefined && differs('keyModulus') ? 'another key' : undefined;
}

/** A claim of any JWT, unverified, or undefined. For the id token, of which only the nonce is of interest. */
export function readClaim(jwt: string, name: string): unknown {
  if (jwt.length > TOKEN_LIMIT_BYTES) return undefined;
  return claimsIn(jwt.split('.')[1])?.[name];
}

function claimsIn(part = ''): Readonly<Record<string, unknown>> | undefined {
  return parseObject(Buffer.from(part, 'base64url'));
}

/** Epoch seconds, fractions allowed, as milliseconds. */
function instant(claim: unknown): number | undefined {
  const time = typeof claim === 'number' ? claim * 1000 : undefined;
  return isInstant(time) ? Math.floor(time) : undefined;
}

/** `Sat, 08 Nov 2025 17:19:55 UTC`; seconds are understood too. */
function sessionEnd(claim: unknown): number | undefined {
  if (typeof claim !== 'string') return instant(claim);
  const time = Date.parse(claim);
  return Number.isNaN(time) ? undefined : time;
}

/** Names are shown on a terminal. */
function nameIn(claim: unknown): string | undefined {
  if (typeof claim !== 'string' || claim === '') return undefined;
  if (claim.length > 512 || !isPlainText(claim)) throw malformed('a claim has control characters');
  return claim;
}

function keyModulus(claim: unknown): string | undefined {
  const jwk = typeof claim === 'string' ? parseObject(claim) : claim;
  return isObject(jwk) && typeof jwk.n === 'string' ? jwk.n.replace(/=+$/, '') : undefined;
}

function malformed(reason: string): OracleComputeError {
  return new OracleComputeError('TOKEN_MALFORMED', `the session token cannot be used: ${reason}`, { reason });
}
