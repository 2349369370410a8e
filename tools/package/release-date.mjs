/** The day of a version's release, as the changelog has it; empty before that. A build must not look at a clock. */
export function releaseDate(changelog, version) {
  const heading = changelog.split('\n').find((line) => line.startsWith(`## [${version}]`));
  return /\d{4}-\d{2}-\d{2}$/.exec(heading ?? '')?.[0] ?? '';
}
