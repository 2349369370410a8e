import { defineConfig } from 'vitest/config';
import { shared } from './vitest.config.js';

/** Tests of release/, in a Debian without Node: `npm run test:dist`, as root. */
export default defineConfig({
  test: { ...shared, include: ['test/dist/**/*.test.ts'], globalSetup: 'test/dist/debian.ts' },
});
