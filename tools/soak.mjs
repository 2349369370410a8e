// Runs a tenth of the soak tests, another one each time, or all of them with SOAK=full: node tools/soak.mjs REPORT
//
// SOAK_SEED=… chooses the same ones again. The report is JSON of Vitest; it has what was chosen, and nothing else.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { sampleOf } from './testing/sample.mjs';
import { readReport } from './testing/test-report.mjs';

const CONFIG = ['--config', 'vitest.soak.config.ts'];

// A thousand runs take six minutes.
if (process.env.SOAK !== 'full') process.env.LOAD_RUNS ||= '300';

function vitest(words, stdio) {
  return spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', ...words, ...CONFIG], {
    stdio,
    encoding: 'utf8',
  });
}

/** As Vitest's filter reads a name: a regular expression. */
const escaped = (text) => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');

const [, , report] = process.argv;
const isFull = process.env.SOAK === 'full';
const seed = Number(process.env.SOAK_SEED || Math.floor(Math.random() * 2 ** 31));
const { stdout } = vitest(['list', '--json'], ['ignore', 'pipe', 'inherit']);
// Vitest lists the files in another order on another machine.
const all = JSON.parse(stdout)
  .map(({ name, file }) => ({ name: name.replaceAll(' > ', ' '), file }))
  .sort((one, other) => (`${one.file} ${one.name}` < `${other.file} ${other.name}` ? -1 : 1));
const chosen = isFull ? all : sampleOf(all, seed);
console.log(`Soak: ${chosen.length} of ${all.length} tests${isFull ? '' : `, SOAK_SEED=${seed}`}`);
for (const { name, file } of chosen) console.log(`  ${file.replace(`${process.cwd()}/`, '')}: ${name}`);

const files = [...new Set(chosen.map(({ file }) => file))];
const names = isFull ? [] : ['-t', `^(?:${chosen.map(({ name }) => escaped(name)).join('|')})$`];
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
const { status } = vitest(['run', ...files, ...names, ...reporters], ['ignore', 'inherit', 'inherit']);

const results = readReport(report);
if (results !== undefined && !isFull) {
  const wanted = new Set(chosen.map(({ name, file }) => `${file} ${name}`));
  for (const file of results.testResults) {
    const isChosen = ({ fullName }) => wanted.has(`${file.name} ${fullName}`);
    file.assertionResults = file.assertionResults.filter((test) => isChosen(test) || test.status === 'failed');
  }
  writeFileSync(report, JSON.stringify(results));
}
process.exitCode = status ?? 1;
