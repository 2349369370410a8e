import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join, parse } from 'node:path';
import { expect, it } from 'vitest';
import { PROGRAM, runProgram } from '../support/program.js';
import { type ProgramBench, programBench } from '../support/program-bench.js';
import { requirePart } from '../support/real-part.js';
import { writeFileWithMode } from '../support/temporary-home.js';

/** Compiled by test/package/library, run by pipelines.test, and written by the build. */
const TESTED_ELSEWHERE = ['library', 'pipelines', 'errors'];
const PAGES = [
  'README',
  ...readdirSync('docs')
    .map((name) => parse(name))
    .filter(({ name, ext }) => ext === '.md' && !TESTED_ELSEWHERE.includes(name))
    .map(({ name }) => `docs/${name}`),
];

interface Snippet {
  readonly marker: string | undefined;
  readonly text: string;
}

function snippetsIn(page: string): Snippet[] {
  const fences = readFileSync(`${page}.md`, 'utf8').matchAll(/(?:<!-- ([^\n]*) -->\n)?^```\w*\n(.*?)^```$/gms);
  return [...fences].map(([, marker, text = '']) => ({ marker, text }));
}

it('README.md is read in one go', () => {
  expect(readFileSync('README.md', 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(150);
});

it.each(PAGES)('each snippet of %s.md is run here, or says why not', (page) => {
  for (const { marker, text } of snippetsIn(page)) expect(marker, text).toMatch(/^(?:run: \w+|not run: .{10,})$/);
});

const run = (language: string) =>
  snippetsIn('README').flatMap(({ marker, text }) => (marker === `run: ${language}` ? [text] : []));

/** The lines as a newcomer types them, for the service of the test in place of the one of the e-mail. */
async function typed(bench: ProgramBench, shell: 'bash' | 'fish', text: string) {
  const folder = join(bench.home, 'bin');
  mkdirSync(folder, { recursive: true });
  symlinkSync(PROGRAM, join(folder, 'oracle-compute'));
  // The prompt for the password needs a terminal; test/terminal shows it.
  const { OPC_API: _, OPC_USER: __, ...env } = bench.env;
  const own = text.replaceAll('https://api-z99.compute.example.com', bench.service.url);
  return runProgram(['-c', own], { env: { ...env, PATH: `${folder}:${process.env.PATH}` } }, [requirePart(shell)]);
}

it('the first commands of README.md list the instances, and give the token to another program', async () => {
  const bench = await programBench();
  const blocks = run('bash');
  expect(blocks).toHaveLength(2);
  const { status, stdout, stderr } = await typed(
    bench,
    'bash',
    `set -e\n${blocks.join('')}echo "cookie $OPC_COOKIE"\n`,
  );
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(/^NAME .*\n\/Compute-acme\/jack\.jones@example\.com\/web-1\//m);
  expect(stdout).toContain('{"result": [{');
  expect(stdout).toMatch(/cookie \S{20,}\n$/);
});

it('they do so in fish', async () => {
  const bench = await programBench();
  const [first = ''] = run('bash');
  const lines = `${first}${run('fish').join('')}string length $OPC_COOKIE\n`;
  const { status, stdout, stderr } = await typed(bench, 'fish', lines);
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/web-1.*\n\d{2,}\n$/s);
});

it('the profile of README.md is one', async () => {
  const bench = await programBench();
  const [profile = ''] = run('json');
  writeFileWithMode(join(bench.home, '.opc', 'profiles', 'default'), profile);
  const { stdout } = await bench.run(['config', 'show', '-f', 'json'], { env: { HOME: bench.home } });
  expect(JSON.parse(stdout)).toMatchObject({
    endpoint: 'https://api-z99.compute.example.com',
    user: '/Compute-acme/jack.jones@example.com',
  });
});
