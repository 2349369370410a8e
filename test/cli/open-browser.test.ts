import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openBrowser } from '../../cli/context/child.js';
import { cleanEnvironment } from '../support/program.js';
import { filesBelow, temporaryHome, writeFileWithMode } from '../support/temporary-home.js';

const URL = 'https://login.example.com/v1/oauth2/authorize?action=login&response_type=token&redirect_uri=x';

/** What a browser is given that `BROWSER` names with these words. That a login opens it: test/browser/oci-page.test.ts. */
async function browsed(words: string) {
  const home = temporaryHome();
  const browser = join(home, 'browser');
  const noted = `${browser}.arguments`;
  // Renamed when it is complete, because it is waited for.
  writeFileWithMode(browser, `#!/bin/sh\nprintf '%s\\n' "$@" >${noted}.new && mv ${noted}.new ${noted}\n`, 0o755);
  expect(await openBrowser(URL, process.platform, cleanEnvironment(home, { BROWSER: `${browser} ${words}` }))).toBe(
    true,
  );
  await expect.poll(() => existsSync(noted)).toBe(true);
  return { given: readFileSync(noted, 'utf8').trimEnd().split('\n'), files: filesBelow(home) };
}

it('BROWSER with %s has the address there and nowhere else, and no shell reads it', async () => {
  const { given, files } = await browsed('--new=%s ;touch made --at $HOME `touch made` $(touch made) >made');
  expect(given).toEqual([
    `--new=${URL}`,
    ';touch',
    'made',
    '--at',
    '$HOME',
    '`touch',
    'made`',
    '$(touch',
    'made)',
    '>made',
  ]);
  expect(files.join('\n')).not.toMatch(/^made /m);
});

it('BROWSER without %s has the address last', async () => {
  expect((await browsed('--private')).given).toEqual(['--private', URL]);
});
