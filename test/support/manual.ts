import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requirePart } from './real-part.js';
import { temporaryHome } from './temporary-home.js';

export const PAGE_WIDTH = 80;

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
