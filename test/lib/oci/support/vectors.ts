import { createPrivateKey, type JsonWebKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type PrivateKey, parsePrivateKey } from '../../../../lib/oci/credentials/key-pair.js';

export interface SigningCase {
  readonly name: string;
  readonly style: 'python' | 'typescript';
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string | null;
  readonly keyId: string;
  readonly authorization: string;
}

interface Vectors {
  readonly key: {
    readonly privateKeyJwk: JsonWebKey;
    readonly publicKeyPem: string;
    readonly fingerprint: string;
    readonly authorizePublicKey: string;
  };
  readonly token: { readonly value: string; readonly claims: Record<string, unknown>; readonly now: number };
  readonly apiKey: { readonly tenancy: string; readonly user: string; readonly keyId: string };
  readonly cases: readonly SigningCase[];
}

/** Known answers for keys, tokens and signatures; invented for tests. */
export const vectors = JSON.parse(readFileSync('fixtures/samples/oci-signing-vectors.json', 'utf8')) as Vectors;

const key = createPrivateKey({ key: vectors.key.privateKeyJwk, format: 'jwk' });

/** The key of the vectors in the form of a key file, without the label. */
export const vectorPem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
export const vectorKey: PrivateKey = parsePrivateKey(vectorPem, undefined, 'vectors');

/** A token like the service's, with claims of the test's choice. Its signature means nothing. */
export function tokenWith(claims: Record<string, unknown>): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${encode({ kid: 'asw_test', alg: 'RS256' })}.${encode(claims)}.c2lnbmF0dXJl`;
}
