/**
 * Keeps back what Node itself prints for `NODE_DEBUG`: its notes on requests and children hold headers, options and
 * environments, and so tokens. The first one is replaced by a line that says so; everything else passes.
 *
 * Node decides what it prints before any program begins, so this cannot be switched off where it comes from. Each of its
 * notes is one call, `HTTP 4711: text`, with the process id in colours or without.
 */
export function withholdNodeNotes(stderr: NodeJS.WriteStream, processId: number, program: string): void {
  const write = stderr.write.bind(stderr) as (...parts: unknown[]) => boolean;
  const note = new RegExp(`^\\S+ (?:\u001b\\[\\d+m)?${processId}(?:\u001b\\[\\d+m)?: `);
  let isSaid = false;
  stderr.write = (...parts: unknown[]) => {
    if (typeof parts[0] !== 'string' || !note.test(parts[0])) return write(...parts);
    if (isSaid) return true;
    isSaid = true;
    return write(`${program}: NODE_DEBUG shows nothing here, because tokens would be in it; --debug shows requests\n`);
  };
}
