import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npm, packThis } from './npm.js';
import { startRegistry } from './registry.js';

/** The package as a user has it, in a folder of its own. */
export interface Installation {
  /** A folder for the tests, with the installation in it. */
  readonly home: string;
  readonly prefix: string;
  /** The folder of a program that uses the package as a library. */
  readonly project: string;
  /** The folder of the programs. */
  readonly bin: string;
  /** The folder of the installed package. */
  readonly folder: string;
  /** What the installation asked the registry for in vain. */
  readonly unexpected: readonly string[];
  remove(): Promise<void>;
}

/**
 * Packs the program and installs the tarball globally: offline, without install scripts, from a registry that has the
 * packages that this one needs, and nothing else.
 */
export async function install(): Promise<Installation> {
  const home = mkdtempSync(join(tmpdir(), 'installation-'));
  const registry = await startRegistry();
  const tarball = join(home, (await packThis(home)).filename);
  const prefix = join(home, 'prefix');
  mkdirSync(prefix);
  await npm(['install', '--global', '--prefix', prefix, `--registry=${registry.url}`, tarball], { home, cwd: home });
  const modules = join(prefix, 'lib', 'node_modules');
  const project = join(home, 'project');
  mkdirSync(project);
  symlinkSync(modules, join(project, 'node_modules'));
  return {
    home,
    prefix,
    project,
    bin: join(prefix, 'bin'),
    folder: join(modules, 'oracle-compute'),
    unexpected: registry.unexpected,
    remove: async () => {
      await registry.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
