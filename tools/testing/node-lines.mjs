// Which tests run on which Node. The full suite runs on the one that runs `npm test`; every other line gets the tests of
// what depends on Node: the program, the library and the package. The programs that tests start follow, because they
// are started with the Node that runs the tests.

/** The lines of Node that are supported. The newest version of each is tested. */
export const LINES = ['20', '22', '24', '26'];

/** The oldest versions that package.json allows: a few tests there show that nothing newer is needed. */
export const FLOORS = ['20.19.0', '22.12.0'];

const FLOOR_TESTS = ['test/program/', 'test/package/library.test.ts', 'test/lib/session/', 'test/lib/shell/'];

/**
 * What is the same on every line: the syntaxes of shells, the schedulers, the local services, this repository's tools
 * and pages, the options of OCI's commands (its sessions are in the tests of the library and of the documented lines);
 * what is about files, the keychain's daemon or a fleet's engine; and the longest of the tests that kill the program
 * (strace counts the calls of one Node, and another makes more of its own).
 */
const LEFT_OUT = [
  'test/bench/**',
  'test/browser/**',
  'test/cli/manual/**',
  'test/cli/oci-*.test.ts',
  'test/cron/**',
  'test/docs/**',
  'test/faults/*crash*.test.ts',
  'test/faults/kills.test.ts',
  'test/faults/owners.test.ts',
  'test/faults/permissions.test.ts',
  'test/faults/single-flight.test.ts',
  'test/faults/suspended.test.ts',
  'test/fixtures/**',
  'test/fleet/failover.test.ts',
  'test/fleet/failures.test.ts',
  'test/fleet/holder.test.ts',
  'test/fleet/leaks.test.ts',
  'test/fleet/loading.test.ts',
  'test/fleet/lock.test.ts',
  'test/fleet/oci.test.ts',
  'test/fleet/outage.test.ts',
  'test/fleet/windows.test.ts',
  'test/house/**',
  'test/keychain/contract.test.ts',
  'test/keychain/system-keychain.test.ts',
  'test/leaks/**',
  'test/program/source.test.ts',
  'test/shells/**',
  'test/tools/**',
];

/** The arguments of Vitest for a version. */
export function selectionOf(version) {
  return FLOORS.includes(version) ? FLOOR_TESTS : LEFT_OUT.map((pattern) => `--exclude=${pattern}`);
}
