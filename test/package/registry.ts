import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { listenOnLoopback } from '../../fixtures/loopback.js';

const run = promisify(execFile);

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
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

interface StoredPackage {
  readonly manifest: Manifest;
  readonly tarball: Buffer;
}

/** The folders of all packages that this package needs when it runs, optional ones included. */
export function runtimePackages(): string[] {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { readonly dev?: boolean }>;
  };
  return Object.keys(packages).filter((folder) => folder !== '' && packages[folder]?.dev !== true);
}

/**
 * Serves the packages that this package needs when it runs, packed from `node_modules`, so that no test asks the real
 * registry.
 */
export async function startRegistry(): Promise<Registry> {
  const stored = await packedPackages();
  // npm looks for these too, and does without them.
  const optionalPeers = new Set(stored.flatMap(({ manifest }) => Object.keys(manifest.peerDependenciesMeta ?? {})));
  const unexpected: string[] = [];
  let origin = '';
  const newServer = () =>
    createServer(({ url = '' }, response) => {
      const [, name = '', file] = /^\/((?:@[^/]+\/)?[^/]+)(?:\/-\/(.+))?$/.exec(decodeURIComponent(url)) ?? [];
      const found = stored.filter(({ manifest }) => manifest.name === name);
      if (found.length === 0) {
        if (!optionalPeers.has(name)) unexpected.push(url);
        response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
      } else if (file) response.end(found.find((each) => tarballName(each) === file)?.tarball);
      else response.setHeader('content-type', 'application/json').end(JSON.stringify(packument(found, origin)));
    });
  const { port, close } = await listenOnLoopback(newServer, 0);
  origin = `http://127.0.0.1:${port}`;
  return { url: `${origin}/`, unexpected, close };
}

/**
 * What npm packed once, as it lies in `node_modules`, not compressed. `npm pack` itself would take half a second for each. A version that
 * lies in two folders is packed once: its two tarballs could differ, in the times of their files, and have one address.
 */
async function packedPackages(): Promise<StoredPackage[]> {
  const folders = new Map(
    runtimePackages().map((folder) => {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
      return [`${manifest.name}@${manifest.version}`, { folder, manifest }] as const;
    }),
  );
  return Promise.all(
    [...folders.values()].map(async ({ folder, manifest }) => {
      const words = ['--exclude=./node_modules', '--transform=s,^\\.,package,', '-cf', '-', '-C', folder, '.'];
      const { stdout } = await run('tar', words, { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 });
      return { manifest, tarball: stdout };
    }),
  );
}

/** What a registry says of a package: all the versions that it has. */
function packument(found: readonly StoredPackage[], origin: string) {
  const versions = found.map(({ manifest, tarball }) => {
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
    const dist = { tarball: `${origin}/${manifest.name}/-/${tarballName({ manifest })}`, integrity };
    return [manifest.version, { ...manifest, dist }] as const;
  });
  const [latest] = found.map(({ manifest }) => manifest);
  return { name: latest?.name, 'dist-tags': { latest: latest?.version }, versions: Object.fromEntries(versions) };
}

function tarballName({ manifest }: Pick<StoredPackage, 'manifest'>): string {
  return `package-${manifest.version}.tgz`;
}
