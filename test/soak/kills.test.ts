import { it } from 'vitest';
import { playRounds } from '../support/killed-rounds.js';

it('100 rounds of SIGKILL leave the old or the new session, and no lock', () => playRounds(100));
