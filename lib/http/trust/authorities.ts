import { readTextFile } from '../../files/text-file.js';

const EXTRA_FILE = { protection: 'any', limitBytes: 16 * 1024 * 1024 } as const;

interface NewerTls {
  readonly rootCertificates: readonly string[];
  /** Since 22.15: what this Node trusts, the system's authorities and the extra ones included where it was told to. */
  readonly getCACertificates?: (kind: 'default') => string[];
}

/**
 * Whom a client trusts, in PEM: the usual authorities and those of the bundle; undefined for what Node trusts by itself.
 *
 * @param extraFile the path in NODE_EXTRA_CA_CERTS, which Node itself reads only where no authorities are named
 */
export async function trustedAuthorities(
  bundle: string | undefined,
  extraFile: string | undefined,
): Promise<string[] | undefined> {
  if (bundle === undefined) return undefined;
  const tls: NewerTls = await import('node:tls');
  if (tls.getCACertificates) return [...tls.getCACertificates('default'), bundle];
  // Node goes on without a file that it cannot read.
  const extra = extraFile ? await readTextFile(extraFile, EXTRA_FILE) : undefined;
  return [...tls.rootCertificates, ...(extra && extra.problem === undefined ? [extra.text] : []), bundle];
}
