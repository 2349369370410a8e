import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FLOORS, LINES, selectionOf } from '../../tools/testing/node-lines.mjs';

it('tests the oldest versions that package.json allows', () => {
  const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
  expect(engines.node).toBe(`^${FLOORS[0]} || ^${FLOORS[1]} || >=23`);
  for (const floor of FLOORS) expect(LINES).toContain(floor.split('.')[0]);
});

it('knows the tests that it chooses and leaves out', () => {
  for (const word of [...FLOORS, '26'].flatMap(selectionOf)) {
    const place = word.replace('--exclude=', '').replace(/\/[^/]*\*.*$/, '');
    expect(existsSync(place), place).toBe(true);
  }
});

it('is part of what runs on every change, and before anything is published', () => {
  expect(readFileSync('.ci/run', 'utf8')).toContain('\nstep node tools/test-node-lines.mjs\n');
  for (const workflow of ['publish', 'ci']) {
    expect(readFileSync(`.github/workflows/${workflow}.yml`, 'utf8')).toContain('- run: bash .ci/run\n');
  }
});
