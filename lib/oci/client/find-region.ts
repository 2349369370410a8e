import { join } from 'node:path';
import { OracleComputeError } from '../../errors.js';
import { readTextFile } from '../../files/text-file.js';
import { absolutePath } from '../config/config-file.js';
import { type Region, resolveRegion } from './regions.js';

const LIMIT_BYTES = 1024 * 1024;

/** The variables and the home folder that describe further regions. */
export interface RegionEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/**
 * Finds a region by name or short key. Reads the files that describe further regions only if it needs them:
 * `~/.oci/developer-tool-configuration.json`, which dedicated realms have, and `~/.oci/regions-config.json`.
 *
 * @throws OracleComputeError REGION_MALFORMED, REGION_METADATA_MALFORMED
 */
export async function findRegion(given: string, { env, home }: RegionEnvironment): Promise<Region> {
  const isRestricted = /^(?:true|1)$/i.test(env.OCI_ALLOW_ONLY_DEVELOPER_TOOL_CONFIGURATION_REGIONS ?? '');
  const builtIn = resolveRegion(given, { env: {} });
  if (builtIn.known && !isRestricted) return builtIn;
  const folder = join(home, '.oci');
  const named = env.OCI_DEVELOPER_TOOL_CONFIGURATION_FILE_PATH;
  const toolConfig = await readDescription(
    named ? absolutePath(named, home, '.') : join(folder, 'developer-tool-configuration.json'),
  );
  if (isRestricted) return resolveRegion(given, { env: {}, toolConfig, onlyDescribed: true });
  const regionsConfig = await readDescription(join(folder, 'regions-config.json'));
  return resolveRegion(given, { env, toolConfig, regionsConfig });
}

/** The text of a file; undefined if it does not exist. Ignores a file that is not text, as Oracle's clients do. */
async function readDescription(path: string): Promise<string | undefined> {
  const file = await readTextFile(path, { protection: 'any', limitBytes: LIMIT_BYTES });
  if (file.problem === undefined) return file.text;
  if (file.problem === 'missing' || file.problem === 'not-text') return undefined;
  throw new OracleComputeError('REGION_METADATA_MALFORMED', `${path} cannot be read`, { from: path });
}

/** As `findRegion`, for a login, which needs a region that is known. @throws OracleComputeError REGION_UNKNOWN too */
export async function findKnownRegion(given: string, environment: RegionEnvironment): Promise<Region> {
  const region = await findRegion(given, environment);
  if (region.known) return region;
  throw new OracleComputeError('REGION_UNKNOWN', `${JSON.stringify(region.id)} is not a region that is known here`, {
    given: region.id,
  });
}
