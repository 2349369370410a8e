export function releaseDate(changelog: string, version: string): string;
