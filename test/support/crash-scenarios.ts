import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ProgramHome } from './program-bench.js';

export interface Scenario {
  readonly line: readonly string[];
  /** Brings the home folder into the state before; gives the token that is stored then. */
  readonly prepare: (place: ProgramHome) => Promise<string | undefined>;
  /** Commands after which a session must be there, whatever the killed one left. */
  readonly next: readonly string[];
}

/** Commands that change the cookies file. */
export const SCENARIOS: Record<string, Scenario> = {
  'a first login': {
    line: ['auth', '-q'],
    prepare: async ({ home }) => {
      rmSync(join(home, '.opc'), { recursive: true, force: true });
      return undefined;
    },
    next: ['auth', '-q'],
  },
  'a login over an older session': {
    line: ['auth', '-q'],
    prepare: ({ storeOldSession }) => storeOldSession(),
    next: ['refresh_token', '-q'],
  },
  'a refresh': {
    line: ['refresh_token', '-q'],
    prepare: ({ storeOldSession }) => storeOldSession(),
    next: ['refresh_token', '-q'],
  },
  'a logout': {
    line: ['logout'],
    prepare: ({ storeOldSession }) => storeOldSession(),
    next: ['refresh_token', '-q', '--reauthenticate'],
  },
};
