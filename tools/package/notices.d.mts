/** What esbuild says of its output, as far as it is looked at. */
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
