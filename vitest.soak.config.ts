import { defineConfig, mergeConfig } from 'vitest/config';
import shared from './vitest.config.js';

/** Tests that take minutes, because what they show takes minutes: `npm run test:soak`. All run at the same time. */
export default mergeConfig(
  { ...shared, test: { ...shared.test, include: [], exclude: [] } },
  defineConfig({
    test: {
      include: ['test/soak/**/*.test.ts'],
      testTimeout: 9 * 60_000,
    },
  }),
);
