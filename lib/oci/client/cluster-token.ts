import { OracleComputeError } from '../../errors.js';
import type { RequestSigner } from '../credentials/signer.js';
import type { Region } from './regions.js';

const CLUSTER_ID = /^ocid1\.cluster\.[a-z0-9-]+\.[a-z0-9-]*\.(?:[a-z0-9-]*\.)?[a-z0-9]+$/i;
/** The service takes a signature for five minutes; everybody counts on four. Milliseconds. */
export const CLUSTER_TOKEN_LIFE = 4 * 60_000;

/**
 * A token for the Kubernetes API of a cluster: the address of a signed request, which the cluster presents to OCI. Nothing
 * is sent here. As `oci ce cluster generate-token` makes it: URL-safe base64 with padding.
 *
 * @param endpoint the origin to name instead of the region's own
 * @throws OracleComputeError CLUSTER_ID_MALFORMED
 */
export function clusterToken(
  clusterId: string,
  region: Region,
  signer: RequestSigner,
  now: number,
  endpoint?: string,
): string {
  const host = region.domain === '' ? region.id : `${region.id}.${region.domain}`;
  const origin = endpoint ?? `https://containerengine.${host}`;
  const url = new URL(`/cluster_request/${checkClusterId(clusterId)}`, origin);
  const { authorization = '', date = '' } = signer.sign({ method: 'GET', url }, now);
  url.search = new URLSearchParams({ authorization, date }).toString();
  return Buffer.from(url.href).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/** @throws OracleComputeError CLUSTER_ID_MALFORMED */
export function checkClusterId(given: string): string {
  if (CLUSTER_ID.test(given) && given.length <= 255) return given;
  const shown = given.slice(0, 60);
  const message = `${JSON.stringify(shown)} is not the OCID of a cluster`;
  throw new OracleComputeError('CLUSTER_ID_MALFORMED', message, { given: shown });
}
