import { promises as fs } from 'node:fs';
import { absolutePath, readConfigText } from './config-file.js';
import { type ConfigText, findSection } from './config-text.js';

const FILE_ENTRY = /^[ \t]*(?:key_file|security_token_file)[ \t]*[=:][ \t]*(.+?)[ \t]*\r?$/gim;

/**
 * The keys and tokens that other profiles name: those of the same config file, and all of the other config files that
 * are known on this machine. What is in use there is not to be written over or removed.
 */
export async function filesOfOthers(
  config: ConfigText,
  profile: string,
  { home, env = {} }: { readonly home: string; readonly env?: Readonly<Record<string, string | undefined>> },
): Promise<ReadonlySet<string>> {
  const section = findSection(config, profile);
  const rest = section ? config.text.slice(0, section.start) + config.text.slice(section.end) : config.text;
  const own = await realPath(config.path);
  const texts = [rest];
  for (const path of ['~/.oci/config', env.OCI_CLI_CONFIG_FILE, env.OCI_CONFIG_FILE]) {
    if (!path) continue;
    const other = absolutePath(path, home);
    if ((await realPath(other)) === own) continue;
    // One that cannot be read says nothing; it must not keep this one from being changed.
    texts.push((await readConfigText(other).catch(() => undefined))?.text ?? '');
  }
  const paths = texts.flatMap((text) =>
    [...text.matchAll(FILE_ENTRY)].map(([, path = '']) => absolutePath(path, home, '.')),
  );
  return new Set(paths);
}

async function realPath(path: string): Promise<string> {
  return fs.realpath(path).catch(() => path);
}
