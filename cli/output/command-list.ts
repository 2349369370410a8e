import type { CommandEntry } from '../line/command.js';
import type { World } from '../world/world.js';

/** The page that lists the commands, or those of one group (`session`). */
export function renderCommands(commands: readonly CommandEntry[], group: readonly string[], world: World): string {
  const shown = commands.filter(({ path }) => group.every((word, index) => path[index] === word));
  const rows = shown.map(({ path, summary }) => [path.join(' '), summary] as const);
  const width = Math.max(...rows.map(([name]) => name.length));
  const list = rows.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`).join('\n');
  const prefix = [world.program, ...group].join(' ');
  return `Usage: ${prefix} <command> [options]

Commands:
${list}

Options of every command:
  -h, --help     Show what a command does, its options and exit statuses
  -d, --debug    Show requests and answers on stderr, without secrets
  -q, --quiet    Say nothing but errors
  -f, --format   How to show a result: table, tabbed, csv or json
      --version  Show the version

${group.length === 0 ? loginLine(world) : ''}`;
}

function loginLine({ program }: World): string {
  return program === 'oci'
    ? 'To log in:  oci session authenticate\n\nEvery other line is handed to the next oci on PATH, Oracle’s own.\n'
    : `To log in:  eval "$(${program} auth /Compute-acme/jack.jones@example.com -)"\n`;
}
