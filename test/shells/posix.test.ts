import { describe, it } from 'vitest';
import type { RealPart } from '../../tools/testing/real-parts.mjs';
import { MACHINE_COOKIE } from '../support/hostile-values.js';
import { requirePart } from '../support/real-part.js';
import { describeShells, expectBack, PASTED, QUOTED, QUOTED_BUILTIN, UNQUOTED, type Way } from './ways.js';

const inC = (way: Way): Way => ({ ...way, title: 'eval "$(…)" in the C locale', locale: 'C' });

describeShells([
  ['dash', 'sh', [QUOTED, inC(QUOTED)]],
  ['bash', 'sh', [QUOTED_BUILTIN, inC(QUOTED_BUILTIN), { ...PASTED, args: ['--norc', '-i'] }]],
  [
    'zsh',
    'sh',
    [
      { ...QUOTED_BUILTIN, args: ['-f'] },
      { ...QUOTED_BUILTIN, title: 'with RC_QUOTES', args: ['-f', '-o', 'rcquotes'] },
    ],
  ],
  ['ksh', 'sh', [QUOTED_BUILTIN, inC(QUOTED_BUILTIN)]],
]);

describe('without double quotes around $(…), where the shell splits the line before eval sees it', () => {
  it.each<[RealPart, readonly string[]]>([
    ['dash', []],
    ['bash', []],
    ['zsh', ['-f']],
    ['ksh', []],
  ])('%s gives back what cookies look like', async (part, args) => {
    const values = ['eyJpZGVudGl0eSI6ICJ7fSJ9+/==', MACHINE_COOKIE, "it's $(touch canary) `touch canary`;&|"];
    await expectBack(requirePart(part), 'sh', { ...UNQUOTED, args }, values);
  });
});
