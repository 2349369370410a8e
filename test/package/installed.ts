import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npm, packThis } from './npm.js';
import { startRegistry } from './registry.js';

/** The package as a user has it, in a folder of its own. */
export interface Installation {
  /** A folder for the tests, with the installation in it. */
  readonly home: string;
  readonly prefix: string;
  /** The folder of the programs. */
  readonly bin: string;
  /** The folder of the installed package. */
  readonly folder: string;
  /** What the installation asked the registry for in vain. */
  readonly unexpected: readonly string[];
  remove(): Promise<void>;
}

/** Into an empty prefix, as `npm install --global` does. */
export async function installGlobally(): Promise<Installation> {
  return install(['--global'], ['bin', 'lib/node_modules/oracle-compute']);
}

/** Into an empty project, as the library of a program that has no use for the keychain. */
export async function installInProject(): Promise<Installation> {
  return install(['--omit=optional'], ['node_modules/.bin', 'node_modules/oracle-compute']);
}

/**
 * Packs the program and installs the tarball: offline, without install scripts, from a registry that has the packages
 * that this one needs, and nothing else.
 */
async function install(options: readonly string[], [bin, folder]: readonly [string, string]): Promise<Installation> {
  const home = mkdtempSync(join(tmpdir(), 'installation-'));
  const registry = await startRegistry();
  const tarball = join(home, (await packThis(home)).filename);
  const prefix = join(home, 'prefix');
  mkdirSync(prefix);
  await npm(['install', '--prefix', prefix, `--registry=${registry.url}`, ...options, tarball], { home, cwd: home });
  return {
    home,
    prefix,
    bin: join(prefix, bin),
    folder: join(prefix, folder),
    unexpected: registry.unexpected,
    remove: async () => {
      await registry.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
