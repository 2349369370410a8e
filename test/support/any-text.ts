import fc from 'fast-check';

/** Any UTF-16 text, halves of surrogate pairs included; half of it is ASCII, where most things have a meaning. */
export function anyText(maxLength = 20): fc.Arbitrary<string> {
  const unit = fc.oneof(fc.nat(0x7f), fc.nat(0xffff)).map((code) => String.fromCharCode(code));
  return fc.array(unit, { maxLength }).map((units) => units.join(''));
}

/** Any text, and texts in which pieces that mean something stand beside each other. */
export function textOf(...pieces: string[]): fc.Arbitrary<string> {
  const piece = fc.oneof(fc.constantFrom(...pieces), anyText(5));
  return fc.oneof(
    anyText(40),
    fc.array(piece, { maxLength: 8 }).map((list) => list.join('')),
  );
}
