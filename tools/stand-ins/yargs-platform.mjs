import { readFileSync } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { format, inspect } from 'node:util';
import Parser from 'yargs-parser';
import { leftOut } from './left-out.mjs';
import { cliui, stringWidth } from './yargs-drawing.mjs';

// What yargs asks of the system, as far as reading a line needs it. Its own version of this file also loads what draws
// help pages and translates them, and looks for a package.json to take a version from.

/** The English texts are the keys by which other languages are found. */
const translate = (text, ...values) => format(text, ...values);

function translateCounted(singular, plural, count, ...values) {
  const text = count === 1 ? singular : plural;
  return text.includes('%d') ? format(text, count, ...values) : format(text, ...values);
}

export default {
  assert: {
    notStrictEqual: (actual, expected, message) => {
      if (Object.is(actual, expected)) throw new TypeError(message);
    },
    strictEqual: (actual, expected, message) => {
      if (!Object.is(actual, expected)) throw new TypeError(message);
    },
  },
  cliui,
  stringWidth,
  findUp: () => undefined,
  getCallerFile: () => leftOut('require'),
  require: () => leftOut('require'),
  readdirSync: () => leftOut('command folders'),
  readFileSync,
  getEnv: (name) => process.env[name],
  getProcessArgvBin: () => process.argv[1],
  inspect,
  mainFilename: '/',
  Parser,
  path: { basename, dirname, extname, join, relative, resolve },
  process: {
    argv: () => process.argv,
    cwd: () => '/',
    emitWarning: (warning, type) => process.emitWarning(warning, type),
    execPath: () => process.execPath,
    exit: () => leftOut('process.exit'),
    nextTick: process.nextTick,
    stdColumns: null,
  },
  y18n: {
    __: translate,
    __n: translateCounted,
    getLocale: () => 'en',
    setLocale: () => undefined,
    updateLocale: () => leftOut('translation'),
  },
};
