import { join } from 'node:path';
import { OracleComputeError } from '../../errors.js';
import { readTextFile } from '../../files/text-file.js';
import { isObject, parseJson, parseObject } from '../../text.js';
import { absolutePath } from '../config/config-file.js';

/** Realm key, its domain, and its regions as `key name` pairs. Oracle's list of regions, as its SDKs carry it. */
const REALMS: readonly (readonly [realm: string, domain: string, regions: string])[] = [
  [
    'oc1',
    'oraclecloud.com',
    `lej af-casablanca-1, jnb af-johannesburg-1, hsg ap-batam-1, yny ap-chuncheon-1, onm ap-delhi-1, hyd ap-hyderabad-1,
     jbp ap-kulai-2, mel ap-melbourne-1, bom ap-mumbai-1, kix ap-osaka-1, icn ap-seoul-1, sin ap-singapore-1,
     xsp ap-singapore-2, syd ap-sydney-1, nrt ap-tokyo-1, yul ca-montreal-1, yyz ca-toronto-1, ams eu-amsterdam-1,
     fra eu-frankfurt-1, mad eu-madrid-1, orf eu-madrid-3, mrs eu-marseille-1, lin eu-milan-1, cdg eu-paris-1,
     arn eu-stockholm-1, nrq eu-turin-1, zrh eu-zurich-1, mtz il-jerusalem-1, auh me-abudhabi-1, dxb me-dubai-1,
     jed me-jeddah-1, ruh me-riyadh-1, mty mx-monterrey-1, qro mx-queretaro-1, bog sa-bogota-1, scl sa-santiago-1,
     gru sa-saopaulo-1, vap sa-valparaiso-1, vcp sa-vinhedo-1, cwl uk-cardiff-1, lhr uk-london-1, iad us-ashburn-1,
     ord us-chicago-1, phx us-phoenix-1, aga us-saltlake-2, sjc us-sanjose-1`,
  ],
  ['oc2', 'oraclegovcloud.com', 'lfi us-langley-1, luf us-luke-1'],
  ['oc3', 'oraclegovcloud.com', 'ric us-gov-ashburn-1, pia us-gov-chicago-1, tus us-gov-phoenix-1'],
  ['oc4', 'oraclegovcloud.uk', 'brs uk-gov-cardiff-1, ltn uk-gov-london-1'],
  ['oc8', 'oraclecloud8.com', 'nja ap-chiyoda-1, ukb ap-ibaraki-1'],
  ['oc9', 'oraclecloud9.com', 'mct me-dcc-muscat-1, ibr me-ibri-1'],
  ['oc10', 'oraclecloud10.com', 'wga ap-dcc-canberra-1'],
  [
    'oc14',
    'oraclecloud14.com',
    `ork eu-dcc-dublin-1, snn eu-dcc-dublin-2, bgy eu-dcc-milan-1, mxp eu-dcc-milan-2, dus eu-dcc-rating-1,
     dtm eu-dcc-rating-2`,
  ],
  ['oc15', 'oraclecloud15.com', 'dac ap-dcc-gazipur-1'],
  ['oc19', 'oraclecloud.eu', 'str eu-frankfurt-2, vll eu-madrid-2'],
  ['oc20', 'oraclecloud20.com', 'beg eu-jovanovac-1'],
  ['oc21', 'oraclecloud21.com', 'vve me-alrayyan-1, doh me-dcc-doha-1'],
  ['oc23', 'oraclecloud23.com', 'ebb us-somerset-1, ebl us-thames-1'],
  ['oc24', 'oraclecloud24.com', 'avf eu-crissier-1, avz eu-dcc-zurich-1'],
  ['oc26', 'oraclecloud26.com', 'ahu me-abudhabi-3, rba me-alain-1'],
  ['oc29', 'oraclecloud29.com', 'rkt me-abudhabi-2, shj me-abudhabi-4'],
  ['oc35', 'oraclecloud35.com', 'bno ap-chuncheon-2, dtz ap-seoul-2, dln ap-suwon-1'],
  ['oc42', 'oraclecloud42.com', 'yxj us-ashburn-2, pgc us-newark-1'],
  ['oc51', 'oraclecloud51.com', 'jsk eu-budapest-1'],
  ['oc52', 'oraclecloud52.com', 'hnw sa-riodejaneiro-1'],
];

const DEFAULT_DOMAIN = 'oraclecloud.com';
const DOMAIN = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?$/;
const REGION_ID = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

export interface Region {
  /** The region's identifier, e.g. `us-ashburn-1`; a dotted region is a domain. */
  readonly id: string;
  /** The short key, e.g. `iad`, if known. */
  readonly key: string | undefined;
  /** The realm's key, e.g. `oc1`, if known. */
  readonly realm: string | undefined;
  /** The realm's domain, e.g. `oraclecloud.com`; may end in `:port`. Empty for a dotted region. */
  readonly domain: string;
  /** False if the domain is only a guess (`OCI_DEFAULT_REALM` or Oracle's main realm). */
  readonly known: boolean;
}

