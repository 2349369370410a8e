import { OracleComputeError } from '../../errors.js';
import type { RequestSigner } from '../credentials/signer.js';
import { knownRegions, type Region } from './regions.js';

/** Oracle's CLI takes any word. Not taken: what could change the path of an address, and the OCID of something else. */
const CLUSTER_ID = /^(?!\.+$)(?!ocid1\.(?!cluster\.))[\w.:-]{1,255}$/i;
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
  const origin = endpoint ?? `https://containerengine.${hostOf(region)}`;
  const url = new URL(`/cluster_request/${checkClusterId(clusterId)}`, origin);
  const { authorization = '', date = '' } = signer.sign({ method: 'GET', url }, now);
  url.search = new URLSearchParams({ authorization, date }).toString();
  return Buffer.from(url.href).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/** Oracle's CLI names the domain of its main realm in all its realms, and their clusters accept that. */
function hostOf({ id, domain }: Region): string {
  if (knownRegions().some((known) => known.id === id)) return `${id}.oraclecloud.com`;
  return domain === '' ? id : `${id}.${domain}`;
}

/** @throws OracleComputeError CLUSTER_ID_MALFORMED */
export function checkClusterId(given: string): string {
  if (CLUSTER_ID.test(given)) return given;
  const shown = given.slice(0, 60);
  const message = `${JSON.stringify(shown)} is not the OCID of a cluster`;
  throw new OracleComputeError('CLUSTER_ID_MALFORMED', message, { given: shown });
}
