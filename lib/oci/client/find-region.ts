import { join } from 'node:path';
import { OracleComputeError } from '../../errors.js';
import { readTextFile } from '../../files/text-file.js';
import { type Region, resolveRegion } from './regions.js';

const LIMIT_BYTES = 1024 * 1024;

/** Where this machine describes regions that are not built in. */
export interface RegionSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/**
 * Finds a region by name or short key, reading `~/.oci/regions-config.json` only where it is needed.
 *
 * @throws OracleComputeError REGION_MALFORMED, REGION_METADATA_MALFORMED
 */
export async function findRegion(given: string, { env, home }: RegionSurroundings): Promise<Region> {
  const builtIn = resolveRegion(given, { env: {} });
  if (builtIn.known) return builtIn;
  const path = join(home, '.oci', 'regions-config.json');
  const file = await readTextFile(path, { protection: 'any', limitBytes: LIMIT_BYTES });
  if (file.problem === undefined) return resolveRegion(given, { env, regionsConfig: file.text });
  if (file.problem === 'missing') return resolveRegion(given, { env });
  const what = file.problem === 'not-text' ? `is ${file.fault}` : 'cannot be read';
  throw new OracleComputeError('REGION_METADATA_MALFORMED', `${path} ${what}`, { from: path });
}

/** As `findRegion`, for a login, which needs a region that is known. @throws OracleComputeError REGION_UNKNOWN too */
export async function findKnownRegion(given: string, surroundings: RegionSurroundings): Promise<Region> {
  const region = await findRegion(given, surroundings);
  if (region.known) return region;
  throw new OracleComputeError('REGION_UNKNOWN', `${JSON.stringify(region.id)} is not a region that is known here`, {
    given: region.id,
  });
}
