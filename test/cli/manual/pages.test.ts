import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../cli/commands/index.js';
import { describeStatuses, ERROR_TABLE } from '../../../cli/errors/catalog.js';
import { manualPages } from '../../../cli/manual/pages.js';
import { knownOptions, OptionList } from '../../../cli/parser/known-options.js';
import { releaseDate } from '../../../tools/package/release-date.mjs';
import { assertFreshBuild } from '../../support/fresh-build.js';
import { PAGE_WIDTH, renderPage, renderPages } from '../../support/manual.js';
import { requirePart } from '../../support/real-part.js';
import { temporaryHome, writeFileWithMode } from '../../support/temporary-home.js';
import { runLine } from '../../support/test-context.js';

assertFreshBuild('dist/man/oracle-compute.1', ['cli', 'lib', 'CHANGELOG.md']);

const pages = await manualPages({ version: '1.2.3', date: '2026-03-01' });
const commands = await Promise.all(COMMANDS.map(async (entry) => ({ entry, command: await entry.load() })));

function pageText(file: string): string {
  const page = pages.find((each) => each.file === file);
  if (!page) throw new Error(`there is no page ${file}`);
  return page.text;
}

let all: ReturnType<typeof renderPages> | undefined;

function rendered(): ReturnType<typeof renderPages> {
  all ??= renderPages(pages);
  return all;
}

function shownText(file: string): string {
  const text = rendered().texts.get(file);
  if (text === undefined) throw new Error(`there is no page ${file}`);
  return text;
}

it('renders without warnings', () => {
  expect(rendered().warnings).toBe('');
});

it('is shown by man itself as it is here', () => {
  const { text, warnings } = renderPage(pageText('oracle-compute-auth.1'));
  expect(warnings).toBe('');
  const lines = (shown: string) => shown.split('\n').filter((line) => /^ +\S/.test(line));
  expect(lines(shownText('oracle-compute-auth.1'))).toEqual(lines(text));
});

describe.each(pages)('$file', ({ file }) => {
  it('is as wide as a terminal, with every line to be pasted whole', () => {
    const lines = shownText(file).split('\n');
    const program = file.startsWith('oci') ? 'oci' : 'oracle-compute';
    const pasted = commands.flatMap(({ entry, command }) =>
      command.help.examples.map(([line]) => line.replaceAll('$0', [program, ...entry.path].join(' '))),
    );
    const tooLong = lines.filter((line) => line.length > PAGE_WIDTH && !pasted.includes(line.trim()));
    expect(tooLong.filter((line) => !line.includes('$(oracle-compute auth'))).toEqual([]);
  });

  it('describes each option once', () => {
    const options = spellingsIn(shownText(file));
    expect(options).toContain('--help');
    expect(options).toEqual([...new Set(options)]);
  });
});

it('is found by whatis', () => {
  const folder = temporaryHome();
  const paths = pages.map(({ file, text }) => writeFileWithMode(join(folder, file), text));
  const { stdout } = spawnSync(requirePart('lexgrog'), paths, { encoding: 'utf8' });
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toEqual(pages.map(({ file }) => expect.stringMatching(`: "${file.replace(/\.1$/, '')} - [a-z].+"$`)));
});

describe.each(commands)('$entry.path', ({ entry, command }) => {
  const line = ['oracle-compute', ...entry.path].join(' ');
  const page = () => shownText(`${['oracle-compute', ...entry.path].join('-')}.1`);

  it('has the options and arguments that --help has', async () => {
    const { stdout, stderr } = await runLine([...entry.path, '--help'], { home: temporaryHome() });
    const help = (stdout + stderr).split(/[\s,]+/);
    const text = page();
    const { options, positionals } = knownOptions(command.builder(new OptionList()));
    const shown = options.filter(({ hidden }) => !hidden);
    const names = shown.flatMap(({ name, aliases }) => [name, ...aliases.filter((alias) => alias.length === 1)]);
    const spelled = [...names, 'help', 'h'].map((name) => (name.length === 1 ? `-${name}` : `--${name}`));
    expect(spellingsIn(text)).toEqual(spelled.sort());
    for (const { name } of shown) expect(help).toContain(`--${name}`);
    for (const { name, hidden } of options) if (hidden) expect(help).not.toContain(`--${name}`);
    expect(choicesIn(text)).toEqual(
      [...shown, ...positionals].flatMap(({ choices }) => (choices.length > 0 ? [choices.join(',')] : [])).sort(),
    );
    for (const [, name] of (entry.positionals ?? '').matchAll(/[<[]([\w-]+)/g)) {
      expect(text.split('\n').map((each) => each.trim().split(' ')[0])).toContain(name);
    }
  });

  it('has the examples, the variables and the exit statuses of the command', () => {
    const lines = page()
      .split('\n')
      .map((each) => each.trim());
    for (const [example] of command.help.examples) expect(lines).toContain(example.replaceAll('$0', line));
    const rows = [...command.help.environment, ...describeStatuses(command.help.statuses)];
    for (const [name] of rows) expect(lines.map((each) => each.split(' ')[0])).toContain(name.split(' ')[0]);
  });
});

/** `-f/--format` and the like: the options at the beginnings of lines. */
function spellingsIn(text: string): string[] {
  const starts = text
    .split('\n')
    .map((line) => /^ +((?:-\w(?: value)?, +)?--[a-z][\w-]*)(?: value)?(?:,|$| {2})/.exec(line)?.[1]);
  return starts.flatMap((start) => start?.match(/--?[\w-]+/g) ?? []).sort();
}

/** The lists of accepted values. */
function choicesIn(text: string): string[] {
  const flat = text.replace(/\s+/g, ' ');
  return [...flat.matchAll(/One of ([\w, -]+)\./g)].map(([, list = '']) => list.replace(/\s/g, '')).sort();
}

it('lists every command on the page of its program', () => {
  const text = shownText('oracle-compute.1');
  const starts = text.split('\n').map((line) => line.trim());
  for (const { entry } of commands) {
    const name = entry.path.join(' ');
    expect(starts.some((start) => start === name || start.startsWith(`${name} `))).toBe(true);
    expect(text).toContain(`oracle-compute-${entry.path.join('-')}(1)`);
  }
});

it('names every exit status that an error can have', () => {
  const text = shownText('oracle-compute.1');
  const named = [...text.matchAll(/^ {7}(\d+) {2,}\w/gm)].map(([, status]) => Number(status));
  const statuses = Object.values(ERROR_TABLE).map(({ status }) => status);
  const fixed = statuses.filter((status) => typeof status === 'number');
  expect(fixed.length).toBeGreaterThan(40);
  expect(fixed.filter((status) => !named.includes(status))).toEqual([]);
});

it('is built without a clock: the date is that of the release in the changelog', () => {
  const changelog = '## [Unreleased]\n\n## [1.3.0] - 2026-05-04\n\n## [1.2.0] - 2026-01-02\n';
  expect(releaseDate(changelog, '1.2.0')).toBe('2026-01-02');
  expect(releaseDate(changelog, '1.3.0')).toBe('2026-05-04');
  expect(releaseDate(changelog, '1.4.0')).toBe('');
});

it('is what the build has written', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const date = releaseDate(readFileSync('CHANGELOG.md', 'utf8'), version);
  const built = readdirSync('dist/man').map((file) => ({ file, text: readFileSync(`dist/man/${file}`, 'utf8') }));
  const byName = (a: { file: string }, b: { file: string }) => a.file.localeCompare(b.file);
  expect(built.sort(byName)).toEqual([...(await manualPages({ version, date }))].sort(byName));
});
