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
