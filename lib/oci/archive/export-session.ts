import { join, posix } from 'node:path';
import type { Clock } from '../../clock.js';
import { OracleComputeError } from '../../errors.js';
import { lstatOf } from '../../files/paths.js';
import { removeIfThere, replacePrivateFile } from '../../files/private-file.js';
import { type ConfigChanges, sectionForArchive, setSection, unsafeValue } from '../config/config-edit.js';
import { type ConfigProfile, isSessionKey } from '../config/config-file.js';
import { checkProfileName, required, SESSION_END_KEY, sessionProfile } from '../config/session-profile.js';
import { checkKeyFits, readKeyFile, readSecurityToken } from '../credentials/credential-files.js';
import { fingerprintOfModulus, isEncryptedKey, parsePrivateKey } from '../credentials/key-pair.js';
import type { SecurityToken } from '../credentials/security-token.js';
import { KEY_FILE_NAME } from '../login/session-folder.js';
import { assertNotExpired } from '../refresh-session.js';
import { readAgain, readSession } from '../token-file-store.js';

export const ORACLE_KEYS = ['fingerprint', 'key_file', 'tenancy', 'region', 'pass_phrase', 'security_token_file'];

interface PackedSession {
  /** The archive. It holds a private key and a token. */
  readonly bytes: Buffer;
  readonly token: SecurityToken;
  /** Keys of the profile that do not travel: they name files, or Oracle's client could not read their values. */
  readonly leftOut: readonly string[];
}

interface ExportParts {
  readonly home: string;
  /** Stands before the profile's own. */
  readonly region?: string;
}

/** What travels of a session. */
export interface ExportedSession {
  readonly token: SecurityToken;
  /** The content of the key file. */
  readonly keyText: string;
  /** The section, with these names for the two files. */
  readonly section: (keyFile: string, tokenFile: string) => ConfigChanges;
  readonly leftOut: readonly string[];
}

/**
 * Reads a session for another machine. Only keys of the profile's own section travel, nothing of `[DEFAULT]`.
 *
 * @throws OracleComputeError PROFILE_NOT_A_SESSION, PROFILE_INCOMPLETE, CONFIG_VALUE_UNSAFE, KEY_MISMATCH, and what
 *   reading token and key throws
 */
export async function readForExport(profile: ConfigProfile, parts: ExportParts): Promise<ExportedSession> {
  checkProfileName(profile.name, { blanks: true });
  const session = sessionProfile(profile, parts.home);
  const ownValues = new Map([...profile.values].filter(([key]) => profile.own.has(key)));
  const own: ConfigProfile = { ...profile, values: ownValues };
  const token = await readSecurityToken(session.securityTokenFile);
  const keyText = await readKeyFile(session.keyFile);
  const passphrase = ownValues.get('pass_phrase');
  // A key that only its owner's passphrase opens travels unchanged.
  if (!isEncryptedKey(keyText) || passphrase) {
    checkKeyFits(token, parsePrivateKey(keyText, passphrase, session.keyFile), session.keyFile);
  }
  const bound = token.keyModulus;
  const [further, leftOut] = furtherKeys(ownValues);
  const fingerprint = bound === undefined ? required(own, 'fingerprint') : fingerprintOfModulus(bound);
  const tenancy = ownValues.get('tenancy') || token.tenancy || required(own, 'tenancy');
  const region = parts.region ?? required(own, 'region');
  const section = (keyFile: string, tokenFile: string): ConfigChanges => [
    ['fingerprint', fingerprint],
    ['key_file', keyFile],
    ['tenancy', tenancy],
    ['region', region],
    ['pass_phrase', passphrase || undefined],
    ['security_token_file', tokenFile],
    ...further,
  ];
  return { token, keyText, section, leftOut };
}

interface CurrentSessionParts extends ExportParts {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Export a session that has expired, too. */
  readonly evenIfExpired?: boolean;
  /** Reads the profile as its file has it. */
  readonly readProfile: () => Promise<ConfigProfile>;
}

/**
 * Reads and packs a session; starts over if another process replaces it in between.
 *
 * @throws OracleComputeError TOKEN_EXPIRED, SESSION_OVER, and what `readProfile` and `pack` throw
 */
