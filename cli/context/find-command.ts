import { win32 } from 'node:path';
import { OracleComputeError } from '../../lib/errors.js';

type Env = Readonly<Record<string, string | undefined>>;

/** How a command is started: the arguments of Node's `spawn`. */
export interface StartableCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** The arguments are the whole command line, unchanged. */
  readonly windowsVerbatimArguments?: true;
  readonly env?: Env;
}

const DEFAULT_PATHEXT = '.COM;.EXE;.BAT;.CMD';

/** Commands of cmd.exe that are no programs. */
const BUILTINS =
  /^(?:assoc|break|call|cd|chdir|cls|color|copy|date|del|dir|echo|endlocal|erase|for|ftype|goto|if|md|mkdir|mklink|move|path|pause|popd|prompt|pushd|rd|rem|ren|rename|rmdir|set|setlocal|shift|start|time|title|type|ver|verify|vol)$/i;

/** A variable of Windows. Its names have no case, and a copy of the environment has them as they were set. */
function valueIn(env: Env, name: string): string {
  return Object.entries(env).find(([given]) => given.toUpperCase() === name)?.[1] ?? '';
}

/**
 * The paths at which Windows may have a command, in its order: in the folders of `PATH`, with the endings of `PATHEXT`.
 * Not in the current folder, as in PowerShell: what another user put there would be run instead of the program.
 */
export function windowsCandidates(command: string, env: Env): string[] {
  const endings = (valueIn(env, 'PATHEXT') || DEFAULT_PATHEXT).split(';').filter((ending) => ending.startsWith('.'));
  const { ext } = win32.parse(command);
  // A file without an ending is no program, such as the script for Unix that npm puts beside `oci.cmd`.
  const names = [...(ext === '' ? [] : [command]), ...endings.map((ending) => command + ending.toLowerCase())];
  if (/[\\/]|^[a-z]:/i.test(command)) return names;
  const folders = valueIn(env, 'PATH')
    .split(';')
    .map((folder) => folder.replaceAll('"', ''));
  return folders.filter(win32.isAbsolute).flatMap((folder) => names.map((name) => win32.join(folder, name)));
}

/**
 * How Windows starts a command: programs by themselves, batch files by cmd.exe.
 *
 * @param exists true for the path of a file
 * @throws OracleComputeError COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE
 */
export function windowsCommand(
  command: string,
  args: readonly string[],
  env: Env,
  exists: (path: string) => boolean,
): StartableCommand {
  const file = windowsCandidates(command, env).find(exists);
  if (file === undefined) throw notFound(command, env, exists);
  const ending = win32.extname(file).toLowerCase();
  if (ending === '.exe' || ending === '.com') return { file, args };
  if (ending === '.bat' || ending === '.cmd') return batchCommand(file, args, env);
  const message = `${file} is not a program that Windows can start`;
  const instead = ending === '.ps1' ? `powershell -File ${command}` : undefined;
  throw new OracleComputeError('COMMAND_NOT_EXECUTABLE', message, { command, instead });
}

function notFound(command: string, env: Env, exists: (path: string) => boolean): OracleComputeError {
  if (exists(command)) {
    return new OracleComputeError('COMMAND_NOT_EXECUTABLE', `${command} cannot be started`, { command });
  }
  const isHere = windowsCandidates(`.\\${command}`, env).some(exists);
  const here = isHere ? `.\\${command}` : undefined;
  const instead = BUILTINS.test(command) ? `cmd /d /c ${command}` : here;
  const what = instead === undefined || here ? '' : ', it is a part of cmd';
  const message = `command not found: ${command || "''"}${what}`;
  return new OracleComputeError('COMMAND_NOT_FOUND', message, { command, instead });
}

/** Characters that neither cmd nor a batch file reads in its own way, even without quotes. */
const PLAIN = /^[\w#$*+./:?@\\-]*[\w#$*+./:?@-]$/;

/**
 * A batch file with its arguments, as the command line of cmd.exe. cmd reads the line twice, once here and once where
 * the file says `%*`, so that quotes must be balanced at both (CVE-2024-24576): a quote in an argument is doubled,
 * which the C runtime reads as one. `%` would start a variable even in quotes, and has no escape: behind it comes
 * `%cd:~,%`, which is empty, so that the text up to the next `%` is no name.
 *
 * @throws OracleComputeError COMMAND_NOT_EXECUTABLE for an argument that no command line can hold
 */
function batchCommand(path: string, args: readonly string[], env: Env): StartableCommand {
  if ([path, ...args].some((word) => /[\0\r\n]/.test(word))) {
    const message = `${path} cannot get an argument with a line break: it is a batch file`;
    throw new OracleComputeError('COMMAND_NOT_EXECUTABLE', message, { command: path });
  }
  const words = [quoteForBatch(path, true), ...args.map((word) => quoteForBatch(word, !PLAIN.test(word)))];
  const line = `/e:ON /v:OFF /d /c "${words.join(' ')}"`;
  return { file: systemProgram('cmd.exe', env), args: [line], windowsVerbatimArguments: true };
}

function quoteForBatch(word: string, isQuoted: boolean): string {
  // Backslashes are doubled before a quote only: the C runtime reads them as they are elsewhere.
  const text = word.replace(/(\\*)"/g, '$1$1""').replaceAll('%', '%%cd:~,%');
  return isQuoted ? `"${text.replace(/\\+$/, '$&$&')}"` : text;
}

/** A program of Windows itself, by its path: one of the same name may be on `PATH`, or in the current folder. */
export function systemProgram(name: string, env: Env): string {
  return win32.join(valueIn(env, 'SYSTEMROOT') || 'C:\\Windows', 'System32', name);
}

/**
 * The browsers of `BROWSER` on Windows, separated by semicolons: words with blanks in double quotes, or the path of a
 * program unchanged.
 */
export function windowsBrowsers(choices: string): string[][] {
  return choices.split(';').map((choice) => {
    const text = choice.trim();
    if (/^[^"%]+\.(?:exe|cmd|bat)$/i.test(text)) return [text];
    return [...text.matchAll(/"([^"]*)"|[^\s"]+/g)].map(([word, quoted]) => quoted ?? word);
  });
}