/** The sources that may describe a region that is not built in, as in Oracle's SDKs. */
interface RegionSources {
  /** `OCI_REGION_METADATA` (one JSON object) and `OCI_DEFAULT_REALM` (a domain) are read. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of `~/.oci/regions-config.json` (a JSON array), if the file exists. */
  readonly regionsConfig?: string | undefined;
  /** The text of Oracle's `developer-tool-configuration.json` (an object with `regions`), if the file exists. */
  readonly toolConfig?: string | undefined;
  /** No region is built in: a dedicated realm that allows its own only. */
  readonly onlyDescribed?: boolean;
}

/** The origins of the three services that a session needs. */
interface RegionHosts {
  readonly login: string;
  readonly auth: string;
  readonly identity: string;
}

/** All built-in regions, sorted by name. */
export function knownRegions(): Region[] {
  const regions = REALMS.flatMap(([realm, domain, list]) =>
    list.split(',').map((pair) => {
      const [key, id = ''] = pair.trim().split(' ');
      return { id, key, realm, domain, known: true };
    }),
  );
  return regions.sort((one, other) => (one.id < other.id ? -1 : 1));
}

/**
 * Finds a region by its name or short key, in Oracle's order: built in, `regions-config.json`, `OCI_REGION_METADATA`.
 * Built-in names win, so a known region cannot be led elsewhere. A name with a dot is the domain itself. Anything else
 * is a region of `OCI_DEFAULT_REALM`, or of Oracle's main realm, and is marked as not known.
 *
 * @throws OracleComputeError REGION_MALFORMED, REGION_METADATA_MALFORMED
 */
export function resolveRegion(given: string, sources: RegionSources): Region {
  const name = given.trim().toLowerCase();
  if (!(REGION_ID.test(name) || (name.includes('.') && DOMAIN.test(name)))) {
    const shown = given.slice(0, 60);
    throw new OracleComputeError('REGION_MALFORMED', `${JSON.stringify(shown)} is not a region`, { given: shown });
  }
  const matches = (region: Region) => region.id === name || region.key === name;
  const builtIn = sources.onlyDescribed ? [] : knownRegions();
  const found = builtIn.find(matches) ?? describedRegions(sources).find(matches);
  if (found) return found;
  if (name.includes('.')) return { id: name, key: undefined, realm: undefined, domain: '', known: false };
  const domain = sources.env.OCI_DEFAULT_REALM?.trim().toLowerCase() || DEFAULT_DOMAIN;
  if (!DOMAIN.test(domain)) throw malformed('OCI_DEFAULT_REALM');
  return { id: name, key: undefined, realm: undefined, domain, known: false };
}

/** The hosts of a region's services. Only identity has `.oci.` before the domain. */
export function regionHosts(region: Region): RegionHosts {
  const suffix = region.domain === '' ? '' : `.${region.domain}`;
  const identitySuffix = region.domain === '' ? '' : `.oci.${region.domain}`;
  return {
    login: `https://login.${region.id}${suffix}`,
    auth: `https://auth.${region.id}${suffix}`,
    identity: `https://identity.${region.id}${identitySuffix}`,
  };
}

/** The origin of the address of a service of OCI, or of an identity domain. @throws OracleComputeError ADDRESS_MALFORMED */
export function serviceOrigin(address: string, of: 'oci' | 'identity-domain' = 'oci'): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url.origin;
  const given = address.slice(0, 60);
  const whose = of === 'oci' ? 'a service' : 'an identity domain';
  const message = `${JSON.stringify(given)} is not the address of ${whose}`;
  throw new OracleComputeError('ADDRESS_MALFORMED', message, { given, of });
}

function describedRegions(sources: RegionSources): Region[] {
  // Ignores a file that is not JSON and asks the next source, as Oracle's clients do.
  const ofFiles = [parseObject(sources.toolConfig)?.regions, parseJson(sources.regionsConfig)];
  const lists = ofFiles.flatMap((list) => (Array.isArray(list) ? list : []));
  return [...lists, parseVariable(sources.env.OCI_REGION_METADATA)].flatMap(describedRegion);
}

function parseVariable(text: string | undefined): unknown {
  if (text === undefined || text.trim() === '') return undefined;
  const value = parseJson(text);
  if (value === undefined) throw malformed('OCI_REGION_METADATA');
  return value;
}

/** An entry needs all four strings; one without them is passed over, as Oracle's SDKs do. */
function describedRegion(entry: unknown): Region[] {
  if (!isObject(entry)) return [];
  const { realmKey, realmDomainComponent, regionKey, regionIdentifier } = entry;
  const [realm, domain, key, id] = [realmKey, realmDomainComponent, regionKey, regionIdentifier].map((value) =>
    typeof value === 'string' ? value.trim().toLowerCase() : '',
  );
  if (!realm || !key || !domain || !DOMAIN.test(domain) || !id || !REGION_ID.test(id)) return [];
  return [{ id, key, realm, domain, known: true }];
}

function malformed(from: string): OracleComputeError {
  return new OracleComputeError('REGION_METADATA_MALFORMED', `${from} does not describe a region`, { from });
}

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
  throw new OracleComputeError('REGION_UNKNOWN', `${JSON.stringify(region.id)} is an unknown region`, {
    given: region.id,
  });
}
