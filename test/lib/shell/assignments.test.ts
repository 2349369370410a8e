import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOracleComputeError } from '../../../lib/errors.js';
import { renderAssignments } from '../../../lib/shell/assignments.js';
import { isUnixShell, SHELL_SYNTAXES, type ShellSyntax } from '../../../lib/shell/syntax.js';
import { HOSTILE_VALUES, hostileValue, MACHINE_COOKIE } from '../../support/hostile-values.js';

function render(syntax: ShellSyntax, value: string): string {
  return renderAssignments(syntax, [{ name: 'OPC_COOKIE', value }]);
}

function refusal(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return isOracleComputeError(error) ? { code: error.code, fields: error.fields } : error;
  }
  return 'not refused';
}

const TOKEN = 'eyJpZGVudGl0eSI6ICJ7fSJ9+/==';

describe('one variable', () => {
  it.each<[ShellSyntax, string]>([
    ['sh', `export OPC_COOKIE='${TOKEN}'\n`],
    ['bash', `export OPC_COOKIE='${TOKEN}'\n`],
    ['zsh', `export OPC_COOKIE='${TOKEN}'\n`],
    ['ksh', `export OPC_COOKIE='${TOKEN}'\n`],
    ['fish', `set -gx OPC_COOKIE '${TOKEN}'\n`],
    ['csh', `setenv OPC_COOKIE '${TOKEN}'\n`],
    ['tcsh', `setenv OPC_COOKIE '${TOKEN}'\n`],
    ['powershell', `$env:OPC_COOKIE = '${TOKEN}'\n`],
    ['cmd', `set "OPC_COOKIE=${TOKEN}"\n`],
    ['nushell', `$env.OPC_COOKIE = "${TOKEN}"\n`],
    ['json', `{"OPC_COOKIE":"${TOKEN}"}\n`],
    ['dotenv', `OPC_COOKIE=${TOKEN}\n`],
    ['github', `OPC_COOKIE=${TOKEN}\n`],
    ['systemd', `OPC_COOKIE=${TOKEN}\n`],
    ['docker', `OPC_COOKIE=${TOKEN}\n`],
    ['curl', `OPC_COOKIE = "${TOKEN}"\n`],
    ['value', `${TOKEN}\n`],
  ])('%s: a token', (syntax, expected) => {
    expect(render(syntax, TOKEN)).toBe(expected);
  });

  it('sh: everything but a single quote stands as it is, the raw JSON cookie too', () => {
    expect(render('sh', MACHINE_COOKIE)).toBe(`export OPC_COOKIE='${MACHINE_COOKIE}'\n`);
    expect(render('sh', 'a  b!*$(c)')).toBe("export OPC_COOKIE='a  b!*$(c)'\n");
  });

  it.each<[ShellSyntax, string, string | undefined]>([
    ['sh', "it's", "export OPC_COOKIE='it'\\''s'"],
    ['sh', '', "export OPC_COOKIE=''"],
    ['bash', "a *9'\\", "export OPC_COOKIE=$'a\\040\\0529\\047\\134'"],
    ['bash', 'é', "export OPC_COOKIE=$'é'"],
    ['fish', "it's \\$(x)", "set -gx OPC_COOKIE 'it\\'s \\\\$(x)'"],
    ['csh', "a!'\\", "setenv OPC_COOKIE 'a'\\!''\\'''\\\\''"],
    ['csh', 'a   b', "setenv OPC_COOKIE 'a '\\ ''\\ 'b'"],
    ['powershell', "it's", "$env:OPC_COOKIE = 'it''s'"],
    ['powershell', 'a\u2019b', "$env:OPC_COOKIE = 'a'+[char]0x2019+'b'"],
    ['cmd', 'a&b|c^d', 'set "OPC_COOKIE=a&b|c^d"'],
    ['nushell', 'a"b\\n', '$env.OPC_COOKIE = "a\\"b\\\\n"'],
    ['json', 'a"b\\n', '{"OPC_COOKIE":"a\\"b\\\\n"}'],
    ['dotenv', 'a b#"$c', `OPC_COOKIE='a b#"$c'`],
    ['dotenv', "it's", 'OPC_COOKIE="it\'s"'],
    ['dotenv', '', 'OPC_COOKIE='],
    ['dotenv', 'a\\b', "OPC_COOKIE='a\\b'"],
    ['dotenv', "it's a$", undefined],
    ['dotenv', `a \${b}`, undefined],
    ['dotenv', 'a $b', "OPC_COOKIE='a $b'"],
    ['dotenv', '\'"', undefined],
    ['dotenv', "'`", undefined],
    ['dotenv', "'\\", undefined],
    ['dotenv', ' \\\\', undefined],
    ['dotenv', ' \\', undefined],
    ['github', 'a "b\' $c\\', 'OPC_COOKIE=a "b\' $c\\'],
    ['github', '', 'OPC_COOKIE='],
    ['docker', 'a "b\' $c\\', 'OPC_COOKIE=a "b\' $c\\'],
    ['systemd', 'plain/A_1+=:.,@%-', 'OPC_COOKIE=plain/A_1+=:.,@%-'],
    ['systemd', '', 'OPC_COOKIE=""'],
    ['systemd', 'a"b\\c$d`e\'f', 'OPC_COOKIE="a\\"b\\\\c\\$d\\`e\'f"'],
    ['systemd', ' a', 'OPC_COOKIE=" a"'],
    ['systemd', 'a ', 'OPC_COOKIE="a "'],
    ['curl', 'a"b\\c$', 'OPC_COOKIE = "a\\"b\\\\c$"'],
    ['curl', '', 'OPC_COOKIE = ""'],
    ['powershell', 'é\uffff', "$env:OPC_COOKIE = ''+[char]0x00e9+''+[char]0xffff+''"],
    ['powershell', '', undefined],
    ['cmd', '', undefined],
    ['cmd', 'a"b', undefined],
    ['cmd', 'a%b', undefined],
    ['cmd', 'a!b', undefined],
    ['cmd', 'é', undefined],
    ['cmd', 'a'.repeat(8191 - 'set "OPC_COOKIE="'.length), `set "OPC_COOKIE=${'a'.repeat(8174)}"`],
    ['cmd', 'a'.repeat(8192 - 'set "OPC_COOKIE="'.length), undefined],
  ])('%s: %.40j', (syntax, value, expected) => {
    if (expected === undefined)
      expect(() => render(syntax, value)).toThrow(`the syntax of ${syntax} cannot safely hold`);
    else expect(render(syntax, value)).toBe(`${expected}\n`);
  });

  it.each<[ShellSyntax, string, string]>([
    ['powershell', '', 'an empty value'],
    ['cmd', '', 'an empty value'],
    ['cmd', 'a%b"', 'the character %'],
    ['cmd', 'aé%', 'a character beyond ASCII'],
    ['cmd', 'a'.repeat(9000), 'a line of more than 8191 characters'],
    ['dotenv', `'"`, 'this mixture of quotes, backslashes and dollar signs'],
    ['sh', 'a\n', 'a control character'],
  ])('%s: says that it cannot hold %.20j, by its kind', (syntax, value, what) => {
    expect(() => render(syntax, value)).toThrow(
      expect.objectContaining({
        code: 'VALUE_NOT_QUOTABLE',
        message: `the syntax of ${syntax} cannot safely hold ${what}`,
        fields: { shell: syntax },
      }),
    );
  });
});

