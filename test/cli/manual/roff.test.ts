import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { example, heading, plain, titleLine } from '../../../cli/manual/roff.js';
import { renderPage } from '../../support/manual.js';

const TITLE = titleLine('page', '2026-03-01', 'oracle-compute 1.2.3');

describe('a line to be pasted', () => {
  const hostile = [
    '.SH is no heading here',
    "'br is no request here",
    '\\fBno bold\\fR \\n[nothing] \\',
    `sh -c 'printf "%s\\n" "$(date)"' | tr -d "\\n" # \`x\` ^ ~ - -- ...`,
    'a "quoted" word',
    '--option=value -x ~/.opc/password',
    '…and ’so’ on',
  ];

  // All on one page, which is rendered once.
  const examples = hostile.map((line) => example(line, 'try this'));

  it.each(hostile)('comes out as it is: %s', (line) => {
    const { text, warnings } = renderPage(TITLE + heading('EXAMPLES') + examples.join(''));
    expect(warnings).toBe('');
    const shown = line.replaceAll('…', '...').replaceAll('’', "'");
    expect(text.split('\n').map((each) => each.trim())).toContain(shown);
  });

  it('comes out on a terminal that knows ASCII only', () => {
    const { text, warnings } = renderPage(TITLE + heading('EXAMPLES') + example("curl 'x' … ’y’ -o ~/z", 'try'), 'C');
    expect(warnings).toBe('');
    expect(text).toContain("curl 'x' ... 'y' -o ~/z");
  });
});

it('never lets text begin a request or an escape', () => {
  const anyText = fc.string({ unit: fc.constantFrom('.', "'", '\\', '-', '"', 'a', ' ', '\n', 'é', '😀') });
  fc.assert(
    fc.property(anyText, (text) => {
      const written = plain(text);
      expect(written).toMatch(/^[\n\x20-\x7e]*$/);
      for (const line of written.split('\n')) expect(line).not.toMatch(/^[.']/);
      // Every backslash begins one of the escapes that are ours.
      expect(written.replace(/\\(?:&|-|\[(?:rs|aq|dq|u[0-9A-F]{4,6})\])/g, '')).not.toContain('\\');
    }),
  );
});

it('has the name, the date and the program in its first and last line', () => {
  const { text } = renderPage(`${TITLE + heading('NAME')}page\n`);
  const lines = text.trimEnd().split('\n');
  expect(lines[0]).toMatch(/^PAGE\(1\) +oracle-compute manual +PAGE\(1\)$/);
  expect(lines.at(-1)).toMatch(/^oracle-compute 1\.2\.3 +2026-03-01 +PAGE\(1\)$/);
});
