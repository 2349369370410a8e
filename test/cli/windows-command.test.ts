import { describe, expect, it } from 'vitest';
import { systemProgram, windowsBrowsers, windowsCandidates, windowsCommand } from '../../cli/context/find-command.js';
import { windowsArgument } from '../../cli/schedule/entry.js';
import { isOracleComputeError } from '../../lib/errors.js';

const ENV = { Path: 'C:\\bin;"C:\\a folder";relative;;D:\\tools\\', PATHEXT: '.EXE;.Cmd', SystemRoot: 'C:\\Windows' };

/** Windows with these files. */
const has =
  (...files: string[]) =>
  (path: string) =>
    files.some((file) => file.toLowerCase() === path.toLowerCase());

function errorOf(action: () => unknown) {
  try {
    return action();
  } catch (error) {
    if (!isOracleComputeError(error)) throw error;
    return { code: error.code, instead: (error.fields as { instead?: string }).instead };
  }
}

describe('a command of Windows', () => {
  it.each([
    [
      'tool',
      [
        'C:\\bin\\tool.exe',
        'C:\\bin\\tool.cmd',
        'C:\\a folder\\tool.exe',
        'C:\\a folder\\tool.cmd',
        'D:\\tools\\tool.exe',
        'D:\\tools\\tool.cmd',
      ],
    ],
    ['.\\tool', ['.\\tool.exe', '.\\tool.cmd']],
    ['C:tool', ['C:tool.exe', 'C:tool.cmd']],
    ['sub/tool.exe', ['sub/tool.exe', 'sub/tool.exe.exe', 'sub/tool.exe.cmd']],
  ])('%s is looked for in the folders of Path, never in the current one, with the endings of PATHEXT', (command, paths) => {
    expect(windowsCandidates(command, ENV)).toEqual(paths);
  });

  it('has the usual endings if PATHEXT is not set', () => {
    expect(windowsCandidates('.\\x', {})).toEqual(['.\\x.com', '.\\x.exe', '.\\x.bat', '.\\x.cmd']);
  });

  it('is started by its path, a batch file by cmd.exe', () => {
    const files = has('C:\\bin\\tool.exe', 'C:\\a folder\\job.CMD');
    expect(windowsCommand('tool', ['a b'], ENV, files)).toEqual({ file: 'C:\\bin\\tool.exe', args: ['a b'] });
    expect(windowsCommand('job', ['1'], ENV, files)).toEqual({
      file: 'C:\\Windows\\System32\\cmd.exe',
      args: ['/e:ON /v:OFF /d /c ""C:\\a folder\\job.cmd" 1"'],
      windowsVerbatimArguments: true,
    });
  });

  it.each([
    ['missing', [], 'COMMAND_NOT_FOUND', undefined],
    ['', [], 'COMMAND_NOT_FOUND', undefined],
    ['echo', [], 'COMMAND_NOT_FOUND', 'cmd /d /c echo'],
    ['here', ['.\\here.cmd'], 'COMMAND_NOT_FOUND', '.\\here'],
    ['.\\plain', ['.\\plain'], 'COMMAND_NOT_EXECUTABLE', undefined],
    ['.\\x.ps1', ['.\\x.ps1'], 'COMMAND_NOT_EXECUTABLE', 'powershell -File .\\x.ps1'],
  ])('%j with %j is %s', (command, files, code, instead) => {
    expect(errorOf(() => windowsCommand(command, [], ENV, has(...files)))).toEqual({ code, instead });
  });

  it.each(['a\nb', 'a\rb', 'a\0b'])('%j cannot be an argument of a batch file', (word) => {
    const files = has('C:\\bin\\job.cmd');
    expect(errorOf(() => windowsCommand('job', [word], ENV, files))).toMatchObject({ code: 'COMMAND_NOT_EXECUTABLE' });
  });

  it('of Windows itself is named by its path', () => {
    expect(systemProgram('cmd.exe', ENV)).toBe('C:\\Windows\\System32\\cmd.exe');
    expect(systemProgram('cmd.exe', {})).toBe('C:\\Windows\\System32\\cmd.exe');
  });
});

/** What cmd.exe makes of `%` in a line that is typed: the rules by which it expands variables, of which only cd is set. */
function expanded(line: string): string {
  let text = '';
  for (let at = 0; at < line.length; ) {
    const [all, name, slice] = /^%([^%:]+)(:~[^%]*)?%/.exec(line.slice(at)) ?? [];
    const value = name?.toLowerCase() === 'cd' ? 'C:\\somewhere' : name === 'PATH' ? 'C:\\bin' : undefined;
    if (all !== undefined && value !== undefined) {
      text += slice === ':~,' ? '' : value;
      at += all.length;
    } else text += line[at++];
  }
  return text;
}

/** True if no `&` or `|` of a line is outside of the quotes, as cmd.exe counts them. */
const isProtected = (line: string) =>
  !/[&|<>^]/.test(
    line
      .split('"')
      .filter((_, index) => index % 2 === 0)
      .join(''),
  );

/** The words of a line by the rules of the C runtime, which programs have. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let isQuoted = false;
  for (let at = 0; at < line.length; at++) {
    const slashes = /^\\*/.exec(line.slice(at))?.[0].length ?? 0;
    if (slashes > 0 && line[at + slashes] === '"') {
      word = (word ?? '') + '\\'.repeat(Math.floor(slashes / 2));
      at += slashes;
      if (slashes % 2 === 1) {
        word += '"';
        continue;
      }
    } else if (slashes > 0) {
      word = (word ?? '') + '\\'.repeat(slashes);
      at += slashes - 1;
      continue;
    }
    const character = line[at] ?? '';
    if (character === '"' && isQuoted && line[at + 1] === '"') {
      word = `${word ?? ''}"`;
      at++;
    } else if (character === '"') {
      isQuoted = !isQuoted;
      word ??= '';
    } else if (character === ' ' && !isQuoted) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  return word === undefined ? words : [...words, word];
}

const ODD = [
  'a b',
  '',
  '%PATH%',
  '100%',
  '%',
  '"%cd%"',
  '%%PATH%%',
  '^',
  'a&b',
  'a|b<c>d',
  '"',
  'a"&calc&"',
  'end\\',
  '\\\\',
  '\\"',
  'a\\"b',
  '!x!',
  '(x)',
  'a,b;c=d',
  'ü€',
];

describe('the words of a line', () => {
  it.each(ODD)('%j reaches a batch file, and the program that this one starts, as it is', (word) => {
    const { args } = windowsCommand('job', [word, 'last'], ENV, has('C:\\bin\\job.cmd'));
    const [, inner = ''] = /^\/e:ON \/v:OFF \/d \/c "(.*)"$/.exec(args.join(' ')) ?? [];
    const line = expanded(inner);
    expect(isProtected(line)).toBe(true);
    expect(wordsOf(line)).toEqual(['C:\\bin\\job.cmd', word, 'last']);
  });

  it.each(ODD)('%j is one argument of a program', (word) => {
    expect(wordsOf(`${windowsArgument(word)} ${windowsArgument('last')}`)).toEqual([word, 'last']);
  });
});

it.each([
  ['C:\\Program Files\\Firefox\\firefox.exe', [['C:\\Program Files\\Firefox\\firefox.exe']]],
  ['"C:\\a b\\x.exe" -new-tab %s;chrome', [['C:\\a b\\x.exe', '-new-tab', '%s'], ['chrome']]],
  ['firefox --new-tab', [['firefox', '--new-tab']]],
])('BROWSER=%s names browsers of Windows', (choices, browsers) => {
  expect(windowsBrowsers(choices)).toEqual(browsers);
});
