import { OracleComputeError } from '../../errors.js';

/** Set by this program, or by the connection itself: another value would send the token astray or cut the request. */
const OWN_HEADERS = new Set(
  `authorization connection content-length cookie expect host keep-alive proxy-authorization proxy-connection te
   trailer transfer-encoding upgrade`.split(/\s+/),
);

/**
 * Reads header lines, `Name: value`, into headers with lower-case names. A name that comes twice has both values, as
 * HTTP joins them. Messages repeat no value: it may be a secret.
 *
 * @throws OracleComputeError HEADER_MALFORMED
 */
export function parseHeaders(lines: readonly string[]): Record<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const { name, value } = parseHeader(line);
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(headers);
}

function parseHeader(line: string): { name: string; value: string } {
  const separator = line.indexOf(':');
  const given = separator === -1 ? '' : line.slice(0, separator);
  const malformed = (why: string) => new OracleComputeError('HEADER_MALFORMED', why, { given: given.slice(0, 60) });
  if (separator === -1) throw malformed('a header has no colon after its name');
  // RFC 9110, 5.6.2
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(given)) {
    throw malformed(`${JSON.stringify(given.slice(0, 60))} is not the name of a header`);
  }
  const name = given.toLowerCase();
  if (OWN_HEADERS.has(name)) throw malformed(`the header ${given} is set by this program`);
  const value = line.slice(separator + 1).replace(/^[ \t]+|[ \t]+$/g, '');
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
    throw malformed(`the value of the header ${given} has characters that a header must not have`);
  }
  return { name, value };
}
