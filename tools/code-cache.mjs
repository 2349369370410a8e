// Compiles files of the program ahead of time, for the Node that runs this, into dist/bin/code-cache:
// node tools/code-cache.mjs (docs/decisions/code-cache.md)
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

const FOLDER = 'dist/bin';

/** What runs in prompts, in scripts and each minute: the rest is not worth its place in an installation. */
const OFTEN_RUN = [
  'auth',
  'compute-cookie-library',
  'exec',
  'files-lock',
  'http-got-client',
  'iam-region-list',
  'oci-auth-client',
  'oci-credential-files',
  'options-oci-exchange',
  'options-oci-identity',
  'options-oci-places',
  'program',
  'refresh-token',
  'request',
  'session-env',
  'session-refresh',
  'session-validate',
  'status',
];

const cache = join(FOLDER, 'code-cache', `${process.versions.v8}-${process.platform}-${process.arch}`);
rmSync(cache, { recursive: true, force: true });
mkdirSync(cache, { recursive: true });
for (const name of OFTEN_RUN) {
  // Else only what runs at once would be compiled, and the functions when they are called.
  setFlagsFromString('--no-lazy');
  const text = readFileSync(join(FOLDER, `${name}.js`), 'latin1');
  // As cli/code-cache.ts does, to the letter.
  const source = `(function (exports, require, module, __filename, __dirname) { ${text}\n})`;
  const script = new Script(source, { filename: `${name}.js` });
  // V8 takes only what was made under the flags that it runs with.
  setFlagsFromString('--lazy');
  writeFileSync(join(cache, `${name}.bin`), script.createCachedData());
}
