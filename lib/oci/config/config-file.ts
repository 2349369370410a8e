import { existsSync, realpathSync } from 'node:fs';
import { devNull } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { OracleComputeError } from '../../errors.js';
import { expandHome, unreadable } from '../../files/paths.js';
import { readTextFile } from '../../files/text-file.js';
import type { ValueWithOrigin } from '../../text.js';
import {
  type ConfigEntry,
  type ConfigText,
  checkConfigText,
  findSection,
  listSections,
  readEntries,
  type SectionSpan,
} from './config-text.js';

/** Room for some ten thousand profiles. */
const LIMIT_BYTES = 16 * 1024 * 1024;
const DEFAULT_PROFILE = 'DEFAULT';

/** In the section of a profile: the name by which hosts share its session. */
export const SHARED_SESSION_KEY = 'shared_session';

/**
 * Keys of this program describe how one session is renewed, shared and ended. They belong to that session alone: no
 * profile inherits them, no archive brings them, and a new session does not keep those of the one that it replaces.
 */
export function isSessionKey(key: string): boolean {
  return /^(?:session_expires_at$|shared_session$|token_exchange_)/.test(key);
}

/** One profile as the SDKs see it: its own values, and what it inherits from `[DEFAULT]`. Keys are lower-case. */
export interface ConfigProfile {
  readonly name: string;
  /** The config file. */
  readonly path: string;
  /** Session keys only if they are its own. */
  readonly values: ReadonlyMap<string, string>;
  /** The keys that stand in the profile's own section. */
  readonly own: ReadonlySet<string>;
}

/** Expands a leading `~/`, as every reader does for most paths, and makes the path absolute. */
export function absolutePath(path: string, home: string, cwd = home): string {
  const expanded = expandHome(path, home);
  return isAbsolute(expanded) ? expanded : resolve(cwd, expanded);
}

/**
 * Which config file to use, in Oracle's order: the option, `OCI_CLI_CONFIG_FILE`, `~/.oci/config`; if that does not
 * exist, `OCI_CONFIG_FILE` and `~/.oraclebmc/config`, if they do.
 */
export function locateConfigFile(
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  home: string,
  cwd = home,
): ValueWithOrigin<string> {
  if (given !== undefined) return { value: absolutePath(given, home, cwd), source: 'option' };
  if (env.OCI_CLI_CONFIG_FILE) {
    return { value: absolutePath(env.OCI_CLI_CONFIG_FILE, home, cwd), source: 'OCI_CLI_CONFIG_FILE' };
  }
  const usual = { value: join(home, '.oci', 'config'), source: 'default' };
  if (existsSync(usual.value)) return usual;
  const fallbacks = [
    ...(env.OCI_CONFIG_FILE
      ? [{ value: absolutePath(env.OCI_CONFIG_FILE, home, cwd), source: 'OCI_CONFIG_FILE' }]
      : []),
    { value: join(home, '.oraclebmc', 'config'), source: 'default' },
  ];
  return fallbacks.find(({ value }) => existsSync(value)) ?? usual;
}

/**
 * Reads a config file; undefined if it does not exist.
 *
 * @throws OracleComputeError CONFIG_FILE_CORRUPT (not UTF-8, NUL bytes, over 16 MiB), FILE_UNREADABLE
 */
export async function readConfigText(path: string): Promise<ConfigText | undefined> {
  // An empty file for Oracle's CLI too, though it is a device.
  if (path === devNull) return { path, text: '' };
  // Oracle's clients only warn if others may read the config, so its mode is not checked here.
  const file = await readTextFile(path, { protection: 'any', limitBytes: LIMIT_BYTES, keepMark: true });
  const corrupt = (reason: string) =>
    new OracleComputeError('CONFIG_FILE_CORRUPT', `${path} is not a config file: ${reason}`, { path, reason });
  if (file.problem === 'missing') return undefined;
  if (file.problem === 'too-large') throw corrupt(`it is larger than ${LIMIT_BYTES} bytes`);
  if (file.problem === 'not-text') throw corrupt(`it is ${file.fault}`);
  if (file.problem !== undefined) throw unreadable(path, file.cause);
  return { path, text: file.text };
}

/**
 * Reads one profile. What it lacks comes from `[DEFAULT]`, and `own` says what does not. Only the two sections are
 * looked at, so the size of the rest costs little.
 *
 * @throws OracleComputeError PROFILE_NOT_FOUND, CONFIG_FILE_CORRUPT
 */
