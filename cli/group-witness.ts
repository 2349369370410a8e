import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

type Witness = ChildProcessByStdio<Writable, Readable, null>;

/**
 * Tells whether a signal came to this process alone or to its whole process group, as Ctrl-C on a terminal does.
 *
 * Nothing in Node says where a signal came from, so a second, idle process of the group is asked: `cat`, which echoes
 * what it is sent unless the same signal has just ended it. It ends by itself when this process does, by the end of
 * its input.
 */
export class GroupWitness {
  private witness: Witness | undefined;

  constructor(private readonly env: Readonly<Record<string, string | undefined>>) {
    this.start();
  }

  /** Resolves to true where the group got the signal too. Asked at once, and once, for each signal. */
  async sawIt(): Promise<boolean> {
    const witness = this.witness;
    if (!witness) return false;
    const isAlive = await echoes(witness);
    if (!isAlive && this.witness === witness) this.start();
    return !isAlive;
  }

  end(): void {
    this.witness?.kill('SIGKILL');
    this.witness = undefined;
  }

  private start(): void {
    const witness = spawn('cat', [], { stdio: ['pipe', 'pipe', 'ignore'], env: { PATH: this.env.PATH } });
    this.witness = witness;
    // Without it signals are passed on, as if each had come to this process alone.
    witness.once('error', () => {
      this.witness = undefined;
    });
    witness.stdin.on('error', () => undefined);
    witness.unref();
  }
}

function echoes(witness: Witness): Promise<boolean> {
  return new Promise((resolve) => {
    witness.stdout.once('data', () => resolve(true));
    witness.once('exit', () => resolve(false));
    if (witness.exitCode !== null || witness.signalCode !== null) resolve(false);
    witness.stdin.write('.');
  });
}
