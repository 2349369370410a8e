import type { StreamedAnswer } from '../../lib/http/client.js';
import { escapedJson } from '../../lib/text.js';
import type { Context } from '../context/context.js';

/**
 * Writes the body of an answer as it comes: byte for byte into a pipe or a file; on a terminal JSON is laid out for
 * reading. Ends early, and quietly, where nobody reads any more.
 */
export async function writeBody(
  answer: Pick<StreamedAnswer, 'headers' | 'body' | 'extend'>,
  context: Context,
): Promise<void> {
  const { stdout } = context;
  const show = stdout.isTTY ? forTerminal(answer.headers['content-type'] ?? '') : undefined;
  let shown = '';
  for await (const chunk of answer.body) {
    answer.extend();
    const text = show?.(chunk);
    stdout.write(text ?? chunk);
    shown = text || shown;
    if (!(await stdout.drained())) return;
  }
  // The prompt that comes next begins on a line of its own.
  if (shown !== '' && !shown.endsWith('\n')) stdout.write('\n');
}

function forTerminal(contentType: string): (chunk: Uint8Array) => string {
  const decoder = new TextDecoder();
  const layout = /\bjson\b/i.test(contentType) ? new JsonLayout() : undefined;
  return (chunk) => {
    const text = decoder.decode(chunk, { stream: true });
    return layout ? layout.push(escapedJson(text)) : text;
  };
}

const INDENT = '  ';
/** Deeper levels are not told apart any more: what is nested a million deep must not be drawn as wide. */
const DEEPEST = 50;

/**
 * Lays JSON out for reading, piece by piece as it comes. The tokens stay as they are: parsing and printing would change
 * large numbers. Text that is not JSON comes out readable as well, if not pretty.
 */
export class JsonLayout {
  private depth = 0;
  private inString = false;
  private isEscaped = false;
  /** Right after `{` or `[`: nothing is put between these and their end. */
  private hasJustOpened = false;

  push(text: string): string {
    let out = '';
    for (const character of text) out += this.inString ? this.inside(character) : this.outside(character);
    return out;
  }

  private inside(character: string): string {
    if (this.isEscaped) this.isEscaped = false;
    else if (character === '\\') this.isEscaped = true;
    else if (character === '"') this.inString = false;
    return character;
  }

  private outside(character: string): string {
    if (/\s/.test(character)) return '';
    const isEnd = character === '}' || character === ']';
    if (isEnd) this.depth = Math.max(0, this.depth - 1);
    const before = this.hasJustOpened !== isEnd && (this.hasJustOpened || isEnd) ? this.newLine() : '';
    this.hasJustOpened = character === '{' || character === '[';
    if (this.hasJustOpened) this.depth += 1;
    this.inString = character === '"';
    if (character === ',') return `${before},${this.newLine()}`;
    return before + (character === ':' ? ': ' : character);
  }

  private newLine(): string {
    return `\n${INDENT.repeat(Math.min(this.depth, DEEPEST))}`;
  }
}
