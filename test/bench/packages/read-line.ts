import yargs from 'yargs';

class Read extends Error {}

/** Reads a line with two options by yargs, and leaves it as our own program does: before it renders a page of help. */
export async function readLine(): Promise<void> {
  const parser = yargs(process.argv.slice(2), '/')
    .locale('en')
    .exitProcess(false)
    .help(false)
    .version(false)
    .fail(false)
    .command(
      'run',
      'Run',
      (inner) => inner.option('profile', { type: 'string' }).option('local', { type: 'boolean' }),
      () => {
        throw new Read();
      },
    );
  try {
    await parser.parseAsync();
  } catch (error) {
    if (!(error instanceof Read)) throw error;
  }
}
