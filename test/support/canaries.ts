import { expect } from 'vitest';

/** Shorter pieces of a token or a key could stand in other texts by chance. */
const PIECE = 48;

/** All that must never be seen, in every disguise that it could pass by in. */
export class Canaries {
  /** What is looked for, and which secret it is. */
  private readonly disguises = new Map<string, string>();

  /** A password, a passphrase: as it is, and encoded in the ways of addresses, JSON, Base64 and dumps of bytes. */
  add(name: string, secret: string): void {
    const bytes = Buffer.from(secret);
    const hexadecimal = bytes.toString('hex');
    for (const disguise of [
      secret,
      encodeURIComponent(secret),
      new URLSearchParams({ '': secret }).toString().slice(1),
      JSON.stringify(secret).slice(1, -1),
      bytes.toString('base64').replace(/=+$/, ''),
      bytes.toString('base64url'),
      hexadecimal,
      hexadecimal.replace(/..(?=.)/g, '$& '),
    ]) {
      this.disguises.set(disguise, name);
    }
  }

  /** A token of Oracle Compute: no piece of it may be seen. */
  addToken(name: string, token: string): void {
    for (let at = 0; at + PIECE <= token.length; at += PIECE) this.disguises.set(token.slice(at, at + PIECE), name);
    if (token.length >= PIECE) this.disguises.set(token.slice(-PIECE), name);
  }

  /** A security token of OCI. The key in the middle of its claims is public. */
  addSecurityToken(name: string, token: string): void {
    const [, claims = '', signature = ''] = token.split('.');
    if (claims.length < PIECE) return;
    for (const piece of [claims.slice(0, PIECE), claims.slice(-PIECE)]) this.disguises.set(piece, name);
    this.addToken(name, signature);
  }

  /** The lines of a private key's PEM file that are not the same in all of them. */
  addKey(name: string, pem: string): void {
    for (const line of pem.split('\n').filter((text) => /^[A-Za-z0-9+/]{40,}/.test(text)))
      this.disguises.set(line, name);
  }

  /** The names of the secrets in a text. */
  in(text: string | Uint8Array): string[] {
    const seen = typeof text === 'string' ? text : Buffer.from(text).toString('latin1');
    return [
      ...new Set([...this.disguises].filter(([disguise]) => seen.includes(disguise)).map(([, name]) => name)),
    ].sort();
  }

  expectNoneIn({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }, what: string): void {
    expect(this.in(stdout), `${what}: ${stdout}`).toEqual([]);
    expect(this.in(stderr), `${what}: ${stderr}`).toEqual([]);
  }
}
