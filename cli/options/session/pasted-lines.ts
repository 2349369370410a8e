import type { Context } from '../../context/context.js';
import { canPrompt } from '../password.js';

/** An address that a browser shows has some 5 KB. */
const LONGEST_LINE = 65_536;

/**
 * Lines that the user pastes while a login waits: from the terminal, without echo because they hold a token, or from
 * standard input. Ends when the signal aborts.
 */
export async function* pastedLines(context: Context, signal: AbortSignal): AsyncGenerator<string> {
  if (canPrompt(context)) yield* typedLines(context, signal);
  // A terminal that cannot prompt would echo the lines.
  else if (!context.stdin.isTTY) yield* linesOfInput(context, signal);
}

async function* typedLines(context: Context, signal: AbortSignal): AsyncGenerator<string> {
  while (!signal.aborted) {
    const line = await context.promptSecret('', signal).catch((error: unknown) => {
      if (signal.aborted) return '';
      throw error;
    });
    if (line.trim() !== '') yield line;
  }
}

async function* linesOfInput(context: Context, signal: AbortSignal): AsyncGenerator<string> {
  let text = '';
  try {
    for await (const chunk of context.stdin.read(signal)) {
      text += Buffer.from(chunk).toString('utf8');
      const lines = text.split('\n');
      text = (lines.pop() ?? '').slice(-LONGEST_LINE);
      for (const line of lines) if (line.trim() !== '') yield line;
    }
  } catch (error) {
    // Left open, the input would keep the program alive; so the reading is cut off.
    if (!signal.aborted) throw error;
  }
  // The last line may lack its end.
  if (!signal.aborted && text.trim() !== '') yield text;
}
