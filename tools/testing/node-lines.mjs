// Which tests run on which Node. All run on the one that runs `npm test`; every other line gets the tests of what depends
// on Node: the library and the commands in process, and whole sessions of the built program and the installed package.
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
const LINE_TESTS = [...SESSIONS, ...PROCESS, 'test/faults/signals.test.ts', 'test/lib/', 'test/cli/'];

/** The same on every line: manual pages, the options of OCI's commands (its sessions are among the library's tests). */
const LEFT_OUT = ['test/cli/manual/**', 'test/cli/oci-*.test.ts', 'test/cli/request-streams.test.ts'];

/** The arguments of Vitest for a version. */
export function selectionOf(version) {
  if (FLOORS.includes(version)) return FLOOR_TESTS;
  return [...LINE_TESTS, ...LEFT_OUT.map((pattern) => `--exclude=${pattern}`)];
}
