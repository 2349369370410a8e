import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';

/** What a witness can tell of: what ends a process by default, so that a process of its group may have got it, too. */
const WITNESSED = ['INT', 'TERM', 'HUP', 'QUIT', 'USR1', 'USR2'] as const;

/**
 * Prints an empty line when it is ready, the name of each signal that comes, and an empty line for each line it reads.
 * A signal that came before a line is printed before the answer to it. In some shells a signal ends `read`, too, as the
 * end of the input does.
 */
const SCRIPT = [
  ...WITNESSED.map((name) => `trap 'came=1; echo SIG${name}' ${name}`),
  'echo',
  'while :; do came=; if read -r line; then echo; elif [ -z "$came" ]; then exit; fi; done',
].join('\n');

interface Asked {
  times: number;
  readonly answer: Promise<boolean>;
}

/**
 * Tells whether a signal came to this process alone or to its whole process group, as Ctrl-C on a terminal does.
 *
 * Nothing in Node says where a signal came from, so a second, idle process of the group is asked which signals it got.
 * It ends by itself when this process does, by the end of its input.
 */
export class GroupWitness {
  private witness: ChildProcessByStdio<Writable, Readable, null> | undefined;
  /** How many of each signal the group got, less those that were asked about. */
  private readonly counts = new Map<string, number>();
  private readonly asked = new Map<string, Asked>();
  private readonly questions: (() => void)[] = [];
  /** Resolves when it sees signals: only what starts after that can be told apart. */
  readonly isReady: Promise<void>;

  constructor() {
    const witness = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'pipe', 'ignore'], env: {} });
    this.witness = witness;
    // Without it signals are passed on, as if each had come to this process alone.
    witness.once('error', () => this.lose());
    witness.once('exit', () => this.lose());
    witness.stdin.on('error', () => undefined);
    let rest = '';
    witness.stdout.setEncoding('latin1').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.note(line);
    });
    witness.unref();
    this.isReady = new Promise((resolve) => this.questions.push(resolve));
  }

  /** Resolves to true where the group got the signal too. To be asked at once, and once, for each signal. */
  async sawIt(signal: NodeJS.Signals): Promise<boolean> {
    if (!this.witness || !WITNESSED.some((name) => `SIG${name}` === signal)) return false;
    const asked = this.asked.get(signal);
    if (asked) asked.times += 1;
    return (asked ?? this.ask(signal)).answer;
  }

  /** Two signals of a kind that come close together may come to a process as one: they share the answer. */
  private ask(signal: NodeJS.Signals): Asked {
    const asked: Asked = { times: 1, answer: this.answerTo(signal) };
    this.asked.set(signal, asked);
    return asked;
  }

  private async answerTo(signal: NodeJS.Signals): Promise<boolean> {
    await new Promise<void>((resolve) => {
      this.questions.push(resolve);
      this.witness?.stdin.write('\n');
    });
    // A signal that the witness has counted may be on its way to us still: it is handled in the next round of events.
    await setImmediate();
    await setImmediate();
    const count = this.counts.get(signal) ?? 0;
    this.counts.set(signal, Math.max(0, count - (this.asked.get(signal)?.times ?? 0)));
    this.asked.delete(signal);
    return count > 0;
  }

  end(): void {
    this.witness?.kill('SIGKILL');
    this.lose();
  }

  private note(line: string): void {
    if (line === '') this.questions.shift()?.();
    else this.counts.set(line, (this.counts.get(line) ?? 0) + 1);
  }

  private lose(): void {
    this.witness = undefined;
    for (const answer of this.questions.splice(0)) answer();
  }
}
