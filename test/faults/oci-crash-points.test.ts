import { it } from 'vitest';
import { SCENARIOS, troubleInScenario } from '../support/oci-crash-scenarios.js';

// The other pairs, and the built program, killed by strace at each call: test/soak/oci-crash-points.test.ts.

it.each([
  ['an import over a session', 'dies'],
  ['a termination', 'dies'],
  ['a refresh', 'finds no space'],
  ['an import', 'finds no space'],
] as const)('%s that %s at any call that changes its files leaves whole sessions, and the next run succeeds', (name, trouble) =>
  troubleInScenario(trouble, SCENARIOS[name]));
