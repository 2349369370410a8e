import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { listenOnLoopback } from '../../fixtures/loopback.js';
import { pack } from './npm.js';

/** A package registry on loopback that has what is needed to install this package offline, and nothing else. */
export interface Registry {
  readonly url: string;
  /** Packages that were asked for and are not here: an installation must need none of them. */
  readonly unexpected: readonly string[];
  close(): Promise<void>;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

interface StoredPackage {
  readonly manifest: Manifest;
  readonly tarball: Buffer;
}

/**
 * Serves the keychain package and all that it depends on, packed from `node_modules`, so that no test asks the real
 * registry.
 *
 * @param folder for the tarballs
 */
export async function startRegistry(folder: string): Promise<Registry> {
  const packages = new Map<string, StoredPackage>();
  for (const each of ['keytar', ...dependenciesOf('node_modules/keytar')]) {
    const from = join('node_modules', each);
    packages.set(readManifest(from).name, {
      manifest: readManifest(from),
      tarball: readFileSync(await pack(from, folder)),
    });
  }
  const unexpected: string[] = [];
  let origin = '';
  const newServer = () =>
    createServer(({ url = '' }, response) => {
      const [, name = '', file] = /^\/((?:@[^/]+\/)?[^/]+)(?:\/-\/(.+))?$/.exec(decodeURIComponent(url)) ?? [];
      const found = packages.get(name);
      if (!found) {
        unexpected.push(url);
        response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
      } else if (file) response.end(found.tarball);
      else response.setHeader('content-type', 'application/json').end(JSON.stringify(packument(found, origin)));
    });
  const { port, close } = await listenOnLoopback(newServer, 0);
  origin = `http://127.0.0.1:${port}`;
  return { url: `${origin}/`, unexpected, close };
}

/** What a registry says of a package. */
function packument({ manifest, tarball }: StoredPackage, origin: string) {
  const { name, version } = manifest;
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  const dist = { tarball: `${origin}/${name}/-/package-${version}.tgz`, integrity };
  return { name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } } };
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

function dependenciesOf(folder: string): string[] {
  const names = Object.keys(readManifest(folder).dependencies ?? {});
  return names.flatMap((name) => [name, ...dependenciesOf(join('node_modules', name))]);
}
