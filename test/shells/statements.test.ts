import { describe, expect, it } from 'vitest';
import { renderAssignments } from '../../lib/shell/assignments.js';
import { requirePart } from '../support/real-part.js';
import { evaluateAll } from './evaluate.js';
import { CSH, FISH, TYPED_CSH, UNQUOTED, UNQUOTED_CSH } from './ways.js';

describe('several statements are all run when line ends become blanks', () => {
  it.each([
    ['dash', 'sh', UNQUOTED],
    ['bash', 'bash', UNQUOTED],
    ['zsh', 'zsh', { ...UNQUOTED, args: ['-f'] }],
    ['ksh', 'ksh', UNQUOTED],
    ['fish', 'fish', FISH],
    ['tcsh', 'tcsh', UNQUOTED_CSH],
    ['tcsh', 'csh', { ...CSH, evaluate: (file: string) => `source ${file}` }],
  ] as const)('%s --shell %s', async (part, syntax, way) => {
    const shell = requirePart(part);
    const first = { name: 'OPC_COOKIE', value: "it's" };
    const second = { name: 'OPC_API', value: 'https://compute.example.com/' };
    for (const pair of [
      [first, second],
      [second, first],
    ]) {
      const statements = [renderAssignments(syntax, pair)];
      expect(await evaluateAll({ ...way, shell }, ['OPC_COOKIE'], statements)).toEqual(["it's"]);
    }
  });
});

/** The tests that paste at a prompt say nothing where the prompt does not look into its history. */
describe('the history of an interactive shell is on in these tests', () => {
  it.each([
    ['bash', ['--norc', '-i'], 'export OPC_COOKIE="!!"', 'unset OPC_COOKIE'],
    ['zsh', ['-f', '-i'], 'export OPC_COOKIE="!!"', 'unset OPC_COOKIE'],
    ['tcsh', ['-f', '-i'], "setenv OPC_COOKIE '!!'", 'unsetenv OPC_COOKIE'],
  ] as const)('%s', async (part, args, careless, unset) => {
    const shell = requirePart(part);
    const setUp = [...(part === 'tcsh' ? (TYPED_CSH.setUp ?? []) : []), unset];
    const how = { shell, args, setUp, typed: true, evaluate: () => careless };
    expect(await evaluateAll(how, ['OPC_COOKIE'], [''])).toEqual([unset]);
  });
});
