/**
 * FNV-1a, 32 bits, as eight hexadecimal digits: tells names and tokens apart where nothing is a secret or an attack
 * surface, and loading a crypto library would cost start-up time.
 */
export function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}
