import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requirePart } from './real-part.js';
import { temporaryHome, writeFileWithMode } from './temporary-home.js';

export const PAGE_WIDTH = 80;
/** `man` leaves two columns free. */
const TEXT_WIDTH = 78;

export interface RenderedPage {
  readonly text: string;
  /** What roff and its macros complained about. */
  readonly warnings: string;
}

const rendered = new Map<string, RenderedPage>();

/** A manual page as a terminal of 80 columns shows it. */
export function renderPage(roff: string, locale = 'C.UTF-8'): RenderedPage {
  const key = `${locale}\n${roff}`;
  const page = rendered.get(key) ?? runMan(roff, locale);
  rendered.set(key, page);
  return page;
}

/** Stands at the end of each page of several. */
const END = 'THE-END-OF-THIS-PAGE';

/**
 * The bodies of many pages as `man` shows them: in one process, where `man` starts six for each page. Between two of
 * them stands the foot of the first.
 */
export function renderPages(pages: readonly { readonly file: string; readonly text: string }[]) {
  requirePart('lexgrog');
  const folder = temporaryHome();
  const files = pages.map(({ file, text }) => writeFileWithMode(join(folder, file), `${text}.PP\n${END}\n`));
  const flags = ['-Kutf8', '-t', '-wmac', '-mandoc', '-Tutf8', '-P-cbou', `-rLL=${TEXT_WIDTH}n`, `-rLT=${TEXT_WIDTH}n`];
  const { status, stdout, stderr } = spawnSync('groff', [...flags, ...files], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' },
  });
  const texts = stdout.split(END);
  return {
    texts: new Map(pages.map(({ file }, index) => [file, texts[index] ?? ''])),
    /** Each names its file. */
    warnings: status === 0 ? stderr : `${stderr}groff ended with ${status}`,
  };
}

function runMan(roff: string, locale: string): RenderedPage {
  requirePart('lexgrog');
  const file = join(temporaryHome(), 'page.1');
  writeFileSync(file, roff);
  const { status, stdout, stderr } = spawnSync('man', ['--warnings', '-l', file], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, LC_ALL: locale, MANWIDTH: String(PAGE_WIDTH), MANPAGER: 'cat' },
  });
  return { text: stdout, warnings: status === 0 ? stderr : `${stderr}man ended with ${status}` };
}
