import { defineConfig } from 'vitest/config';

/** What all tests share, those of `npm run test:soak`, `test:windows` and `test:dist` too. */
export const shared = {
  // A busy machine may take a while to come to what is waited for; a test never passes because of it.
  expect: { poll: { timeout: 90_000 } },
  testTimeout: 300_000,
  hookTimeout: 300_000,
  // Test files wait for real programs and servers half of the time: two for each core of the machines that run them.
  maxWorkers: 4,
};

/** Start the built program, or meet real shells, daemons and browsers. */
const E2E = [
  'test/browser/**',
  'test/cli/{authorities,ends,exec,oci-common,oci-container,output,reauthenticate,request-streams}.test.ts',
  'test/cli/manual/**',
  'test/cron/**',
  'test/docs/pipelines.test.ts',
  'test/faults/**',
  'test/fixtures/{compute-service-curl,compute-service-main,local-tls,oci-service-program}.test.ts',
  'test/fleet/**',
  'test/keychain/**',
  'test/leaks/**',
  'test/package/**',
  'test/program/**',
  'test/shells/**',
  'test/terminal/**',
  'test/tools/**',
];

/** The commands and the library in the process of the test, on loopback servers and with a clock that jumps. */
const UNIT = ['test/**'];

const tests = (globs: readonly string[]) => globs.map((glob) => glob.replace(/\*\*$/, '**/*.test.ts'));

// The order keeps the files of a project together: a process that loaded the source for one file serves the next one.
export default defineConfig({
  test: {
    ...shared,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // A process of its own for each file costs a second of loading. What a test changes in its process it puts back.
          isolate: false,
          include: tests(UNIT),
          exclude: [...tests(E2E), 'test/dist/**', 'test/soak/**', 'test/windows/**'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'e2e', isolate: false, include: tests(E2E), sequence: { groupOrder: 1 } },
      },
    ],
  },
});
