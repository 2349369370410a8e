import { describe, expect, it } from 'vitest';
import { quote, quoteWord, SHELL_SYNTAXES, type ShellSyntax } from '../../../lib/shell/syntax.js';

describe('quoteWord', () => {
  it.each(SHELL_SYNTAXES)('%s: leaves plain words alone', (syntax) => {
    for (const word of [
      '/home/jack/.opc/password',
      '/Compute-acme/jack.jones@example.com',
      'https://a.example:8443/',
    ]) {
      expect(quoteWord(syntax, word)).toBe(word);
    }
  });

  it.each(SHELL_SYNTAXES)('%s: quotes what is not plain', (syntax) => {
    for (const word of ['', 'a b', '~/x', '-x', '@x', 'a;b', '$x', 'a=b', 'C:\\x', 'é', '#x', 'a\u00a0b']) {
      expect(quoteWord(syntax, word)).toBe(quote(syntax, word));
      expect(quoteWord(syntax, word)).not.toBe(word);
    }
  });
});

describe('quote', () => {
  it.each<[ShellSyntax, string, string]>([
    ['sh', "/home/o'neil/a b", "'/home/o'\\''neil/a b'"],
    ['bash', '/home/a b', "$'/home/a\\040b'"],
    ['fish', "o'neil", "'o\\'neil'"],
    ['tcsh', 'a!b', "'a'\\!'b'"],
    ['powershell', "C:\\Users\\José\\o'neil", "'C:\\Users\\José\\o''neil'"],
    ['powershell', '\u2018\u2019\u201a\u201b', "'\u2018\u2018\u2019\u2019\u201a\u201a\u201b\u201b'"],
    ['cmd', 'C:\\Program Files\\x', '"C:\\Program Files\\x"'],
    ['cmd', 'C:\\Program Files\\', '"C:\\Program Files\\\\"'],
    ['nushell', 'C:\\a b', '"C:\\\\a b"'],
    ...SHELL_SYNTAXES.slice(SHELL_SYNTAXES.indexOf('json')).map((syntax): [ShellSyntax, string, string] => [
      syntax,
      "o'neil b",
      "'o'\\''neil b'",
    ]),
    ['zsh', '/home/a b', "$'/home/a\\040b'"],
    ['ksh', '{a,b}*', "$'\\173a,b\\175\\052'"],
    ['bash', '', "''"],
    ['bash', 'plain/A_1+=:.,@%-', "'plain/A_1+=:.,@%-'"],
    ['bash', 'a\u{10ffff}b ~', "$'a\u{10ffff}b\\040\\176'"],
    ['fish', 'a\\b', "'a\\\\b'"],
    ['csh', "~a\\'b  c d", "''\\~'a'\\\\''\\''b '\\ 'c d'"],
    ['cmd', 'a\\b', '"a\\b"'],
    ['nushell', 'a"b', '"a\\"b"'],
  ])('%s: %j', (syntax, text, expected) => {
    expect(quote(syntax, text)).toBe(expected);
  });

  it.each<[ShellSyntax, string]>([
    ...SHELL_SYNTAXES.map((syntax): [ShellSyntax, string] => [syntax, 'a\nb']),
    ['cmd', 'a"b'],
    ['cmd', '%PATH%'],
    ['cmd', 'a!b!'],
  ])('%s: refuses %j', (syntax, text) => {
    expect(() => quote(syntax, text)).toThrow(expect.objectContaining({ code: 'VALUE_NOT_QUOTABLE' }));
  });
});