export async function packCurrent<T>(
  { readProfile, clock, signal, evenIfExpired, home, region }: CurrentSessionParts,
  pack: (profile: ConfigProfile, parts: ExportParts) => Promise<T>,
) {
  return readAgain({ clock, signal }, async () => {
    const profile = await readProfile();
    const session = sessionProfile(profile, home);
    const { times } = await readSession(session, clock);
    if (!evenIfExpired) assertNotExpired(times, clock.now(), session.securityTokenFile);
    return { profile, times, tokenFile: session.securityTokenFile, ...(await pack(profile, { home, region })) };
  });
}

/**
 * Packs a session as Oracle's CLI does: a flat zip with `config`, `token` and `oci_api_key.pem`.
 *
 * @throws OracleComputeError as `readForExport`
 */
export async function packSession(
  profile: ConfigProfile,
  parts: ExportParts & { readonly now: number },
): Promise<PackedSession> {
  const { token, keyText, section, leftOut } = await readForExport(profile, parts);
  const config = sectionForArchive(profile.name, section(KEY_FILE_NAME, 'token'));
  const bytes = await zip(config, token.value, keyText, new Date(parts.now));
  return { bytes, token, leftOut };
}

/**
 * Writes an archive with mode 0600. A failure leaves no partial file.
 *
 * @param tokenFile of the session, beside which the temporary file is noted
 * @throws OracleComputeError FILE_EXISTS if `replace` is false, FILE_UNWRITABLE, DISK_FULL
 */
export async function writeArchive(path: string, bytes: Uint8Array, replace: boolean, tokenFile = ''): Promise<void> {
  if (!replace) assertFree(path);
  await replacePrivateFile(path, bytes, tokenFile);
}

export function fileExists(path: string): boolean {
  return lstatOf(path) !== undefined;
}

function assertFree(path: string): void {
  if (fileExists(path)) throw new OracleComputeError('FILE_EXISTS', `${path} already exists`, { path });
}

function furtherKeys(own: ReadonlyMap<string, string>): [further: ConfigChanges, leftOut: string[]] {
  const others = [...own].filter(([key]) => !ORACLE_KEYS.includes(key));
  const travels = ([key, value]: readonly [string, string]) =>
    (isHarmlessKey(key) || key === SESSION_END_KEY) && unsafeValue(value) === undefined;
  return [others.filter(travels), others.filter((entry) => !travels(entry)).map(([key]) => key)];
}

/** Not of a session: keys that name files, hold other credentials, or choose how to authenticate, renew or share. */
export function isHarmlessKey(key: string): boolean {
  if (!/^[a-z][a-z0-9_-]{0,63}$/.test(key) || isSessionKey(key)) return false;
  return !/(?:_file|_token|_content|pass_?phrase|auth\w*)$/.test(key);
}

/** Always these members in this order. DOS timestamps need no extra fields, which Oracle's archives do not have. */
async function zip(config: string, token: string, key: string, mtime: Date): Promise<Buffer> {
  // A CommonJS package: bundled, it has a default export only.
  const { ZipFile } = (await import('yazl')).default;
  const archive = new ZipFile();
  const add = (name: string, content: string, permissions: number) =>
    archive.addBuffer(Buffer.from(content), name, { mode: 0o100000 | permissions, mtime, forceDosTimestamp: true });
  add('config', config, 0o644);
  add('token', token, 0o600);
  add(KEY_FILE_NAME, key, 0o600);
  archive.end();
  const chunks: Buffer[] = [];
  for await (const chunk of archive.outputStream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/**
 * Writes a session as a folder like `~/.oci`, for a container that mounts it: its config names the paths that are right
 * there.
 *
 * @param inside the path of the folder in the container
 * @throws OracleComputeError FILE_EXISTS if one of its files exists and `replace` is false, CONFIG_VALUE_UNSAFE,
 *   FILE_UNWRITABLE, DISK_FULL
 */
export async function writeSessionFolder(
  name: string,
  session: ExportedSession & { readonly tokenFile: string },
  folder: string,
  inside: string,
  replace: boolean,
): Promise<void> {
  const path = join(folder, 'config');
  const below = (file: string) => posix.join(inside, 'sessions', name, file);
  const text = setSection({ path, text: '' }, name, session.section(below(KEY_FILE_NAME), below('token')));
  const files = [
    [join(folder, 'sessions', name, KEY_FILE_NAME), session.keyText],
    [join(folder, 'sessions', name, 'token'), session.token.value],
    [path, text],
  ] as const;
  if (!replace) for (const [file] of files) assertFree(file);
  try {
    for (const [file, content] of files) await replacePrivateFile(file, content, session.tokenFile);
  } catch (error) {
    if (!replace) for (const [file] of files) removeIfThere(file);
    throw error;
  }
}
