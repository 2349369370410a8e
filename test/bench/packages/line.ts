// The least that a command on yargs can cost: it reads a line, and prints one.
import { readLine } from './read-line.js';

async function main(): Promise<void> {
  await readLine();
  process.stdout.write('a line\n');
}

void main();
