/** What a stand-in does when it is reached after all: a fault of this program, which the report of the error names. */
export function leftOut(what) {
  throw new Error(`${what} is left out of the program (see docs/decisions/bundle.md)`);
}
