import type { StreamedAnswer } from '../../lib/http/client.js';
import { escapedJson } from '../../lib/text.js';
import type { Context } from '../context/context.js';
import { JsonLayout } from './json-layout.js';

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
