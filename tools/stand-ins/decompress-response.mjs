import { leftOut } from './left-out.mjs';

/** Compressed answers are not asked for, and none is decompressed. */
export default function decompressResponse() {
  leftOut('decompression');
}
