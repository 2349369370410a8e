/**
 * `npm run test:mutation`: puts one fault after the other into the source, and looks whether a test notices. What is
 * named here decides, and can be tested in process; what only connects parts is tested with the real ones.
 */
export default {
  mutate: [
    'lib/session/*.ts',
    'lib/shell/*.ts',
    'lib/files/*.ts',
    // What the kernel, another user or a mount decides is tested with them, by started programs: lock-processes, owners.
    '!lib/files/{lock,owner}.ts',
    // Waiting for a server (remote-session, connection) is tested with real ones.
    'lib/store/{reconcile,encryption}.ts',
    'lib/compute/{cookies,token}/*.ts',
    'lib/oci/config/config-{text,edit}.ts',
    'cli/output/{rows,table,text}.ts',
  ],
  packageManager: 'npm',
  plugins: ['@stryker-mutator/vitest-runner'],
  testRunner: 'vitest',
  vitest: { configFile: 'tools/mutation/vitest.config.ts', related: false },
  // TypeScript 7 lacks the interface by which Stryker would read one; names no file.
  tsconfigFile: 'none',
  disableTypeChecks: false,
  coverageAnalysis: 'perTest',
  // What is made when a module is loaded takes the whole suite for each fault: hours, for a few tables and patterns.
  ignoreStatic: true,
  // Nothing of this is asked for by these tests.
  ignorePatterns: ['build', 'coverage', 'dist', 'docs'],
  reporters: ['progress-append-only', 'clear-text'],
  clearTextReporter: { allowColor: false, allowEmojis: false, reportTests: false },
  // Of all faults, those too that only a started program meets; of the covered ones, 90 % and more are noticed.
  thresholds: { high: 95, low: 90, break: 85 },
  concurrency: 1,
};
