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