describe('several variables', () => {
  const pair = [
    { name: 'A', value: '1' },
    { name: 'B', value: '2' },
  ];
  it.each<[ShellSyntax, string]>([
    ['sh', "export A='1';\nexport B='2';\n"],
    ['fish', "set -gx A '1';\nset -gx B '2';\n"],
    ['csh', "setenv A '1';\nsetenv B '2';\n"],
    ['powershell', "$env:A = '1';\n$env:B = '2';\n"],
    ['cmd', 'set "A=1"\nset "B=2"\n'],
    ['nushell', '$env.A = "1";\n$env.B = "2";\n'],
    ['json', '{"A":"1","B":"2"}\n'],
    ['dotenv', 'A=1\nB=2\n'],
    ['github', 'A=1\nB=2\n'],
    ['systemd', 'A=1\nB=2\n'],
    ['docker', 'A=1\nB=2\n'],
    ['curl', 'A = "1"\nB = "2"\n'],
    ['value', '1\n2\n'],
  ])('%s', (syntax, expected) => {
    expect(renderAssignments(syntax, pair)).toBe(expected);
  });

  it.each(SHELL_SYNTAXES)('%s: none', (syntax) => {
    expect(renderAssignments(syntax, [])).toBe(syntax === 'json' ? '{}\n' : '');
  });
});

describe.each(SHELL_SYNTAXES)('%s', (syntax) => {
  it.each([
    ...['\n', '\r', '\t', '\0', '\x07', '\x1b[2J', '\x1f', '\x7f', '\u0085', '\u009b', '\u2028', '\u2029'],
    ...['\ud800', '\udc00x', 'x\ud83d'],
  ])('refuses %j', (character) => {
    for (const value of [character, `a${character}b`]) {
      expect(refusal(() => render(syntax, value))).toEqual({ code: 'VALUE_NOT_QUOTABLE', fields: { shell: syntax } });
    }
  });

  it('names no part of a value that it refuses', () => {
    const secret = 'canary-of-a-secret';
    try {
      render(syntax, `${secret}\n%"'\\\\`);
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain(secret);
      expect(JSON.stringify(error)).not.toContain(secret);
    }
  });

  it.each(['', '1A', 'A-B', 'A B', 'A=B', 'A;touch canary', 'Ä', 'A\n'])('takes %j for no name', (name) => {
    expect(refusal(() => renderAssignments(syntax, [{ name, value: 'x' }]))).toEqual({ code: 'INTERNAL', fields: {} });
  });

  it('is one line for each variable, without runs of blanks or comments of our own', () => {
    expect(renderAssignments(syntax, [{ name: 'A', value: 'x' }])).toMatch(/^[^\n#]*\n$/);
    expect(renderAssignments(syntax, [{ name: 'A', value: 'x' }])).not.toContain('  ');
  });
});

it('json gives any value back, under any name', () => {
  fc.assert(
    fc.property(hostileValue, (value) => {
      const text = renderAssignments('json', [{ name: '__proto__', value }]);
      expect(Object.entries(JSON.parse(text))).toEqual([['__proto__', value]]);
    }),
  );
});

it('value is the value', () => {
  for (const value of HOSTILE_VALUES) expect(render('value', value)).toBe(`${value}\n`);
});

it('knows the shells that have eval and false', () => {
  expect(SHELL_SYNTAXES.filter(isUnixShell)).toEqual(['sh', 'bash', 'zsh', 'ksh', 'fish', 'csh', 'tcsh']);
});
