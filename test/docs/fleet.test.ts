import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { COMMANDS } from '../../cli/commands/index.js';
import { STORE_VARIABLES } from '../../cli/options/store/settings.js';
import { SUFFICIENT_ACL } from '../../fixtures/redis/server.js';

const page = readFileSync('docs/fleet.md', 'utf8');

it('docs/fleet.md prints the ACL that the tests run with', () => {
  expect(page).toContain(`user opc on >the-password ${SUFFICIENT_ACL}\n`);
});

it('docs/fleet.md names the variables and commands that there are', () => {
  for (const variable of STORE_VARIABLES) expect(page).toContain(variable);
  const named = [...page.matchAll(/oracle-compute (store \w+|refresh_token|exec|schedule)/g)].map((match) => match[1]);
  const known = COMMANDS.map(({ path }) => path.join(' '));
  expect(named.length).toBeGreaterThan(5);
  for (const command of named) expect(known).toContain(command);
});
