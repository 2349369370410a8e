import { writeSync } from 'node:fs';

declare const PROGRAM_VERSION: string;

/**
 * Answers the line `--version` before anything of the program is loaded.
 *
 * @param words the line without Node and the program
 * @returns false where the line is another one, or stdout is out of the ordinary: then the program has to answer
 */
export function answerVersion(words: readonly string[]): boolean {
  if (words.length !== 1 || words[0] !== '--version') return false;
  try {
    writeSync(1, `${PROGRAM_VERSION}\n`);
    return true;
  } catch {
    return false;
  }
}
