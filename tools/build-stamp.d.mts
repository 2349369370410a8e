export function isFresh(root: string, stamp: string): boolean;
export function writeStamp(root: string, stamp: string, named: readonly string[], made: readonly string[]): void;
