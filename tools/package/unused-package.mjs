// Replaces a package that the programs never use (tools/package/program.mjs): every call fails.
class UnusedPackage extends Error {
  constructor() {
    super('a package that is not part of this program was used');
  }
}

export default class Unused {
  constructor() {
    throw new UnusedPackage();
  }
}

export class CacheError extends UnusedPackage {}
export class FormDataEncoder extends Unused {}

/** Asked of every body; a form is never one. */
export const isFormData = () => false;

export function getDomain() {
  throw new UnusedPackage();
}
