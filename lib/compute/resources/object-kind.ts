import { OracleComputeError } from '../../errors.js';

/** A kind of object, as its calls need it. */
export interface ObjectKind {
  /** What the original calls it. */
  readonly word: string;
  /** Its REST path, `/ip/reservation`. */
  readonly path: string;
  /** The path for new objects, if it is not `path`. */
  readonly addPath?: string;
  /** Names are one word, the same for all customers. */
  readonly isFlat?: true;
  /** The suffix after the name of another object: `/entry` for the versions of an image list. */
  readonly below?: string;
}

/** Kinds whose REST path is not their word, and those of which more is to be known (REST manual, "All REST Endpoints"). */
const KINDS: readonly ObjectKind[] = [
  { word: 'instance', path: '/instance', addPath: '/launchplan' },
  { word: 'imagelistentry', path: '/imagelist', below: '/entry' },
  { word: 'shape', path: '/shape', isFlat: true },
  { word: 'siteinformation', path: '/siteinformation', isFlat: true },
  { word: 'ipreservation', path: '/ip/reservation' },
  { word: 'ipassociation', path: '/ip/association' },
  { word: 'storagevolume', path: '/storage/volume' },
  { word: 'storageattachment', path: '/storage/attachment' },
  { word: 'storagesnapshot', path: '/storage/snapshot' },
  { word: 'ipnetwork', path: '/network/v1/ipnetwork' },
  { word: 'ipnetworkexchange', path: '/network/v1/ipnetworkexchange' },
  { word: 'ipaddressprefixset', path: '/network/v1/ipaddressprefixset' },
  { word: 'ipaddressreservation', path: '/network/v1/ipreservation' },
  { word: 'ipaddressassociation', path: '/network/v1/ipassociation' },
  { word: 'acl', path: '/network/v1/acl' },
  { word: 'route', path: '/network/v1/route' },
  { word: 'securityrule', path: '/network/v1/secrule' },
  { word: 'securityprotocol', path: '/network/v1/secprotocol' },
  { word: 'virtualnic', path: '/network/v1/vnic' },
  { word: 'vnicset', path: '/network/v1/vnicset' },
  { word: 'orchestrationv2', path: '/platform/v1/orchestration' },
  { word: 'orchestrationobject', path: '/platform/v1/object' },
];

/** The other kinds that the manuals name: their word is their path. */
const PLAIN_WORDS = `account image imagelist launchplan machineimage orchestration rebootinstancerequest secapplication
  secassociation seciplist seclist secrule snapshot sshkey user vcable`.split(/\s+/);

/** The fields of a kind that people look for, the name first (REST manual, "All REST Endpoints"). */
const USUAL_FIELDS: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  account: 'name accounttype description',
  acl: 'name enabledFlag description',
  image: 'name account',
  imagelist: 'name default description',
  imagelistentry: 'version machineimages',
  instance: 'name state ip shape label',
  ipaddressassociation: 'name ipAddressReservation vnic',
  ipaddressprefixset: 'name ipAddressPrefixes',
  ipaddressreservation: 'name ipAddress ipAddressPool',
  ipassociation: 'name ip vcable reservation',
  ipnetwork: 'name ipAddressPrefix ipNetworkExchange',
  ipnetworkexchange: 'name description',
  ipreservation: 'name ip used permanent',
  machineimage: 'name state platform',
  orchestration: 'name status description',
  orchestrationobject: 'name type desired_state',
  orchestrationv2: 'name status desired_state',
  rebootinstancerequest: 'name state hard instance',
  route: 'name ipAddressPrefix adminDistance nextHopVnicSet',
  secapplication: 'name protocol dport',
  secassociation: 'name seclist vcable',
  seciplist: 'name secipentries',
  seclist: 'name policy outbound_cidr_policy',
  secrule: 'name action application src_list dst_list',
  securityprotocol: 'name ipProtocol dstPortSet',
  securityrule: 'name flowDirection enabledFlag acl',
  shape: 'name cpus ram',
  snapshot: 'name state instance machineimage',
  sshkey: 'name enabled',
  storageattachment: 'name state index instance_name storage_volume_name',
  storagesnapshot: 'name status volume',
  storagevolume: 'name status size bootable',
  virtualnic: 'name macAddress transitFlag',
  vnicset: 'name vnics',
});

