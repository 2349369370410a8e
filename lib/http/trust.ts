import type { X509Certificate } from 'node:crypto';
import type { SecureContext } from 'node:tls';
import { OracleComputeError } from '../errors.js';
import { ownUserId } from '../files/owner.js';
import { readSettingsFile, readTextFile } from '../files/text-file.js';

/** A line that begins or ends a certificate, or was meant to; OpenSSL reads only exact ones. */
const MARKER = /-\s*(BEGIN|END)\s+(?:X509 |TRUSTED )?CERTIFICATE\s*-/;
const EXACT = /^-----(BEGIN|END) (?:X509 |TRUSTED )?CERTIFICATE-----\s*$/;

/**
 * Reads a file with certificate authorities to trust, PEM, for `certificateAuthorities`. Only its owner may be able to
 * write it.
 *
 * @throws OracleComputeError CA_BUNDLE_MALFORMED, FILE_UNSAFE, FILE_FOREIGN_OWNER
 */
export async function readCaBundle(path: string, signal?: AbortSignal): Promise<string> {
  const failed = (what: string, cause?: unknown) =>
    new OracleComputeError('CA_BUNDLE_MALFORMED', `the CA bundle ${path} ${what}`, { path }, { cause });
  const pem = await readSettingsFile(path, { uid: ownUserId(), signal }, failed);
  if (pem === undefined) throw failed('does not exist');
  await checkBundle(pem, path);
  return pem;
}

/**
 * Refuses a bundle with a certificate that cannot be parsed: OpenSSL would silently ignore it and all that follow. Text
 * between the certificates and other kinds of blocks are ignored.
 *
 * @param from the bundle's origin, for the message
 * @throws OracleComputeError CA_BUNDLE_MALFORMED
 */
export async function checkBundle(pem: string, from: string): Promise<void> {
  // Not imported above: commands that send nothing would load it, too.
  const crypto = await import('node:crypto');
  const lines = pem.split('\n');
  let certificates = 0;
  let begin: number | undefined;
  const broken = (line: number) => malformed(from, { line: line + 1, certificate: certificates });
  for (const [index, line] of lines.entries()) {
    if (!MARKER.test(line)) continue;
    const kind = EXACT.exec(line)?.[1];
    if (begin === undefined) certificates += 1;
    if (kind === undefined) throw broken(index);
    if ((kind === 'BEGIN') !== (begin === undefined)) throw broken(begin ?? index);
    if (begin !== undefined && !isCertificate(lines.slice(begin, index + 1).join('\n'), crypto)) throw broken(begin);
    begin = kind === 'BEGIN' ? index : undefined;
  }
  if (begin !== undefined) throw broken(begin);
  if (certificates === 0) throw malformed(from);
}

function malformed(path: string, place?: { line: number; certificate: number }): OracleComputeError {
  const what = place
    ? `cannot be used: certificate ${place.certificate}, at line ${place.line}, is malformed`
    : 'has no certificate in PEM form';
  return new OracleComputeError('CA_BUNDLE_MALFORMED', `the CA bundle ${path} ${what}`, { path, ...place });
}

function isCertificate(block: string, crypto: { readonly X509Certificate: typeof X509Certificate }): boolean {
  try {
    return new crypto.X509Certificate(block).raw.length > 0;
  } catch {
    return false;
  }
}

const EXTRA_FILE = { protection: 'any', limitBytes: 16 * 1024 * 1024 } as const;

interface NewerTls {
  /** Since 22.15: what Node trusts, with the system's and the extra authorities if it was configured to use them. */
  readonly getCACertificates?: (kind: 'default') => string[];
}

/**
 * What a TLS client trusts: the usual authorities and those of `bundle`; undefined for Node's defaults. To parse a hundred
 * certificates takes longer than most requests: make one for all requests.
 *
 * @param bundle certificates in PEM
 * @param extraFile the path in NODE_EXTRA_CA_CERTS, which Node itself reads only if no authorities are given
 */
export async function trustOf(
  bundle: string | undefined,
  extraFile: string | undefined,
): Promise<SecureContext | undefined> {
  if (bundle === undefined) return undefined;
  const tls: NewerTls & typeof import('node:tls') = await import('node:tls');
  if (tls.getCACertificates) return tls.createSecureContext({ ca: [...tls.getCACertificates('default'), bundle] });
  // As Node does, ignore a file that cannot be read.
  const read = extraFile ? await readTextFile(extraFile, EXTRA_FILE) : undefined;
  const extra = read && read.problem === undefined ? [read.text] : [];
  return tls.createSecureContext({ ca: [...tls.rootCertificates, ...extra, bundle] });
}
