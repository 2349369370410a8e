import { type ParsedTokenInfo, Tokenizer, TokenParser, TokenType } from '@streamparser/json';
import { DEEPEST_JSON, ExactNumber } from '../../text.js';

/** JSON of the service, or for it, piece by piece as it comes: numbers stay exact, and nothing is nested too deep. */
export class JsonReader {
  private readonly tokenizer = new ExactTokenizer();
  private readonly parser: TokenParser;
  private depth = 0;

  /** @param paths of the values that `onValue` gets; `$` for the whole */
  constructor(paths: string[], onValue: TokenParser['onValue']) {
    this.parser = new TokenParser({ paths, keepStack: false });
    this.parser.onValue = onValue;
    this.parser.onEnd = () => this.tokenizer.isEnded || this.tokenizer.end();
    this.tokenizer.onToken = (token) => this.take(token);
  }

  get isComplete(): boolean {
    return this.parser.isEnded;
  }

  /** @throws RangeError if it is nested too deep; another error if it is not JSON */
  write(piece: Uint8Array | string): void {
    this.tokenizer.write(piece);
  }

  private take(info: ParsedTokenInfo): void {
    const { token } = info;
    if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) this.depth += 1;
    if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) this.depth -= 1;
    if (this.depth > DEEPEST_JSON) throw new RangeError(`is nested more than ${DEEPEST_JSON} deep`);
    this.parser.write(info);
  }
}

class ExactTokenizer extends Tokenizer {
  protected override parseNumber(text: string): number {
    const number = Number(text);
    // The parser takes any value for that of a token.
    return String(number) === text ? number : (new ExactNumber(text) as unknown as number);
  }
}

/** What a whole JSON text says. @throws as `JsonReader.write` */
export function parseExactJson(text: Uint8Array | string): unknown {
  let whole: unknown;
  const reader = new JsonReader(['$'], ({ value }) => {
    whole = value;
  });
  reader.write(text);
  // A number ends only when another character follows.
  if (!reader.isComplete) reader.write('\n');
  if (!reader.isComplete) throw new SyntaxError('JSON that ends in its middle');
  return whole;
}
