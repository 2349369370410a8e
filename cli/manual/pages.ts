import { commandsOf } from '../commands/index.js';
import type { Context } from '../context/context.js';
import { commandPage, type Edition, pageName } from './command-page.js';
import { programPage } from './program-page.js';

export interface ManualPage {
  /** The file's name: `oracle-compute-auth.1`. */
  readonly file: string;
  /** In the notation of roff, with the macros of man(7). */
  readonly text: string;
}

/** Every manual page: one for each program, and one for each of its commands. */
export async function manualPages(edition: Edition): Promise<readonly ManualPage[]> {
  return [...(await pagesOf('oracle-compute', edition)), ...(await pagesOf('oci', edition))];
}

async function pagesOf(program: Context['program'], edition: Edition): Promise<ManualPage[]> {
  const commands = await Promise.all(
    commandsOf(program).map(async (entry) => ({ entry, command: await entry.load() })),
  );
  return [
    { file: `${program}.1`, text: programPage(program, commands, edition) },
    ...commands.map(({ entry, command }) => ({
      file: `${pageName(program, entry)}.1`,
      text: commandPage(program, entry, command, edition),
    })),
  ];
}
