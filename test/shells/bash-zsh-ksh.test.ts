import { describeShells, PASTED, QUOTED, UNQUOTED } from './ways.js';

describeShells([
  [
    'bash',
    'bash',
    [
      QUOTED,
      UNQUOTED,
      { ...UNQUOTED, title: 'eval $(…) with failglob, extglob', args: ['-O', 'failglob', '-O', 'extglob'] },
      { ...UNQUOTED, title: 'eval $(…), nullglob, C locale', args: ['-O', 'nullglob'], locale: 'C' },
      { ...PASTED, args: ['--norc', '-i'] },
    ],
  ],
  [
    'zsh',
    'zsh',
    [
      { ...QUOTED, args: ['-f'] },
      { ...UNQUOTED, args: ['-f'] },
      { ...UNQUOTED, title: 'eval $(…) with GLOB_SUBST', args: ['-f', '-o', 'globsubst'] },
      { ...PASTED, args: ['-f', '-i'] },
    ],
  ],
  ['ksh', 'ksh', [QUOTED, UNQUOTED, { ...UNQUOTED, title: 'eval $(…) in the C locale', locale: 'C' }]],
]);
