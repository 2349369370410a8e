import { OracleComputeError } from '../../errors.js';

/**
 * The address of a path below the endpoint, query included: the token goes there and nowhere else. Refuses, not
 * corrects, what could lead elsewhere: another host, `..` in any spelling, backslashes, control characters, a blank at
 * the end.
 *
 * @param endpoint the service's origin, see `parseEndpoint`
 * @param path `/instance/Compute-acme/`; the first slash may be missing. Or the whole address, as the `uri` of an answer,
 *   if it is one of this endpoint
 * @throws OracleComputeError PATH_MALFORMED; NOT_ALLOWED for the login, which would put a password into a request
 */
export function requestUrl(endpoint: string, path: string): URL {
  const given = path.slice(0, 120);
  const malformed = (why: string) =>
    new OracleComputeError('PATH_MALFORMED', `${JSON.stringify(given)} is not a path of the service: ${why}`, {
      given,
    });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\u0000-\u001f\u007f-\u009f]/.test(path)) throw malformed('it has control characters');
  if (path === '') throw malformed('it is empty');
  // Reading an address drops it: `.. ` would climb.
  if (path.endsWith(' ')) throw malformed('it ends with a space');
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) {
    const below = pathOfAddress(path, endpoint);
    if (below === undefined) throw malformed(`it is an address of another service than ${endpoint}`);
    return requestUrl(endpoint, below);
  }
  if (path.startsWith('//')) throw malformed('it begins with two slashes');
  if (path.includes('\\')) throw malformed('it has a backslash');
  if (path.includes('#')) throw malformed('it has a fragment');
  const [segments = ''] = path.split('?', 1);
  if (segments.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment)))
    throw malformed('it has . or .. segments');
  const absolute = path.startsWith('/') ? path : `/${path}`;
  const url = URL.canParse(endpoint + absolute) ? new URL(endpoint + absolute) : undefined;
  if (url?.origin !== endpoint || url.username !== '' || url.password !== '')
    throw malformed('it is not below the endpoint');
  if (/^\/+authenticate\/*$/i.test(decodeQuietly(url.pathname))) {
    throw new OracleComputeError('NOT_ALLOWED', 'a request cannot log in', {});
  }
  return url;
}

/** The part of an address after the origin, unchanged; undefined if the origin differs or the address has a user. */
function pathOfAddress(address: string, endpoint: string): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.origin !== endpoint || url.username !== '' || url.password !== '') return undefined;
  const path = address.replace(/^[a-z]+:\/\/[^/?#\\]*/i, '');
  return path.startsWith('/') ? path : `/${path}`;
}

function decodeQuietly(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
