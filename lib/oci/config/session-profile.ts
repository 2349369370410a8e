import { OracleComputeError } from '../../errors.js';
import { isReservedName } from '../../files/windows.js';
import { absolutePath, type ConfigProfile } from './config-file.js';

/** A profile that is a session: a token file in its own section, and the key that signs with it. */
export interface SessionProfile {
  readonly name: string;
  /** The config file. */
  readonly configFile: string;
  readonly securityTokenFile: string;
  readonly keyFile: string;
  readonly passphrase: string | undefined;
  readonly fingerprint: string | undefined;
  readonly tenancy: string | undefined;
  readonly region: string | undefined;
  /** The end of the session that was noted at login because the token does not say it: milliseconds since the epoch. */
  readonly notedSessionEnd: number | undefined;
  /** All values as they stand in the file; inherited ones too, except for those that belong to one session. */
  readonly values: ReadonlyMap<string, string>;
}

/** Written only if the login's token has no `sess_exp`; Oracle's readers ignore unknown keys. */
export const SESSION_END_KEY = 'session_expires_at';

/** The entry that notes the end of a session. */
export function sessionEndEntry(end: number | undefined): readonly [key: string, value: string | undefined] {
  return [SESSION_END_KEY, end === undefined ? undefined : new Date(end).toISOString()];
}

/** Milliseconds since the epoch, or undefined if the text is not an instant. */
export function instantIn(text = ''): number | undefined {
  const instant = Date.parse(text);
  return Number.isNaN(instant) ? undefined : instant;
}

/** A `[DEFAULT]` session hands its token file down to every profile, so only an own key makes a session. */
export function isSession(profile: ConfigProfile): boolean {
  return profile.own.has('security_token_file');
}

/**
 * The session in a profile, with absolute paths.
 *
 * @throws OracleComputeError PROFILE_NOT_A_SESSION, PROFILE_INCOMPLETE
 */
export function sessionProfile(profile: ConfigProfile, home: string): SessionProfile {
  const { name, path, values } = profile;
  if (!isSession(profile)) {
    throw new OracleComputeError('PROFILE_NOT_A_SESSION', `the profile [${name}] in ${path} is not a token session`, {
      profile: name,
      path,
    });
  }
  return {
    name,
    configFile: path,
    securityTokenFile: absolutePath(required(profile, 'security_token_file'), home, '.'),
    keyFile: absolutePath(required(profile, 'key_file'), home, '.'),
    passphrase: values.get('pass_phrase') || undefined,
    fingerprint: values.get('fingerprint') || undefined,
    tenancy: values.get('tenancy') || undefined,
    region: values.get('region') || undefined,
    notedSessionEnd: instantIn(values.get(SESSION_END_KEY)),
    values,
  };
}

/** A value that a profile must have. @throws OracleComputeError PROFILE_INCOMPLETE */
export function required(profile: ConfigProfile, key: string): string {
  const value = profile.values.get(key);
  if (value) return value;
  throw new OracleComputeError('PROFILE_INCOMPLETE', `the profile [${profile.name}] in ${profile.path} has no ${key}`, {
    profile: profile.name,
    path: profile.path,
    key,
  });
}

/**
 * Checks the name of a profile, by Oracle's rule: letters, digits, `.`, `_`, `-`, `@`. The name also becomes a folder,
 * so it is never `.` or `..`, and on Windows no reserved name.
 *
 * @param blanks allow blanks in it too: Oracle's CLI makes no such profile, and uses those that people write
 * @throws OracleComputeError PROFILE_NAME_MALFORMED
 */
export function checkProfileName(name: string, { blanks = false } = {}): string {
  const form = blanks ? /^[A-Za-z0-9._@-](?:[A-Za-z0-9._@ -]{0,126}[A-Za-z0-9._@-])?$/ : /^[A-Za-z0-9._@-]{1,128}$/;
  if (form.test(name) && name !== '.' && name !== '..' && !isReservedName(name)) return name;
  const given = name.slice(0, 60);
  throw new OracleComputeError('PROFILE_NAME_MALFORMED', `${JSON.stringify(given)} is not a valid profile name`, {
    given,
  });
}
