// Which tests run on which Node. All run on the one that runs `npm test`; every other line gets the tests of what depends
// on Node: TLS, cryptography, files, streams, children, signals, whole sessions of the built program and the installed
// package. What the commands make of it is our own code, the same on every line.
// The programs that tests start follow, because they are started with the Node that runs the tests.

/** The lines of Node that are supported. The newest version of each is tested. */
export const LINES = ['20', '22', '24', '26'];

/** The oldest versions that package.json allows: a few tests there show that nothing newer is needed. */
export const FLOORS = ['20.19.0', '22.12.0'];

const SESSIONS = ['test/program/', 'test/package/installation.test.ts'];
const FLOOR_TESTS = [...SESSIONS, 'test/lib/session/', 'test/lib/shell/'];
/** The program as a process of Node: streams, signals, children, ends. */
const PROCESS = [
  'test/cli/exec.test.ts',
  'test/cli/ends.test.ts',
  'test/cli/output.test.ts',
  'test/faults/process.test.ts',
];
const LINE_TESTS = [...SESSIONS, ...PROCESS, 'test/faults/signals.test.ts', 'test/lib/'];

/** Whether the rules agree for any input at all: the same on every line. */
const LEFT_OUT = ['test/lib/**/properties.test.ts'];

/** The arguments of Vitest for a version. */
export function selectionOf(version) {
  if (FLOORS.includes(version)) return FLOOR_TESTS;
  return [...LINE_TESTS, ...LEFT_OUT.map((pattern) => `--exclude=${pattern}`)];
}
