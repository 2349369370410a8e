// What CommonJS has in place of import.meta.url. Only yargs asks for it, and looks for our package.json in the folder
// above node_modules; without that folder it would look in the current one, which may have been deleted.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export const moduleUrl = /* @__PURE__ */ (() => pathToFileURL(resolve(__dirname, '../../node_modules/_')).href)();
