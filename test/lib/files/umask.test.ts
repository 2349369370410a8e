import { join } from 'node:path';
import { expect, it } from 'vitest';
import { replacePrivateFile } from '../../../lib/files/private-file.js';
import { filesBelow, temporaryHome } from '../../support/temporary-home.js';

// In a file of its own: a thread cannot set it, and Stryker runs tests in threads.
it.each([
  0o000, 0o022, 0o077,
])('a private file and its folders are private under a umask of %o, and nothing else is made', async (umask) => {
  const home = temporaryHome();
  const before = process.umask(umask);
  try {
    await replacePrivateFile(join(home, 'a', 'b', 'file'), 'content');
  } finally {
    process.umask(before);
  }
  expect(filesBelow(home)).toEqual(['a 700', 'a/b 700', 'a/b/file 600']);
});
