import { OracleComputeError } from '../../errors.js';

/**
 * The text of `~/.oci/config`: an INI file that people edit by hand and that four SDKs read, each a little differently.
 * Pure functions. `path` is there for errors only.
 */
export interface ConfigText {
  readonly path: string;
  readonly text: string;
}

/** A section's header and the lines up to the next header or the end, as offsets in the text. */
export interface SectionSpan {
  readonly name: string;
  readonly start: number;
  readonly bodyStart: number;
  readonly end: number;
}

export interface ConfigEntry {
  /** Folded to lower case, as Oracle's CLI does. */
  readonly key: string;
  readonly value: string;
  /** The span of the value in the text; the text around it belongs to its author. */
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly lineStart: number;
  /** After the line break of the entry's last line. */
  readonly lineEnd: number;
}

interface ConfigLine {
  readonly start: number;
  readonly end: number;
  /** Without the line break. */
  readonly text: string;
}

const HEADER = /(?<=^\uFEFF?)[ \t]*\[([^\]\r\n]+)\][ \t]*(?:[#;][^\r\n]*)?\r?$/gm;

/** All sections in order. Fast enough for files with thousands: the lines inside are not looked at. */
export function listSections(config: ConfigText): SectionSpan[] {
  const { text } = config;
  const headers = [...text.matchAll(HEADER)];
  return headers.map((header, index) => ({
    // `[ A ]` is not `[A]`, as in Python's reader.
    name: header[1] ?? '',
    start: header.index,
    bodyStart: text.indexOf('\n', header.index) + 1 || text.length,
    end: headers[index + 1]?.index ?? text.length,
  }));
}

/**
 * The section `name`, or undefined. Looks only at the lines with that name, so that one of ten thousand sections is
 * found as quickly as one of ten.
 *
 * @throws OracleComputeError CONFIG_FILE_CORRUPT if the section occurs twice: readers disagree on what that means
 */
export function findSection(config: ConfigText, name: string): SectionSpan | undefined {
  let found: SectionSpan | undefined;
  for (const header of headersWith(config, name)) {
    if (header.name !== name) continue;
    if (found) throw corrupt(config, header.start, `duplicate section [${name}]`);
    found = { ...header, end: startOfNext(config, header) };
  }
  return found;
}

/** The headers in the lines that have `word` in them, each as far as its line goes. */
function* headersWith({ path, text }: ConfigText, word: string): Generator<SectionSpan> {
  for (let at = text.indexOf(word); at !== -1; ) {
    const start = text.lastIndexOf('\n', at) + 1;
    const end = text.indexOf('\n', at) + 1 || text.length;
    const line = text.slice(start, end);
    if (line.includes('[')) {
      for (const header of listSections({ path, text: line })) {
        yield { ...header, start: start + header.start, bodyStart: end, end };
      }
    }
    at = end < text.length ? text.indexOf(word, end) : -1;
  }
}

/** The start of the next section, or the end of the text. */
function startOfNext({ text }: ConfigText, { start }: SectionSpan): number {
  const headers = new RegExp(HEADER);
  headers.lastIndex = start;
  // The first is the section's own.
  headers.exec(text);
  return headers.exec(text)?.index ?? text.length;
}

/**
 * The entries of one section. Comments start with `#` or `;`. An indented line without `=` or `:` belongs to the value
 * before it, as in Python's reader.
 *
 * @throws OracleComputeError CONFIG_FILE_CORRUPT for a line that is nothing of this, and for a key that is there twice
 */
export function readEntries(config: ConfigText, section: SectionSpan): ConfigEntry[] {
  const entries: ConfigEntry[] = [];
  const seen = new Set<string>();
  for (const line of linesOf(config.text, section.bodyStart, section.end)) {
    const trimmed = line.text.trim();
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue;
    const delimiter = line.text.search(/[=:]/);
    const last = entries.at(-1);
    if (delimiter !== -1) {
      const entry = entryAt(line, delimiter);
      if (entry.key === '') throw corrupt(config, line.start, 'a value has no key');
      if (seen.has(entry.key)) throw corrupt(config, line.start, `duplicate key ${entry.key}`);
      seen.add(entry.key);
      entries.push(entry);
    } else if (last && /^[ \t]/.test(line.text)) {
      entries[entries.length - 1] = continued(last, line);
    } else {
      throw corrupt(config, line.start, 'a line that is neither "key = value" nor a comment');
    }
  }
  return entries;
}

/**
 * Checks every line of the text, and that no section occurs twice.
 *
 * @throws OracleComputeError CONFIG_FILE_CORRUPT
 */
export function checkConfigText(config: ConfigText): void {
  const sections = listSections(config);
  const beforeAll = { name: '', start: 0, bodyStart: 0, end: sections[0]?.start ?? config.text.length };
  const [stray] = readEntries(config, beforeAll);
  if (stray) throw corrupt(config, stray.lineStart, 'a value before the first section');
  const seen = new Set<string>();
  for (const section of sections) {
    if (seen.has(section.name)) {
      throw corrupt(config, section.start, `duplicate section [${section.name}]`);
    }
    seen.add(section.name);
    readEntries(config, section);
  }
}

function linesOf(text: string, start: number, end: number): ConfigLine[] {
  const lines: ConfigLine[] = [];
  for (let from = start; from < end; ) {
    const lineBreak = text.indexOf('\n', from);
    const next = lineBreak === -1 || lineBreak >= end ? end : lineBreak + 1;
    const line = text.slice(from, next).replace(/\r?\n$|\r$/, '');
    lines.push({ start: from, end: next, text: line.startsWith('\uFEFF') ? ` ${line.slice(1)}` : line });
    from = next;
  }
  return lines;
}

function entryAt(line: ConfigLine, delimiter: number): ConfigEntry {
  const after = line.text.slice(delimiter + 1);
  const valueStart = line.start + delimiter + 1 + (after.length - after.trimStart().length);
  const value = after.trim();
  return {
    key: line.text.slice(0, delimiter).trim().toLowerCase(),
    value,
    valueStart,
    valueEnd: valueStart + value.length,
    lineStart: line.start,
    lineEnd: line.end,
  };
}

function continued(entry: ConfigEntry, line: ConfigLine): ConfigEntry {
  const valueEnd = line.start + line.text.trimEnd().length;
  return { ...entry, value: `${entry.value}\n${line.text.trim()}`, valueEnd, lineEnd: line.end };
}

function corrupt(config: ConfigText, offset: number, reason: string): OracleComputeError {
  const line = config.text.slice(0, offset).split('\n').length;
  const { path } = config;
  return new OracleComputeError('CONFIG_FILE_CORRUPT', `${path}, line ${line}: ${reason}`, { path, line, reason });
}
