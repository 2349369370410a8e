// Fails unless a tag, package.json, the lock file, the source and the changelog speak of the same version:
// node tools/check-release.mjs v1.2.3
import { readFileSync } from 'node:fs';
import { releaseDate } from './package/release-date.mjs';

const [, , tag] = process.argv;
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const complaints = [];
if (tag !== `v${version}`) complaints.push(`the tag is ${tag}, and package.json has version ${version}`);
if (lock.version !== version) complaints.push(`package-lock.json has version ${lock.version}, and not ${version}`);
if (!readFileSync('lib/environment.ts', 'utf8').includes(`'${version}'`)) {
  complaints.push(`lib/environment.ts has another version, and not ${version}`);
}
if (releaseDate(readFileSync('CHANGELOG.md', 'utf8'), version) === '') {
  complaints.push(`CHANGELOG.md has no heading "## [${version}] - YYYY-MM-DD"`);
}
for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length === 0 ? 0 : 1;
