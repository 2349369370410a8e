import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryHome, writeFileWithMode } from '../support/temporary-home.js';

/** What the check says of a checkout with these versions. */
function check(tag: string, versions: { manifest: string; lock: string; source: string; changelog: string }) {
  const folder = temporaryHome();
  writeFileWithMode(join(folder, 'package.json'), JSON.stringify({ version: versions.manifest }));
  writeFileWithMode(join(folder, 'package-lock.json'), JSON.stringify({ version: versions.lock }));
  writeFileWithMode(join(folder, 'lib', 'environment.ts'), `export const VERSION = '${versions.source}';\n`);
  writeFileWithMode(join(folder, 'CHANGELOG.md'), `# Changelog\n\n## [Unreleased]\n\n${versions.changelog}\n`);
  const program = resolve('tools/check-release.mjs');
  const { status, stderr } = spawnSync(process.execPath, [program, tag], { cwd: folder, encoding: 'utf8' });
  return { status, lines: stderr.split('\n').filter(Boolean) };
}

const good = { manifest: '1.2.3', lock: '1.2.3', source: '1.2.3', changelog: '## [1.2.3] - 2026-03-01' };

it.each([
  ['all the same', 'v1.2.3', good, []],
  ['another tag', 'v1.2.4', good, [/^the tag is v1\.2\.4/]],
  ['a tag without v', '1.2.3', good, [/^the tag is 1\.2\.3/]],
  ['an old lock file', 'v1.2.3', { ...good, lock: '1.2.2' }, [/^package-lock\.json has version 1\.2\.2/]],
  ['an old source', 'v1.2.3', { ...good, source: '1.2.2' }, [/^lib\/environment\.ts has another version/]],
  ['a changelog without the version', 'v1.2.3', { ...good, changelog: '## [1.2.2] - 2026-01-01' }, [/^CHANGELOG/]],
  ['a version without its day', 'v1.2.3', { ...good, changelog: '## [1.2.3]' }, [/^CHANGELOG/]],
])('%s', (_title, tag, versions, complaints) => {
  const { status, lines } = check(tag, versions);
  expect(lines).toEqual(complaints.map((complaint) => expect.stringMatching(complaint)));
  expect(status).toBe(complaints.length === 0 ? 0 : 1);
});
