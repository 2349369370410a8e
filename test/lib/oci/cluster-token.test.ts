import { describe, expect, it } from 'vitest';
import { clusterToken } from '../../../lib/oci/client/cluster-token.js';
import { resolveRegion } from '../../../lib/oci/client/regions.js';
import type { RequestSigner } from '../../../lib/oci/credentials/signer.js';

const signer: RequestSigner = { sign: () => ({ authorization: 'Signature …', date: 'today' }) };
const METADATA = JSON.stringify({
  realmKey: 'OC99',
  realmDomainComponent: 'example.com',
  regionKey: 'XYZ',
  regionIdentifier: 'xy-zone-1',
});

function addressFor(id: string, region: string): URL {
  const token = clusterToken(id, resolveRegion(region, { env: { OCI_REGION_METADATA: METADATA } }), signer, 0);
  return new URL(Buffer.from(token, 'base64url').toString());
}

describe('the address in a token for a cluster', () => {
  it.each([
    ['us-ashburn-1', 'containerengine.us-ashburn-1.oraclecloud.com'],
    // As Oracle's CLI has it, in every realm of Oracle's.
    ['us-langley-1', 'containerengine.us-langley-1.oraclecloud.com'],
    ['eu-frankfurt-2', 'containerengine.eu-frankfurt-2.oraclecloud.com'],
    ['xy-zone-1', 'containerengine.xy-zone-1.example.com'],
  ])('in %s is on the host %s', (region, host) => {
    expect(addressFor('ocid1.cluster.oc1.iad.aaaa', region).host).toBe(host);
  });

  it.each([
    'ocid1.cluster.oc1.iad.aaaa',
    'ocid1.cluster.region1.sea.amaaaa.extra',
    'ocidv1:cluster:oc1:phx:1460406592660:aaaa',
    'c-1_x',
  ])('has the id as it was given: %s', (id) => {
    expect(addressFor(id, 'us-ashburn-1').pathname).toBe(`/cluster_request/${id}`);
  });

  it.each([
    '',
    'ocid1.instance.oc1.iad.aaaa',
    ' ',
    '..',
    'a/b',
    'a?b',
    'a#b',
    'a b',
    'a\n',
    'ä',
    'x'.repeat(256),
  ])('refuses the id %j', (id) => {
    expect(() => addressFor(id, 'us-ashburn-1')).toThrow(expect.objectContaining({ code: 'CLUSTER_ID_MALFORMED' }));
  });
});
