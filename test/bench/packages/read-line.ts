import yargs from 'yargs';

/** Reads a line with two options by yargs. */
export async function readLine(): Promise<void> {
  await yargs(process.argv.slice(2), '/')
    .locale('en')
    .exitProcess(false)
    .help(false)
    .version(false)
    .fail(false)
    .command(
      'run',
      'Run',
      (inner) => inner.option('profile', { type: 'string' }).option('local', { type: 'boolean' }),
      () => undefined,
    )
    .parseAsync();
}
