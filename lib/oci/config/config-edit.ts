import { OracleComputeError } from '../../errors.js';
import { type ConfigEntry, type ConfigText, findSection, readEntries } from './config-text.js';

/** New values by key, in the order in which missing ones are added; undefined takes the key out. */
export type ConfigChanges = readonly (readonly [key: string, value: string | undefined])[];

/**
 * Sets values in one section and gives the new text. What is not asked for stays byte for byte: comments, order,
 * spacing, line breaks, unknown keys and all other sections. A section that is missing is appended as Oracle's CLI
 * does it: after two empty lines, `key=value` without spaces.
 *
 * @throws OracleComputeError CONFIG_FILE_CORRUPT, CONFIG_VALUE_UNSAFE
 */
export function setSection(config: ConfigText, name: string, changes: ConfigChanges): string {
  const section = findSection(config, name);
  if (!section) return appendSection(config.text, name, changes);
  const entries = readEntries(config, section);
  const byKey = new Map(entries.map((entry) => [entry.key, entry]));
  const added = changes.filter(([key, value]) => value !== undefined && !byKey.has(key));
  const lineBreak = lineBreakOf(config.text);
  const insertAt = entries.at(-1)?.lineEnd ?? section.bodyStart;
  const missingBreak = config.text.slice(0, insertAt).endsWith('\n') ? '' : lineBreak;
  let text = config.text;
  if (added.length > 0) text = splice(text, insertAt, insertAt, missingBreak + entryLines(added, lineBreak));
  // From the end to the beginning, so that earlier offsets stay true.
  for (const entry of entries.toReversed()) text = changeEntry(text, entry, changes);
  return text;
}

/**
 * Takes a section out: its header, its entries and what stands between them, and the two empty lines before it that
 * appending puts there. Comments and blank lines after its last entry stay.
 *
 * @throws OracleComputeError CONFIG_FILE_CORRUPT
 */
export function removeSection(config: ConfigText, name: string): string {
  const section = findSection(config, name);
  if (!section) return config.text;
  const end = readEntries(config, section).at(-1)?.lineEnd ?? section.bodyStart;
  const emptyLines = /(?:^|(?<=\n))\r?\n\r?\n$/.exec(config.text.slice(0, section.start));
  return splice(config.text, emptyLines?.index ?? section.start, end, '');
}

/** Writes a section alone, with the spaces around `=` that Oracle's archives have. */
export function sectionForArchive(name: string, values: ConfigChanges): string {
  const lines = values.flatMap(([key, value]) => (value === undefined ? [] : [`${key} = ${checkValue(key, value)}`]));
  return `[${name}]\n${lines.join('\n')}\n\n`;
}

/** Why some of Oracle's readers would read `value` differently than written; undefined if all agree. */
export function unsafeValue(value: string): string | undefined {
  if (value === '') return 'it is empty';
  if (value !== value.trim()) return 'it begins or ends with a blank';
  if (/\p{Cc}/u.test(value)) return 'it has a control character';
  if (value.includes('=')) return 'it has an equals sign, at which some SDKs cut it';
  if (value.includes('%')) return 'it has a percent sign, at which Oracle’s CLI stops';
  return undefined;
}

/** The path will stand in the config file, which not every client reads in the same way. */
export function refuseUnsafePath(path: string): void {
  const reason = unsafeValue(path);
  if (reason === undefined) return;
  const message = `a session cannot be kept in ${JSON.stringify(path)}: ${reason}`;
  throw new OracleComputeError('CONFIG_VALUE_UNSAFE', message, { key: 'security_token_file', reason });
}

function appendSection(text: string, name: string, values: ConfigChanges): string {
  const lineBreak = lineBreakOf(text);
  const section = `[${name}]${lineBreak}${entryLines(values, lineBreak)}`;
  if (text === '') return section;
  return `${text}${text.endsWith('\n') ? '' : lineBreak}${lineBreak}${lineBreak}${section}`;
}

function entryLines(values: ConfigChanges, lineBreak: string): string {
  return values
    .filter(([, value]) => value !== undefined)
    .map(([key, value = '']) => `${key}=${checkValue(key, value)}${lineBreak}`)
    .join('');
}

function changeEntry(text: string, entry: ConfigEntry, changes: ConfigChanges): string {
  const change = changes.find(([key]) => key === entry.key);
  if (!change) return text;
  const [key, value] = change;
  if (value === undefined) return splice(text, entry.lineStart, entry.lineEnd, '');
  if (value === entry.value) return text;
  return splice(text, entry.valueStart, entry.valueEnd, checkValue(key, value));
}

function checkValue(key: string, value: string): string {
  const reason = unsafeValue(value);
  if (reason === undefined) return value;
  throw new OracleComputeError('CONFIG_VALUE_UNSAFE', `the value of ${key} cannot be written: ${reason}`, {
    key,
    reason,
  });
}

function lineBreakOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n';
}

function splice(text: string, start: number, end: number, insertion: string): string {
  return text.slice(0, start) + insertion + text.slice(end);
}
