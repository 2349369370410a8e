import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/soak/**'],
    // A busy machine may take a while to come to what is waited for; a test never passes because of it.
    expect: { poll: { timeout: 90_000 } },
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Tests start real programs and servers; more files at once than cores only makes them wait for each other.
    maxWorkers: 3,
  },
});
