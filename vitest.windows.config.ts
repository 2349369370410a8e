import { defineConfig } from 'vitest/config';
import { shared } from './vitest.config.js';

/** Tests on Windows, or in Wine: `npm run test:windows`. */
export default defineConfig({
  test: {
    ...shared,
    include: ['test/windows/**/*.test.ts'],
    globalSetup: 'test/windows/setup.mjs',
    isolate: false,
    maxWorkers: 2,
  },
});
