import { isOracleComputeError } from '../errors.js';
import { readTextFile } from '../files/text-file.js';

/** What OpenSSL says of a chain of certificates that does not hold (X509_verify_cert_error_string, by Node's names). */
const BROKEN_CHAIN = /^(?:UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|CERT_)/;

/**
 * Whom a client trusts: the usual authorities, and those of a bundle as well.
 *
 * Reading the usual ones, some 150 certificates, takes longer than the rest of a login. Who names a bundle mostly talks
 * to servers that it vouches for, so it is tried alone first. A server that it does not vouch for is met a second time,
 * with all of them; it got nothing but the beginning of a handshake the first time.
 */
export class Authorities {
  private isBundleEnough = true;

  /**
   * @param bundle PEM text
   * @param extraFile the path in NODE_EXTRA_CA_CERTS, which Node itself reads only where no authorities are named
   */
  constructor(
    private readonly bundle: string | undefined,
    private readonly extraFile: string | undefined,
  ) {}

  /** False where the next attempt trusts fewer than it may. */
  get areAllTrusted(): boolean {
    return this.bundle === undefined || !this.isBundleEnough;
  }

  /** From now on all of them are trusted. */
  trustAll(): void {
    this.isBundleEnough = false;
  }

  /** What to trust in the next attempt, in PEM; undefined for what Node trusts by itself. */
  async next(): Promise<string | string[] | undefined> {
    if (this.bundle === undefined || !this.areAllTrusted) return this.bundle;
    return [...(await usualAuthorities(this.extraFile)), this.bundle];
  }
}

/** May an attempt have failed for want of the usual authorities? */
export function isUnknownIssuer(error: unknown): boolean {
  return isOracleComputeError(error, 'TLS_FAILED', 'STORE_TLS_FAILED') && BROKEN_CHAIN.test(error.fields.cause);
}

const EXTRA_FILE = { protection: 'any', limitBytes: 16 * 1024 * 1024 } as const;

interface NewerTls {
  readonly rootCertificates: readonly string[];
  /** Since 22.15: what this Node trusts, the system's authorities and the extra ones included where it was told to. */
  readonly getCACertificates?: (kind: 'default') => string[];
}

async function usualAuthorities(extraFile: string | undefined): Promise<readonly string[]> {
  const tls: NewerTls = await import('node:tls');
  if (tls.getCACertificates) return tls.getCACertificates('default');
  // Node goes on without a file that it cannot read.
  const extra = extraFile ? await readTextFile(extraFile, EXTRA_FILE) : undefined;
  return extra?.problem === undefined && extra ? [...tls.rootCertificates, extra.text] : tls.rootCertificates;
}
