import type { BuildOptions } from 'esbuild';

export const WITH_PACKAGES: BuildOptions;
