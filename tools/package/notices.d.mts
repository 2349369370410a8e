/** The part that we read of what esbuild reports about its output. */
export interface BundleContents {
  readonly outputs: Readonly<
    Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>
  >;
}

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** The licence files. */
  readonly texts: readonly string[];
}

export function bundledFolders(metafiles: readonly BundleContents[]): string[];
export function bundledPackages(metafiles: readonly BundleContents[]): BundledPackage[];
export function writeNotices(metafiles: readonly BundleContents[]): void;
