import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { OracleComputeError } from '../../lib/errors.js';

/** Asks on the terminal and gives the line that was typed. Ctrl-C and the end of input are an interruption. */
export function ask(question: string, input: NodeJS.ReadStream, output: NodeJS.WriteStream): Promise<string> {
  return readLine(question, input, output, output);
}

/** As `ask`, but nothing that is typed is shown. */
export async function askHidden(
  question: string,
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream,
  signal?: AbortSignal,
): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    return await readLine(question, input, nowhere, output, signal);
  } finally {
    output.write('\n');
  }
}

function readLine(
  question: string,
  input: NodeJS.ReadStream,
  echo: Writable,
  output: NodeJS.WriteStream,
  signal?: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    // `terminal` switches the device to raw mode: what is typed is shown by us, or not at all.
    const reader = createInterface({ input, output: echo, terminal: true, historySize: 0 });
    // Only now: who answers at once would otherwise see the answer, which the device still showed.
    if (echo !== output) output.write(question);
    let answered = false;
    reader.question(question, (answer) => {
      answered = true;
      reader.close();
      resolve(answer);
    });
    const stop = () => {
      if (answered) return;
      if (echo === output) output.write('\n');
      reject(new OracleComputeError('INTERRUPTED', 'the question was not answered', { signal: 'SIGINT' }));
    };
    signal?.addEventListener('abort', () => reader.close(), { once: true });
    reader.once('SIGINT', () => reader.close());
    reader.once('close', stop);
  });
}
