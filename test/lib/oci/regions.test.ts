import { Region as OracleRegion } from 'oci-common';
import { describe, expect, test } from 'vitest';
import { knownRegions, regionHosts, resolveRegion } from '../../../lib/oci/client/regions.js';

const entry = (id: string, domain: string, key = 'emu') =>
  ({ realmKey: 'oc99', realmDomainComponent: domain, regionKey: key, regionIdentifier: id }) as const;

describe('the built-in table', () => {
  test('has every region of the SDK with its key and domain', () => {
    // What another test has told the SDK of its local service stays with it.
    const real = OracleRegion.values().filter(({ regionId }) => !regionId.startsWith('emu-'));
    const theirs = real.map((region) => [
      region.regionId,
      region.regionCode,
      region.realm.realmId,
      region.realm.secondLevelDomain,
    ]);
    const ours = new Map(knownRegions().map((region) => [region.id, region]));
    for (const [id, key, realm, domain] of theirs) {
      expect(ours.get(id ?? '')).toEqual({ id, key, realm, domain, known: true });
    }
  });

  test('names every region and key once', () => {
    const regions = knownRegions();
    expect(new Set(regions.map(({ id }) => id)).size).toBe(regions.length);
    expect(new Set(regions.map(({ key }) => key)).size).toBe(regions.length);
  });
});

describe('looking a region up', () => {
  test.each([
    ['us-ashburn-1', 'us-ashburn-1', 'oraclecloud.com'],
    ['IAD', 'us-ashburn-1', 'oraclecloud.com'],
    ['fra', 'eu-frankfurt-1', 'oraclecloud.com'],
    ['us-gov-phoenix-1', 'us-gov-phoenix-1', 'oraclegovcloud.com'],
    ['ltn', 'uk-gov-london-1', 'oraclegovcloud.uk'],
    ['hnw', 'sa-riodejaneiro-1', 'oraclecloud52.com'],
  ])('%s', (given, id, domain) => {
    expect(resolveRegion(given, { env: {} })).toMatchObject({ id, domain, known: true });
  });

  test('asks regions-config.json before OCI_REGION_METADATA', () => {
    const sources = {
      regionsConfig: JSON.stringify([entry('emu-local-1', 'localhost:8443')]),
      env: { OCI_REGION_METADATA: JSON.stringify(entry('emu-local-1', 'elsewhere.example')) },
    };
    expect(resolveRegion('EMU', sources)).toMatchObject({ id: 'emu-local-1', domain: 'localhost:8443' });
  });

  test('reads OCI_REGION_METADATA, in any case of letters', () => {
    const env = { OCI_REGION_METADATA: JSON.stringify(entry('Emu-Local-1', 'LOCALHOST:8443')) };
    expect(resolveRegion('emu-local-1', { env })).toMatchObject({ domain: 'localhost:8443', known: true });
  });

  test('never lets metadata redirect a built-in region', () => {
    const env = { OCI_REGION_METADATA: JSON.stringify(entry('us-ashburn-1', 'evil.example', 'iad')) };
    expect(resolveRegion('us-ashburn-1', { env }).domain).toBe('oraclecloud.com');
    expect(resolveRegion('iad', { env }).domain).toBe('oraclecloud.com');
  });

  test('passes over entries without all four strings', () => {
    const regionsConfig = JSON.stringify([{ ...entry('emu-1', 'localhost'), realmKey: '' }, 7, null]);
    expect(resolveRegion('emu-1', { env: {}, regionsConfig }).known).toBe(false);
  });

  test('puts an unknown region into the default realm', () => {
    expect(resolveRegion('xx-new-1', { env: {} })).toMatchObject({ domain: 'oraclecloud.com', known: false });
    const env = { OCI_DEFAULT_REALM: 'oraclecloud99.com' };
    expect(resolveRegion('xx-new-1', { env })).toMatchObject({ domain: 'oraclecloud99.com', known: false });
  });

  test.each([
    '',
    ' ',
    'a/b',
    'us ashburn',
    '../x',
    'a@b',
    'evil.example/',
    'x.y:99999999',
    '-a',
  ])('refuses %j', (given) => {
    expect(() => resolveRegion(given, { env: {} })).toThrow(expect.objectContaining({ code: 'REGION_MALFORMED' }));
  });

  test('says which description cannot be read, and only when it is needed', () => {
    const env = { OCI_REGION_METADATA: '{' };
    expect(resolveRegion('iad', { env }).id).toBe('us-ashburn-1');
    expect(() => resolveRegion('emu-1', { env })).toThrow(
      expect.objectContaining({ code: 'REGION_METADATA_MALFORMED', fields: { from: 'OCI_REGION_METADATA' } }),
    );
  });
});

test.each([
  [
    'eu-frankfurt-1',
    'login.eu-frankfurt-1.oraclecloud.com',
    'auth.eu-frankfurt-1.oraclecloud.com',
    'identity.eu-frankfurt-1.oci.oraclecloud.com',
  ],
  [
    'emu-local-1',
    'login.emu-local-1.localhost:8443',
    'auth.emu-local-1.localhost:8443',
    'identity.emu-local-1.oci.localhost:8443',
  ],
  ['my.cloud.example', 'login.my.cloud.example', 'auth.my.cloud.example', 'identity.my.cloud.example'],
])('hosts of %s', (given, login, auth, identity) => {
  const env = { OCI_REGION_METADATA: JSON.stringify(entry('emu-local-1', 'localhost:8443')) };
  expect(regionHosts(resolveRegion(given, { env }))).toEqual({
    login: `https://${login}`,
    auth: `https://${auth}`,
    identity: `https://${identity}`,
  });
});
