import { defineConfig } from 'vitest/config';
import { shared } from './vitest.config.js';

/** Tests that take minutes, because what they show takes minutes: `npm run test:soak`. All run at the same time. */
export default defineConfig({
  test: { ...shared, include: ['test/soak/**/*.test.ts'], testTimeout: 9 * 60_000 },
});
