import { array, assert, constantFrom, property } from 'fast-check';
import { expect, it } from 'vitest';
import { isOracleComputeError } from '../../../lib/errors.js';
import { findSection, listSections } from '../../../lib/oci/config/config-text.js';

const PIECES = [
  '[a]',
  '[ a ]',
  '[b]',
  '[ab]',
  '[a;b]',
  '[',
  ']',
  'a',
  'b=a',
  ' ',
  '\t',
  '# a',
  ';',
  '\uFEFF',
  '\u2028',
];

it('finds the section that the list of all sections has, wherever its name stands besides', () => {
  const text = array(constantFrom(...PIECES, '\n', '\n', '\r\n', '\r')).map((pieces) => pieces.join(''));
  assert(
    property(text, constantFrom('a', 'b', 'ab', 'a;b', ''), (text, name) => {
      const config = { path: 'config', text };
      const [listed, second] = listSections(config).filter((section) => section.name === name);
      const found = () => findSection(config, name);
      if (second)
        expect(found).toThrow(expect.toSatisfy((error) => isOracleComputeError(error, 'CONFIG_FILE_CORRUPT')));
      else expect(found()).toEqual(listed);
    }),
    { numRuns: 3000 },
  );
});
