/**
 * `npm run bench`: what the commands cost, on local services over TLS (docs/decisions/bench.md). Ends with status 1
 * where something costs more than it may.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { holds, renderVerdict } from './bounds.js';
import { measureCommands } from './commands.js';
import { measureFleet } from './fleet.js';
import { measureGrowth } from './growth.js';
import { measureObjects } from './objects.js';
import { measureParallel } from './parallel.js';
import { withSetup } from './setup.js';
import { renderSvgChart } from './svg-chart.js';
import { renderTextChart } from './text-chart.js';

const objectsGraph = { title: 'Time to get N objects', x: 'N: objects', y: 'milliseconds' };

const graph = {
  title: 'Time of a command by number of stored sessions',
  x: 'N: stored sessions, profiles, or cookies in one file',
  y: 'milliseconds',
};

const print = (text: string) => {
  process.stdout.write(text);
};

async function main(): Promise<void> {
  const { status, stdout: version } = spawnSync('hyperfine', ['--version'], { encoding: 'utf8' });
  if (status !== 0) {
    process.stderr.write('hyperfine is missing; to get it: apt-get install hyperfine\n');
    process.exitCode = 1;
    return;
  }
  const load = () =>
    loadavg()
      .map((average) => average.toFixed(1))
      .join(' ');
  print(`Node ${process.version}, ${version.trim()}, ${cpus().length} processors, load average ${load()}\n`);
  await withSetup(async (setup) => {
    const commands = await measureCommands(setup, print);
    const growth = await measureGrowth(setup);
    print(renderTextChart(growth.series, graph));
    const objects = await measureObjects(setup, print);
    print(renderTextChart(objects.series, objectsGraph));
    if (process.argv.includes('--svg')) {
      writeFileSync('docs/bench.svg', renderSvgChart(growth.series, graph));
      writeFileSync('docs/bench-objects.svg', renderSvgChart(objects.series, objectsGraph));
    }
    const parallel = await measureParallel(setup, print);
    const fleet = await measureFleet(setup, print);
    const bounds = [...commands, ...growth.bounds, ...objects.bounds, ...parallel, ...fleet];
    print(`\nload average in the end ${load()}\n${renderVerdict(bounds)}`);
    if (!bounds.every(holds)) process.exitCode = 1;
  });
}

await main();
