import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { type ComputeService, startComputeService } from '../../fixtures/compute-service/server.js';
import { createLocalAuthority } from '../../fixtures/local-tls.js';
import { type OciService, startOciService } from '../../fixtures/oci-service/server.js';
import { systemClock } from '../../lib/clock.js';
import { WITH_PACKAGES } from '../../tools/package/program.mjs';
import { storeOciSession } from '../support/stored-sessions.js';
import { runQuietly } from './run-quietly.js';

export const PROFILE = 'TokenDemo';

/** Node is named by its path, as no shell has to look for it. */
const node = process.execPath;
export const BARE_NODE = `${node} -e 0`;
export const ORACLE_COMPUTE = `${node} ${resolve('dist/bin/oracle-compute.js')}`;
export const OCI = `${node} ${resolve('dist/bin/oci.js')}`;
export const NODE_HTTPS_SCRIPT = `${node} ${resolve('test/bench/minimal-login.cjs')}`;
export const CURL_SCRIPT = `sh ${resolve('test/bench/curl-login.sh')}`;

/** Both services over TLS, and a home folder with a session of each. */
export interface Setup {
  readonly compute: ComputeService;
  readonly oci: OciService;
  /** For whatever is not to lie in the home folder; removed in the end. */
  readonly scratch: string;
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Starts the services, lets `measure` use them, and removes everything. */
export async function withSetup(measure: (setup: Setup) => Promise<void>): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'bench-'));
  const authority = await createLocalAuthority();
  const [compute, oci] = await Promise.all([startComputeService({ tls: authority }), startOciService({ authority })]);
  try {
    const home = mkdtempSync(join(scratch, 'home-'));
    const [passwordFile, caFile] = [join(scratch, 'password'), join(scratch, 'ca.pem')];
    writeFileSync(passwordFile, `${compute.password}\n`, { mode: 0o600 });
    writeFileSync(caFile, authority.certificatePem);
    const env = {
      // Not NODE_OPTIONS and NODE_EXTRA_CA_CERTS: they would be measured too.
      PATH: process.env.PATH,
      HOME: home,
      LANG: 'C.UTF-8',
      OPC_API: compute.url,
      OPC_USER: compute.user,
      OPC_PASSWORD_FILE: passwordFile,
      OPC_CA_BUNDLE: caFile,
    };
    await storeOciSession(oci, PROFILE, { home, clock: systemClock });
    const { status } = await runQuietly(`${ORACLE_COMPUTE} auth`.split(' '), env);
    if (status !== 0) throw new Error(`the login failed with status ${status}`);
    await measure({ compute, oci, scratch, home, env });
  } finally {
    await Promise.all([compute.close(), oci.close()]);
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** How to start the programs in `packages/`, bundled as ours is. */
export async function bundledPackages(names: readonly string[], scratch: string): Promise<string[]> {
  const outdir = join(scratch, 'packages');
  const entryPoints = names.map((name) => `test/bench/packages/${name}.ts`);
  await build({ ...WITH_PACKAGES, entryPoints, outdir, outExtension: { '.js': '.cjs' } });
  return names.map((name) => `${node} ${join(outdir, name)}.cjs`);
}
