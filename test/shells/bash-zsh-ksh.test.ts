import { describeShells, PASTED, QUOTED_BUILTIN, UNQUOTED, UNQUOTED_BUILTIN } from './ways.js';

describeShells([
  [
    'bash',
    'bash',
    [
      QUOTED_BUILTIN,
      UNQUOTED,
      { ...UNQUOTED_BUILTIN, title: 'eval $(…) with failglob, extglob', args: ['-O', 'failglob', '-O', 'extglob'] },
      { ...UNQUOTED_BUILTIN, title: 'eval $(…), nullglob, C locale', args: ['-O', 'nullglob'], locale: 'C' },
      { ...PASTED, args: ['--norc', '-i'] },
    ],
  ],
  [
    'zsh',
    'zsh',
    [
      { ...QUOTED_BUILTIN, args: ['-f'] },
      { ...UNQUOTED_BUILTIN, args: ['-f'] },
      { ...UNQUOTED_BUILTIN, title: 'eval $(…) with GLOB_SUBST', args: ['-f', '-o', 'globsubst'] },
      { ...PASTED, args: ['-f', '-i'] },
    ],
  ],
  [
    'ksh',
    'ksh',
    [QUOTED_BUILTIN, UNQUOTED_BUILTIN, { ...UNQUOTED_BUILTIN, title: 'eval $(…) in the C locale', locale: 'C' }],
  ],
]);