/** The fields that people look for in objects of a kind; none for a kind that the manuals do not name. */
export function usualFields({ word }: ObjectKind): readonly string[] {
  return USUAL_FIELDS[word]?.split(' ') ?? [];
}

/** The words that the manuals name, for completion. */
export const OBJECT_WORDS: readonly string[] = [...KINDS.map(({ word }) => word), ...PLAIN_WORDS].sort();

/**
 * The kind that a word of the command line means: the original's word (`ipreservation`), with hyphens or in the plural
 * as its successor writes it (`ip-reservations`), or a REST path (`ip/reservation`). A word that is not known here is
 * taken for a path: the service has more kinds than its manuals.
 *
 * @throws OracleComputeError OBJECT_MALFORMED
 */
export function parseObjectKind(text: string): ObjectKind {
  const plain = text.toLowerCase().replaceAll(/[-_]/g, '');
  for (const word of [plain, plain.replace(/ies$/, 'y'), plain.replace(/s$/, '')]) {
    const kind = KINDS.find((candidate) => candidate.word === word) ?? kindAt(`/${word}`);
    if (kind !== undefined) return kind;
    if (PLAIN_WORDS.includes(word)) return { word, path: `/${word}` };
  }
  const [, path] = /^\/?([a-z][a-z0-9]*(?:\/[a-z0-9]+)*)\/?$/i.exec(text) ?? [];
  if (path === undefined || path.length > 100) {
    throw new OracleComputeError('OBJECT_MALFORMED', `${quoted(text)} is not a kind of object`, { given: 'kind' });
  }
  return kindAt(`/${path}`) ?? { word: path, path: `/${path}` };
}

function kindAt(path: string): ObjectKind | undefined {
  return KINDS.find((kind) => kind.path === path && kind.below === undefined);
}

export function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 120));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const UNFIT = /[\u0000-\u001f\u007f-\u009f\\]/;

/** Called only if a name is not a whole one. */
export type UserName = () => string;

/**
 * The whole name of an object, `/Compute-acme/jack.jones@example.com/web-1`. Its first slash may be missing, and so may
 * the part of the user; doubled slashes, which scripts make when they join names, count as one.
 *
 * @throws OracleComputeError OBJECT_MALFORMED, and what `user` throws
 */
export function wholeName(kind: ObjectKind, text: string, user: UserName): string {
  const name = text.replaceAll(/\/{2,}/g, '/');
  const parts = name.split('/').filter((part) => part !== '');
  if (name.length > 1024 || UNFIT.test(name) || parts.some((part) => /^\.{1,2}$/.test(part))) {
    throw new OracleComputeError('OBJECT_MALFORMED', `${quoted(text)} is not the name of an object`, { given: 'name' });
  }
  if (name.startsWith('/')) return name;
  if (kind.isFlat) return `/${name}`;
  return isFromRoot(parts, user) ? `/${name}` : `${user()}/${name}`;
}

/** A container's name ends in a slash; without a name it is all that the customer has. */
export function containerName(kind: ObjectKind, text: string | undefined, user: UserName): string {
  if (text === undefined) return kind.isFlat ? '/' : `${customerOf(user())}/`;
  const name = wholeName(kind, text, user);
  return name.endsWith('/') ? name : `${name}/`;
}

/** The path of a REST call on an object or a container. `@` is not escaped: the manuals write it so. */
export function objectPath(kind: ObjectKind, name: string, query: Readonly<Record<string, string>> = {}): string {
  const escaped = name.split('/').map((part) => encodeURIComponent(part).replaceAll('%40', '@'));
  const search = new URLSearchParams(query).toString();
  return `${kind.path}${escaped.join('/')}${search === '' ? '' : `?${search}`}`;
}

/** The name of what stands below an object: version 2 of an image list is `…/ol7/entry/2`. */
export function nameBelow(kind: ObjectKind, name: string, key = ''): string {
  return `${name.replace(/\/$/, '')}${kind.below}/${key}`;
}

function isFromRoot(parts: readonly string[], user: UserName): boolean {
  const [first = ''] = parts;
  if (first === 'oracle' || /^Compute-./.test(first)) return true;
  return parts.length > 1 && `/${first}` === customerOf(user());
}

/** `/Compute-acme` of `/Compute-acme/jack.jones@example.com`. */
function customerOf(user: string): string {
  return `/${user.split('/')[1] ?? ''}`;
}
