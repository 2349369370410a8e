import { isOracleComputeError } from '../../errors.js';
import { resolveRegion } from '../client/regions.js';
import { type ConfigChanges, unsafeValue } from '../config/config-edit.js';
import { type ConfigText, listSections, readEntries } from '../config/config-text.js';
import { checkProfileName, instantIn, SESSION_END_KEY } from '../config/session-profile.js';
import { fingerprintOfModulus, isEncryptedKey, type PrivateKey, parsePrivateKey } from '../credentials/key-pair.js';
import { decodeSecurityToken, foreignOwner, type SecurityToken } from '../credentials/security-token.js';
import { readArchive, refused, unpackMembers } from './archive-reader.js';
import { isHarmlessKey, ORACLE_KEYS } from './export-session.js';

/** A session from an archive, checked and complete in memory. Nothing has touched the disk yet. */
export interface ArchivedSession {
  /** The name of the profile in the archive. */
  readonly profile: string;
  readonly token: SecurityToken;
  /** The content of the key file, unchanged from the archive. */
  readonly keyText: string;
  /** SPKI PEM; undefined if the key is encrypted and the archive has no passphrase. */
  readonly publicKeyPem: string | undefined;
  readonly fingerprint: string;
  readonly tenancy: string;
  readonly region: string;
  readonly passphrase: string | undefined;
  /** The end of the session that its config notes. Milliseconds since the epoch. */
  readonly notedSessionEnd: number | undefined;
  /** Harmless keys that travelled along. */
  readonly further: ConfigChanges;
}

/**
 * Reads the archive of a session, ours or Oracle's, and checks all of it: names, sizes, profile name, token, key, and
 * that they belong together.
 *
 * @throws OracleComputeError FILE_UNREADABLE, ARCHIVE_REFUSED
 */
export async function readSessionArchive(path: string): Promise<ArchivedSession> {
  return readSessionBytes(await readArchive(path), path);
}

/** The same of an archive in memory, called `path` in errors, with a newer token of its session if there is one. */
export async function readSessionBytes(bytes: Buffer, path: string, newer?: SecurityToken): Promise<ArchivedSession> {
  const configBytes = (await unpackMembers(bytes, path, ['config'])).get('config');
  if (!configBytes) throw refused(path, 'it has no member with the name config');
  const { profile, values } = readArchivedConfig(configBytes.toString('utf8'), path);
  const names = [value(values, 'security_token_file', path), value(values, 'key_file', path)] as const;
  if (names[0] === names[1] || names.includes('config')) throw refused(path, 'its config names one member twice');
  const members = await unpackMembers(bytes, path, names);
  const [tokenText, keyText] = names.map((name) => {
    const member = members.get(name);
    if (!member) throw refused(path, `its config names the file ${JSON.stringify(name)}, which is not in the archive`);
    return member.toString('utf8');
  });
  const archived = translated(path, () => decodeSecurityToken(tokenText ?? ''));
  const token = newer ?? archived;
  const whose = foreignOwner(token, archived);
  if (whose !== undefined) throw refused(path, `its newest token is for ${whose}`);
  const passphrase = values.get('pass_phrase') || undefined;
  const key = readArchivedKey(keyText ?? '', passphrase, path);
  const fingerprint = translated(path, () => checkTogether(token, key, value(values, 'fingerprint', path), path));
  const region = value(values, 'region', path);
  translated(path, () => resolveRegion(region, { env: {} }));
  const tenancy = value(values, 'tenancy', path);
  if (token.tenancy !== undefined && token.tenancy !== tenancy) throw refused(path, 'its token is for another tenancy');
  return {
    profile,
    token,
    keyText: keyText ?? '',
    publicKeyPem: key?.publicKeyPem,
    fingerprint,
    tenancy,
    region,
    passphrase,
    notedSessionEnd: instantIn(values.get(SESSION_END_KEY)),
    further: furtherKeys(values),
  };
}

/** The last section, as in Oracle's client, except that nothing is inherited from `[DEFAULT]`. */
function readArchivedConfig(text: string, path: string): { profile: string; values: Map<string, string> } {
  return translated(path, () => {
    const config: ConfigText = { path: 'its config', text };
    const sections = listSections(config);
    const own = sections.filter(({ name }) => name !== 'DEFAULT');
    const section = own[0] ?? sections[0];
    if (!section) throw refused(path, 'its config has no profile');
    if (own.length > 1 || sections.length - own.length > 1) throw refused(path, 'its config has several profiles');
    const entries = readEntries(config, section);
    return {
      profile: checkProfileName(section.name, { blanks: true }),
      values: new Map(entries.map(({ key, value: entryValue }) => [key, entryValue])),
    };
  });
}

function value(values: ReadonlyMap<string, string>, key: string, path: string): string {
  const found = values.get(key);
  if (!found) throw refused(path, `its config has no ${key}`);
  const reason = unsafeValue(found);
  if (reason !== undefined) throw refused(path, `the value of ${key} in its config cannot be used: ${reason}`);
  return found;
}

/** The key; undefined if it needs a passphrase that is not in the archive. */
function readArchivedKey(text: string, passphrase: string | undefined, path: string): PrivateKey | undefined {
  if (isEncryptedKey(text) && passphrase === undefined) return undefined;
  return translated(path, () => parsePrivateKey(text, passphrase, 'its key'));
}

/** @returns the fingerprint of the key that token, key and config agree on */
function checkTogether(token: SecurityToken, key: PrivateKey | undefined, claimed: string, path: string): string {
  const bound = token.keyModulus === undefined ? undefined : fingerprintOfModulus(token.keyModulus);
  const known = [key?.fingerprint, bound].filter((fingerprint) => fingerprint !== undefined);
  if (known.length === 2 && known[0] !== known[1]) throw refused(path, 'its key is not the key of its token');
  const fingerprint = claimed.toLowerCase();
  if (known.some((other) => other !== fingerprint)) throw refused(path, 'its fingerprint is not that of its key');
  return fingerprint;
}

function furtherKeys(values: ReadonlyMap<string, string>): ConfigChanges {
  return [...values].filter(
    ([key, entryValue]) => !ORACLE_KEYS.includes(key) && isHarmlessKey(key) && unsafeValue(entryValue) === undefined,
  );
}

/** What is wrong inside an archive is a fault of the archive. */
function translated<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isOracleComputeError(error) || error.code === 'ARCHIVE_REFUSED') throw error;
    throw refused(path, error.message);
  }
}
