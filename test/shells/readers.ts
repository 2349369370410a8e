/**
 * Readers of the three shells that a test machine does not have, as far as our statements use their grammar. Each
 * gives back what the variable would hold, and throws where the shell would do anything else than set it.
 */

/** about_Quoting_Rules: any single quote opens and closes, two in a row are the first of them. */
const POWERSHELL_QUOTE = /['\u2018-\u201b]/;

/** `$env:NAME = TERM+TERM…`, each a single-quoted string or `[char]0x….` */
export function readPowerShell(statement: string, name: string): string {
  const start = `$env:${name} = `;
  if (!statement.startsWith(start)) throw new Error('not an assignment');
  let rest = statement.slice(start.length);
  let value = '';
  for (;;) {
    const term = readPowerShellTerm(rest);
    value += term.value;
    if (term.rest === '') return value;
    if (!term.rest.startsWith('+')) throw new Error(`runs ${term.rest}`);
    rest = term.rest.slice(1);
  }
}

function readPowerShellTerm(text: string): { value: string; rest: string } {
  const character = /^\[char\]0x([0-9a-f]{4})/.exec(text);
  if (character?.[1])
    return { value: String.fromCharCode(Number.parseInt(character[1], 16)), rest: text.slice(character[0].length) };
  if (!POWERSHELL_QUOTE.test(text.charAt(0))) throw new Error(`runs ${text}`);
  let value = '';
  for (let at = 1; at < text.length; at += 1) {
    const unit = text.charAt(at);
    if (POWERSHELL_QUOTE.test(unit)) {
      if (!POWERSHELL_QUOTE.test(text.charAt(at + 1))) return { value, rest: text.slice(at + 1) };
      at += 1;
    }
    value += unit;
  }
  throw new Error('a string without an end');
}

/** A line of a batch file: variables first, then quotes, where `&|<>` outside of them run something. */
export function readBatchLine(line: string, name: string): string {
  const expanded = line.replace(/%%|%[^%]*%|%/g, (found) => (found === '%%' ? '%' : ''));
  let quoted = false;
  for (const character of expanded) {
    if (character === '"') quoted = !quoted;
    else if (!quoted && '&|<>()^\n'.includes(character)) throw new Error(`runs what follows ${character}`);
  }
  return readSet(expanded, name);
}

/** The command of a `for /f … do @%i`: nothing is expanded or split any more. */
export function readForCommand(line: string, name: string): string {
  return readSet(line, name);
}

/** With delayed expansion, `!name!` is a variable, and where there is a `!` carets are taken away. */
export function readDelayedExpansion(line: string, name: string): string {
  return readSet(line.includes('!') ? line.replace(/!([^!]*!)?|\^/g, '') : line, name);
}

/** `set "NAME=value"`: the value ends before the last quote of the line. */
function readSet(line: string, name: string): string {
  const start = `set "${name}=`;
  if (!line.startsWith(start) || line.length > 8191) throw new Error('not an assignment');
  return line.slice(start.length, line.lastIndexOf('"'));
}

const NUSHELL_ESCAPES = new Map(
  Object.entries({ '"': '"', "'": "'", '\\': '\\', '/': '/', b: '\b', f: '\f', r: '\r', n: '\n', t: '\t' }),
);

/** The Nushell Book: a backslash in a double-quoted string starts an escape, an unknown one is an error. */
export function readNushell(statement: string, name: string): string {
  const string = /^"((?:[^"\\]|\\.)*)"$/u.exec(statement.replace(`$env.${name} = `, ''));
  if (string?.[1] === undefined) throw new Error('not an assignment');
  return string[1].replace(/\\(.)/gu, (_all, escaped: string) => {
    const character = NUSHELL_ESCAPES.get(escaped);
    if (character === undefined) throw new Error(`unknown escape \\${escaped}`);
    return character;
  });
}

/** python-dotenv: `\'` and `\\` are escapes between single quotes, and `${…}` is expanded whatever the quotes. */
export function readPythonDotenv(line: string): string {
  const value = line.slice(line.indexOf('=') + 1);
  const single = /^'((?:\\'|[^'])*)'$/.exec(value)?.[1];
  const double = /^"((?:\\"|[^"])*)"$/.exec(value)?.[1];
  const text = single?.replace(/\\([\\'])/g, '$1') ?? double?.replace(/\\([\\'"abfnrtv])/g, '?') ?? value.trim();
  return text.replace(/\$\{[^}]*\}/g, '');
}

/** Docker's --env-file: the rest of the line as it stands, quotes and all. */
export function readDockerEnvFile(line: string): string {
  return line.slice(line.indexOf('=') + 1);
}
