import { defineConfig } from 'vitest/config';
import { shared } from '../../vitest.config.js';

/** What `npm run test:mutation` shows a fault to: quick tests that start no program, and run in threads. */
export default defineConfig({
  test: {
    ...shared,
    include: [
      'test/lib/{session,shell,files,store}/**/*.test.ts',
      'test/lib/compute/*.test.ts',
      'test/faults/text-files.test.ts',
      'test/lib/oci/config-*.test.ts',
      'test/cli/objects/{rows,table}.test.ts',
    ],
    exclude: ['test/lib/files/{lock-processes,umask}.test.ts'],
  },
});
