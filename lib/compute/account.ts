import { OracleComputeError } from '../errors.js';
import { type FileReader, ownUserId } from '../files/owner.js';
import { readSettingsFile } from '../files/text-file.js';
import { isObject, parseJson } from '../text.js';

/**
 * Reads the address of the service, `https://host[:port]`, into its origin: the scheme may be missing (https), and so
 * may the last slash. Sessions are kept per origin.
 *
 * @throws OracleComputeError ADDRESS_MALFORMED: not an address, or one with a user, a password, a path or a query
 */
export function parseEndpoint(text: string): string {
  const trimmed = text.trim();
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  // Messages repeat only the shape of the value: all text before an @ may be a password.
  const given = trimmed.replace(/^([a-z][a-z0-9+.-]*:\/\/|\/\/)?.*@/is, '$1…@').slice(0, 120);
  const malformed = (why: string) =>
    new OracleComputeError('ADDRESS_MALFORMED', `${JSON.stringify(given)} is not a valid endpoint: ${why}`, {
      given,
    });
  if (!url || url.hostname === '' || /\s/.test(trimmed)) throw malformed('it has no host');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw malformed('only https and http are supported');
  if (url.username !== '' || url.password !== '') throw malformed('it must not contain a user or password');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    throw malformed('it must end after the host and port');
  return url.origin;
}

/**
 * Checks a two-part user name, `/customer/name` (CLI reference: `/Compute-identity_domain/user`, e.g.
 * `/Compute-acme/jack.jones@example.com`; Oracle Cloud Machine: `/tenant/user`), and gives it back unchanged: names
 * are case-sensitive and travel as they are.
 *
 * @throws OracleComputeError ACCOUNT_MALFORMED
 */
export function parseAccountName(text: string): string {
  if (isAccountName(text)) return text;
  // What does not even begin like one may be a password in the wrong place.
  const given = text.startsWith('/') ? ` ${JSON.stringify(text.slice(0, 80))}` : '';
  const message = `invalid user name${given}; expected /customer/name`;
  throw new OracleComputeError('ACCOUNT_MALFORMED', message, {});
}

/** Does a text have the form of a user name? */
export function isAccountName(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  return text.length <= 512 && /^\/[^/\s\u0000-\u001f\u007f]+\/[^/\s\u0000-\u001f\u007f]+$/.test(text);
}

/** What we take from a profile file of `opc` (Oracle's page on environment variables and the profile file). */
export interface ComputeProfile {
  readonly user?: string;
  readonly passwordFile?: string;
  readonly endpoint?: string;
}

/**
 * Reads the `compute` block of a profile file: JSON with `user`, `password-file` and `endpoint`. A missing file is an
 * empty profile.
 *
 * @param options `mustExist`: true for a profile that was named
 * @throws OracleComputeError PROFILE_FILE_MISSING, PROFILE_FILE_MALFORMED; FILE_UNSAFE or FILE_FOREIGN_OWNER if another
 *   user can write the file, because that user chooses the host that gets the password
 */
export async function readComputeProfile(
  path: string,
  { mustExist = false, signal }: { readonly mustExist?: boolean; readonly signal?: AbortSignal } = {},
): Promise<ComputeProfile> {
  const profile = await readProfileJson(path, { uid: ownUserId(), signal });
  if (profile === undefined && mustExist) {
    throw new OracleComputeError('PROFILE_FILE_MISSING', `the profile file ${path} does not exist`, { path });
  }
  const compute = computeBlock(profile, path);
  const textOf = (key: string): string | undefined => {
    const value = compute[key];
    if (value === undefined || value === '') return undefined;
    if (typeof value === 'string') return value;
    throw malformedProfile(path, `has something else than text under "compute.${key}"`);
  };
  return { user: textOf('user'), passwordFile: textOf('password-file'), endpoint: textOf('endpoint') };
}

/** The JSON value of a profile file; undefined if the file does not exist. Throws as `readComputeProfile`. */
export async function readProfileJson(path: string, reader: FileReader): Promise<unknown> {
  const text = await readSettingsFile(path, reader, (what, cause) => malformedProfile(path, what, cause));
  if (text === undefined) return undefined;
  const profile = parseJson(text);
  if (profile === undefined) throw malformedProfile(path, 'is not JSON');
  return profile;
}

/** The `compute` block; empty if there is none. @throws OracleComputeError PROFILE_FILE_MALFORMED */
export function computeBlock(profile: unknown, path: string): Record<string, unknown> {
  const { compute = {} } = isObject(profile) ? profile : {};
  if (isObject(compute)) return compute;
  throw malformedProfile(path, 'has no object under "compute"');
}

function malformedProfile(path: string, what: string, cause?: unknown): OracleComputeError {
  const message = `the profile file ${path} ${what}`;
  return new OracleComputeError('PROFILE_FILE_MALFORMED', message, { path }, { cause });
}
