import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { OracleComputeError } from '../../lib/errors.js';
import { shownText } from '../../lib/text.js';
import type { OutputStream } from './context.js';

export interface TerminalParts {
  readonly input: NodeJS.ReadStream;
  readonly output: OutputStream;
  readonly process: Pick<NodeJS.Process, 'on' | 'removeListener' | 'kill' | 'pid'>;
  /** False where somebody waits for our output, as `eval "$(…)"` does: no shell could continue us then. */
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
 * Questions on a terminal. While one is asked, the device is in raw mode: what is typed is shown by us, or not at all.
 * It stays so between two questions that follow each other at once. A program that was stopped and continued (Ctrl-Z and
 * `fg`) asks again from the beginning.
 */
export class Terminal {
  private reader: Interface | undefined;
  private question: Question | undefined;
  /** What was typed, or pasted, before it was asked for. */
  private readonly lines: string[] = [];
  private readonly onStop = () => this.suspend(this.parts.process.pid);
  private readonly onContinue = () => this.askAgain();
  private readonly onInterruption = () => this.fail(this.parts.interruption.reason);
  private readonly onHangUp = () => this.fail(unanswered('the terminal is gone', 'SIGHUP'));

  constructor(private readonly parts: TerminalParts) {
    // For good: giving a terminal that is gone its modes back fails, too.
    parts.input.on('error', this.onHangUp);
  }

  /**
   * Gives the line that was typed. Ctrl-C and Ctrl-D are an interruption, and so is a question that is taken back.
   *
   * @param options.signal takes the question back when it aborts
   */
  ask(text: string, { isHidden, signal }: { isHidden: boolean; signal?: AbortSignal }): Promise<string> {
    this.parts.interruption.throwIfAborted();
    return new Promise((resolve, reject) => {
      const question = { text: shownText(text), isHidden, resolve, reject };
      this.question = question;
      signal?.addEventListener('abort', () => {
        if (this.question === question) this.fail(unanswered('the question was not answered', 'SIGINT'));
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
    reader.on('SIGINT', () => this.fail(unanswered('the question was not answered', 'SIGINT')));
    reader.on('close', () => {
      if (this.reader === reader) this.fail(unanswered('the question was not answered', 'SIGINT'));
    });
    // The key: what the terminal would send by itself goes to all of its foreground, which is our process group.
    reader.on('SIGTSTP', () => (this.parts.canStop ? this.suspend(0) : this.askAgain()));
    input.once('end', this.onHangUp);
    process.on('SIGTSTP', this.onStop).on('SIGCONT', this.onContinue);
    interruption.addEventListener('abort', this.onInterruption);
  }

  /** Gives the device back as it was. */
  private close(): void {
    const { input, process, interruption } = this.parts;
    const { reader } = this;
    this.reader = undefined;
    input.removeListener('end', this.onHangUp);
    process.removeListener('SIGTSTP', this.onStop).removeListener('SIGCONT', this.onContinue);
    interruption.removeEventListener('abort', this.onInterruption);
    reader?.close();
  }

  /** Shows what is typed, and the editing of it, where the question is not a hidden one. */
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
    // Only in raw mode: who answers at once would otherwise see the answer, which the device still showed.
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

  /** Stops a process, or with 0 our process group; returns when it was continued, or could not be stopped. */
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
