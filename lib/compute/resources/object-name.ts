import { OracleComputeError } from '../../errors.js';
import { type ObjectKind, quoted } from './object-kind.js';

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
