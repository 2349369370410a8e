import { describe, it } from 'vitest';
import { requirePart } from '../support/real-part.js';
import { CSH, describeShells, expectBack, FISH, TYPED_CSH, UNQUOTED_CSH } from './ways.js';

describeShells([
  [
    'fish',
    'fish',
    [
      FISH,
      { ...FISH, title: '… | source', evaluate: (file) => `cat ${file} | source` },
      { ...FISH, title: 'written in a script', evaluate: (_file, text) => text },
      {
        ...FISH,
        title: 'eval (…) in the C locale',
        evaluate: (file) => `eval (string collect < ${file})`,
        locale: 'C',
      },
    ],
  ],
  [
    'tcsh',
    'tcsh',
    [
      CSH,
      TYPED_CSH,
      { ...CSH, title: 'source file', evaluate: (file) => `source ${file}` },
      { ...CSH, title: 'with backslash_quote', setUp: ['set backslash_quote'] },
      { ...TYPED_CSH, title: 'pasted at the prompt', evaluate: (_file, text) => text },
      { ...CSH, title: 'eval "`…`" in the C locale', locale: 'C' },
    ],
  ],
  ['tcsh', 'csh', [CSH]],
]);

describe('tcsh without double quotes around `…`', () => {
  it('gives back all but braces, which it expands before eval sees them', async () => {
    const values = ['eyJpZGVudGl0eSI6ICJ7fSJ9+/==', 'a  b   c!d', "it's", ' * ? [a-z] ~ ', '\\ `touch canary` $HOME'];
    await expectBack(requirePart('tcsh'), 'tcsh', UNQUOTED_CSH, values);
  });
});
