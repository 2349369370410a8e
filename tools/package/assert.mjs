// What yargs uses of node:assert, for what only a fault of the program itself can break.
export function strictEqual(actual, expected, message) {
  if (!Object.is(actual, expected)) throw new TypeError(message);
}

export function notStrictEqual(actual, expected, message) {
  if (Object.is(actual, expected)) throw new TypeError(message);
}
