import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ociBench, visit } from '../support/oci.js';
import { cleanEnvironment, OCI_PROGRAM, runProgram } from '../support/program.js';
import { requirePart } from '../support/real-part.js';
import { filesBelow, writeFileWithMode } from '../support/temporary-home.js';

const LINE = `${process.execPath} ${OCI_PROGRAM} session authenticate --profile-name T --callback-port 0`;

/** A login at a terminal, with a browser that notes its arguments; the login page is visited once it has. */
async function browsed(words: string) {
  const bench = await ociBench({ clock: Date.now }, Date.now());
  const browser = join(bench.home, 'browser');
  const noted = `${browser}.arguments`;
  // Renamed when it is complete, because it is waited for.
  writeFileWithMode(browser, `#!/bin/sh\nprintf '%s\\n' "$@" >${noted}.new && mv ${noted}.new ${noted}\n`, 0o755);
  const script = join(bench.home, 'script.exp');
  writeFileWithMode(script, `set timeout 60\nspawn -noecho ${LINE}\nexpect eof\nexit [lindex [wait] 3]\n`);
  const env = cleanEnvironment(bench.home, { ...bench.env, TERM: 'xterm', BROWSER: `${browser} ${words}` });
  const visited = expect.poll(() => existsSync(noted), { timeout: 60_000 }).toBe(true);
  const running = runProgram([script], { env, cwd: bench.home }, [requirePart('expect')]);
  await visited;
  const given = readFileSync(noted, 'utf8').trimEnd().split('\n');
  const url = given.join(' ').match(/https:\/\/login\.\S+/)?.[0] ?? '';
  await visit(bench.service, url);
  const { status, stdout } = await running;
  expect(status, stdout).toBe(0);
  return { given, url, files: filesBelow(bench.home), stdout };
}

it('BROWSER with %s has the address there and nowhere else, and no shell reads it', async () => {
  const { given, url, files, stdout } = await browsed(
    '--new=%s ;touch made --at $HOME `touch made` $(touch made) >made',
  );
  expect(given).toEqual([
    `--new=${url}`,
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
  expect(url).toMatch(/&redirect_uri=|&response_type=/);
  expect(files.join('\n')).not.toMatch(/^made /m);
  expect(stdout).toContain('The login page opens in your browser');
});

it('BROWSER without %s has the address last', async () => {
  const { given, url } = await browsed('--private');
  expect(given).toEqual(['--private', url]);
});
