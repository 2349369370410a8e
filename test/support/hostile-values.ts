import fc from 'fast-check';

/** The raw JSON cookie of the Oracle Cloud Machine: three texts inside each other, with their escapes. */
export const MACHINE_COOKIE = (() => {
  const claims =
    '{"customer": "mytenant", "realm": "ocm-z99", "entity_type": "user", "session_expires": 1557837000.1144071, ' +
    '"expires": 1557828000.1144512, "user": "/mytenant/administrator", "groups": ["/mytenant/admin", "/mytenant"]}';
  const signed = `{"realm": "ocm-z99", "value": ${JSON.stringify(claims)}, "signature": "8ofrh+OgvEJO22QvY/Fg=="}`;
  return `{"identity": ${JSON.stringify(signed)}}`;
})();

/** Commands that would leave a file behind if a value were ever run. */
const COMMANDS = [
  '$(touch canary)',
  '`touch canary`',
  ';touch canary;',
  '&touch canary&',
  '|touch canary',
  '>canary',
  "';touch canary;'",
  '";touch canary;"',
  "\\';touch canary;\\'",
  "'\\'';touch canary;#",
  '(touch canary)',
  '<(touch canary)',
  ')||touch canary||(',
  '\u2019;touch canary;\u2018',
];

/** Text that some shell reads as something else, each a few characters long. */
const FRAGMENTS = [
  ...['', ' ', '  ', 'a', 'Z', '0', '9', '-', '--', '-n', '-e', '_', '.', '..', '/', '/*', ':', ',', '+', '=', '=ls'],
  ...[
    "'",
    "''",
    '"',
    '""',
    '\\',
    '\\\\',
    "\\'",
    '\\"',
    '\\n',
    '\\047',
    '\\x41',
    '`',
    '^',
    '^a^b',
    '#',
    ' # ',
    '@',
    '@(',
  ],
  ...[
    '!',
    '!!',
    '!$',
    '!-1',
    '!{-1}',
    '!touch',
    '!?a?',
    '$',
    '$$',
    '$HOME',
    '$' + '{HOME}',
    "$'",
    '$"',
    '%',
    '%1',
    '%PATH%',
  ],
  ...[
    '*',
    '?',
    '[',
    ']',
    '[a-z]',
    '[!a]',
    '**',
    ' * ',
    '{',
    '}',
    '{a,b}',
    '{1..3}',
    '(',
    ')',
    '()',
    '~',
    '~root',
    ':~',
  ],
  ...[
    '<',
    '>',
    '|',
    '&',
    '&&',
    ';',
    ';;',
    'é',
    '日本',
    '\u00a0',
    '\u3000',
    '\u2018',
    '\u201b',
    '\u201c',
    '😀',
    '\ufeff',
  ],
  ...COMMANDS,
];

/** Values that some shell, read in some way, is known to get wrong when they are quoted carelessly. */
export const HOSTILE_VALUES: readonly string[] = [
  ...FRAGMENTS,
  ...FRAGMENTS.map((fragment) => `a ${fragment} b`),
  ' leading',
  'trailing ',
  'a  b   c',
  'trailing\\',
  "it's",
  'x'.repeat(4000),
  'eyJpZGVudGl0eSI6ICJ7fSJ9+/==',
  MACHINE_COOKIE,
];

/** Any text without line ends and other controls, rich in what shells react to. */
export const hostileValue: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...FRAGMENTS) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 6 }) },
    ),
    { maxLength: 8 },
  )
  .map((fragments) => fragments.join('').replace(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, ''));
