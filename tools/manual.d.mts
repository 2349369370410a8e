export function releaseDate(changelog: string, version: string): string;
export function buildManual(version: string): Promise<void>;
