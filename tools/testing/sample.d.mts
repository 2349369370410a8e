export function sampleOf<T>(list: readonly T[], seed: number): T[];
