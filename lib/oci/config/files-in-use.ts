import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { absolutePath, readConfigText } from './config-file.js';
import { type ConfigText, findSection } from './config-text.js';

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
