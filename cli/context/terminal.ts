import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { OracleComputeError } from '../../lib/errors.js';
import { shownText } from '../../lib/text.js';
import type { OutputStream } from './context.js';

interface TerminalParts {
  readonly input: NodeJS.ReadStream;
  readonly output: OutputStream;
  readonly process: Pick<NodeJS.Process, 'on' | 'removeListener' | 'kill' | 'pid'>;
  /** False if another program waits for our output, as in `eval "$(…)"`: no shell could continue us then. */
  readonly canStop: boolean;
  readonly interruption: AbortSignal;
}

interface Question {
  readonly text: string;
  readonly isHidden: boolean;
  resolve(answer: string): void;
  reject(reason: unknown): void;
}

/**
 * Prompts on a terminal. During a prompt the terminal is in raw mode, and this class echoes the input or hides it. The mode
 * is kept between two prompts that follow each other at once. A program that was stopped and continued (Ctrl-Z and `fg`)
 * prompts again.
 */
export class Terminal {
  private reader: Interface | undefined;
  private question: Question | undefined;
  /** Lines that were typed or pasted before their prompt. */
  private readonly lines: string[] = [];
  private readonly onStop = () => this.suspend(this.parts.process.pid);
  private readonly onContinue = () => this.askAgain();
  private readonly onInterruption = () => this.fail(this.parts.interruption.reason);
  private readonly onHangUp = () => this.fail(unanswered('the terminal is gone', 'SIGHUP'));

  constructor(private readonly parts: TerminalParts) {
    // Never removed: restoring the modes of a terminal that is gone fails, too.
    parts.input.on('error', this.onHangUp);
  }

  /**
   * Returns the line that was typed. Ctrl-C, Ctrl-D and the signal reject with INTERRUPTED.
   *
   * @param options.signal cancels the prompt
   */
  ask(text: string, { isHidden, signal }: { isHidden: boolean; signal?: AbortSignal }): Promise<string> {
    this.parts.interruption.throwIfAborted();
    return new Promise((resolve, reject) => {
      const question = { text: shownText(text), isHidden, resolve, reject };
      this.question = question;
      signal?.addEventListener('abort', () => {
        if (this.question === question) this.fail(unanswered('Cancelled.', 'SIGINT'));
      });
      if (!this.reader) this.open();
      this.show();
      const line = this.lines.shift();
      if (line !== undefined) this.answer(line);
    });
  }

  private open(): void {
    const { input, process, interruption } = this.parts;
    const reader = createInterface({ input, output: this.echo(), terminal: true, historySize: 0 });
    this.reader = reader;
    reader.on('line', (line) => this.answer(line));
    reader.on('SIGINT', () => this.fail(unanswered('Cancelled.', 'SIGINT')));
    reader.on('close', () => {
      if (this.reader === reader) this.fail(unanswered('Cancelled.', 'SIGINT'));
    });
    // The key Ctrl-Z. Outside raw mode, the terminal would signal its whole foreground, which is our process group.
    reader.on('SIGTSTP', () => (this.parts.canStop ? this.suspend(0) : this.askAgain()));
    input.once('end', this.onHangUp);
    process.on('SIGTSTP', this.onStop).on('SIGCONT', this.onContinue);
    interruption.addEventListener('abort', this.onInterruption);
  }

  /** Restores the terminal. */
  private close(): void {
    const { input, process, interruption } = this.parts;
    const { reader } = this;
    this.reader = undefined;
    input.removeListener('end', this.onHangUp);
    process.removeListener('SIGTSTP', this.onStop).removeListener('SIGCONT', this.onContinue);
    interruption.removeEventListener('abort', this.onInterruption);
    reader?.close();
  }

  /** Echoes the input and its editing, unless the prompt is hidden. */
  private echo(): Writable {
    const { output } = this.parts;
    const echo = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (this.question?.isHidden === false) output.write(chunk);
        done();
      },
    });
    return Object.assign(echo, { columns: output.columns });
  }

  private show(): void {
    const { text = '', isHidden } = this.question ?? {};
    // After raw mode is on: before it, the terminal itself would echo a quick answer.
    if (isHidden) this.parts.output.write(text);
    this.reader?.setPrompt(text);
    this.reader?.prompt();
  }

  private answer(line: string): void {
    const { question } = this;
    if (!question) {
      this.lines.push(line);
      return;
    }
    if (question.isHidden) this.parts.output.write('\n');
    this.question = undefined;
    question.resolve(line);
    setImmediate(() => {
      if (this.question) return;
      this.lines.length = 0;
      this.close();
    });
  }

  private fail(reason: unknown): void {
    const { question } = this;
    this.question = undefined;
    this.close();
    if (question) this.parts.output.write('\n');
    question?.reject(reason);
  }

  /** Stops a process, or with 0 our process group. Returns when it is continued, or if it cannot be stopped. */
  private suspend(target: number): void {
    this.close();
    this.parts.output.write('\n');
    this.parts.process.kill(target, 'SIGTSTP');
    this.reopen();
  }

  private askAgain(): void {
    this.close();
    this.parts.output.write('\n');
    this.reopen();
  }

  private reopen(): void {
    this.lines.length = 0;
    this.open();
    this.show();
  }
}

function unanswered(message: string, signal: 'SIGINT' | 'SIGHUP'): OracleComputeError {
  return new OracleComputeError('INTERRUPTED', message, { signal });
}