export function readProfile(config: ConfigText, name: string): ConfigProfile {
  const section = findSection(config, name);
  if (!section) {
    checkConfigText(config);
    throw profileNotFound(name, config.path);
  }
  const defaults = name === DEFAULT_PROFILE ? undefined : findSection(config, DEFAULT_PROFILE);
  return profileFrom(config, section, defaults ? readEntries(config, defaults) : []);
}

/** Reads every profile, in the order of the file. @throws OracleComputeError CONFIG_FILE_CORRUPT */
export function readAllProfiles(config: ConfigText): ConfigProfile[] {
  checkConfigText(config);
  const sections = listSections(config);
  const defaults = sections.find(({ name }) => name === DEFAULT_PROFILE);
  const inherited = defaults ? readEntries(config, defaults) : [];
  return sections.map((section) => profileFrom(config, section, inherited));
}

function profileFrom(config: ConfigText, section: SectionSpan, inherited: readonly ConfigEntry[]): ConfigProfile {
  const own = readEntries(config, section);
  const handedDown = inherited.filter(({ key }) => !isSessionKey(key));
  const values = new Map([...handedDown, ...own].map(({ key, value }) => [key, value]));
  return { name: section.name, path: config.path, values, own: new Set(own.map(({ key }) => key)) };
}

export function profileNotFound(profile: string, path: string): OracleComputeError {
  return new OracleComputeError('PROFILE_NOT_FOUND', `no profile [${profile}] in ${path}`, { profile, path });
}

const VARIABLES: Readonly<Record<string, string>> = {
  OCI_CLI_USER: 'user',
  OCI_CLI_TENANCY: 'tenancy',
  OCI_CLI_FINGERPRINT: 'fingerprint',
  OCI_CLI_KEY_FILE: 'key_file',
  OCI_CLI_PASSPHRASE: 'pass_phrase',
  OCI_CLI_SECURITY_TOKEN_FILE: 'security_token_file',
  OCI_CLI_REGION: 'region',
};

/** An environment that may still select a profile, without the variables that replace its values. */
export function withoutVariables(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !(name in VARIABLES)));
}

/** The profile with the single values that Oracle's CLI takes from variables; they override the file. */
export function withVariables(
  profile: ConfigProfile,
  env: Readonly<Record<string, string | undefined>>,
): ConfigProfile {
  const [values, own] = [new Map(profile.values), new Set(profile.own)];
  for (const [variable, key] of Object.entries(VARIABLES)) {
    const value = env[variable];
    if (!value) continue;
    // The session keys are not about another token than the profile's.
    const isOtherSession = key === 'security_token_file' && values.get(key) !== value;
    for (const noted of isOtherSession ? [...own].filter(isSessionKey) : []) values.delete(noted);
    values.set(key, value);
    own.add(key);
  }
  return { ...profile, values, own };
}

const FILE_ENTRY = /^[ \t]*(?:key_file|security_token_file)[ \t]*[=:][ \t]*(.+?)[ \t]*\r?$/gim;

/**
 * The keys and tokens that other profiles name: those of the same config file, and all of the other config files that
 * are known on this machine. What is in use there is not to be written over or removed. With the paths that links lead to.
 */
export async function filesOfOthers(
  config: ConfigText,
  profile: string,
  { home, env = {} }: { readonly home: string; readonly env?: Readonly<Record<string, string | undefined>> },
): Promise<ReadonlySet<string>> {
  const section = findSection(config, profile);
  const rest = section ? config.text.slice(0, section.start) + config.text.slice(section.end) : config.text;
  const own = realPath(config.path);
  const texts = [rest];
  for (const path of ['~/.oci/config', env.OCI_CLI_CONFIG_FILE, env.OCI_CONFIG_FILE, '~/.oraclebmc/config']) {
    if (!path) continue;
    const other = absolutePath(path, home);
    if (realPath(other) === own) continue;
    // An unreadable config counts as empty: it must not block changes to this one.
    texts.push((await readConfigText(other).catch(() => undefined))?.text ?? '');
  }
  const paths = texts.flatMap((text) =>
    [...text.matchAll(FILE_ENTRY)].map(([, path = '']) => absolutePath(path, home, '.')),
  );
  return new Set(paths.flatMap((path) => [path, join(realPath(dirname(path)), basename(path)), realPath(path)]));
}

export function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}
