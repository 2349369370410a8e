import type { StreamedAnswer } from '../../lib/index.js';
import { escapedJson } from '../../lib/text.js';
import type { Context } from '../context/context.js';

/**
 * Writes the body of an answer as it arrives: unchanged to a pipe or a file; on a terminal JSON is formatted. Stops without
 * an error if the reader is gone.
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
  // The shell's prompt starts on a new line.
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
/** The deepest level that is indented: JSON may be nested a million deep. */
const DEEPEST = 50;

/**
 * Formats JSON piece by piece. The tokens do not change: parsing and printing would change large numbers. Text that is
 * not JSON stays readable.
 */
class JsonLayout {
  private depth = 0;
  private inString = false;
  private isEscaped = false;
  /** Right after `{` or `[`: an empty object or list stays on one line. */
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
