export const LINES: readonly string[];
export const FLOORS: readonly string[];
export function selectionOf(version: string): readonly string[];
