import { describe, expect, it } from 'vitest';
import type { RealPart } from '../../tools/testing/real-parts.mjs';
import { programBench } from '../support/program-bench.js';
import { requirePart } from '../support/real-part.js';
import { atTerminal, LOGIN, line, passwordsSent, QUESTION, READY, READY_INSIDE, type, typeAt } from './at-terminal.js';

interface Shell {
  readonly name: RealPart;
  readonly flags: string;
  /** Says the value of a variable in brackets. */
  readonly show: string;
  evaluate(line: string): string;
}

const posix = (name: RealPart, flags: string): Shell => ({
  name,
  flags,
  show: 'echo "<$OPC_COOKIE>"',
  evaluate: (line) => `eval "$(${line})"`,
});

const SHELLS: readonly Shell[] = [
  posix('bash', '--norc --noprofile -i'),
  posix('zsh', '-f -i'),
  posix('dash', '-i'),
  posix('ksh', '-i'),
  {
    name: 'fish',
    flags: "--no-config -i -C 'function fish_prompt; echo -n $PS1; end'",
    show: 'echo "<$OPC_COOKIE>"',
    evaluate: (line) => `eval (${line})`,
  },
  { name: 'tcsh', flags: '-i', show: 'echo "<$OPC_COOKIE>"', evaluate: (line) => `eval \`${line}\`` },
];

function shellCommand({ name, flags }: Shell): string {
  return `${requirePart(name)} ${flags}`;
}

describe.each(SHELLS.map((shell) => [shell.name, shell] as const))('in %s', (_, shell) => {
  it('Ctrl-Z stops at the question, and fg asks again, without showing what is typed', async () => {
    const bench = await programBench();
    const result = await atTerminal(
      bench,
      shellCommand(shell),
      `${typeAt(READY, line(LOGIN))}
      need {${QUESTION}}
      send "half of it\\032"
      need {topped|uspended}
      ${typeAt(READY, 'fg')}
      need {${QUESTION}}
      ${type(bench.service.password)}
      need {logged in as}
      ${typeAt(READY, 'echo al""ive')}
      need alive`,
    );
    expect(result, result.stdout).toMatchObject({ status: 0 });
    expect(result.stdout).not.toContain('half of it');
    expect(result.stdout).not.toContain(bench.service.password);
    expect(passwordsSent(bench)).toEqual(['204']);
  });

  // In a shell below another one: there the system would stop the program, and nobody could continue it.
  it('Ctrl-Z inside an evaluation asks again, without showing what is typed', async () => {
    const bench = await programBench();
    const shellSyntax = shell.name === 'fish' || shell.name === 'tcsh' ? shell.name : 'sh';
    const result = await atTerminal(
      bench,
      `${requirePart('bash')} --norc --noprofile -i`,
      `${typeAt(READY, `PS1=$READY_INSIDE ${shellCommand(shell)}`)}
      ${typeAt(READY_INSIDE, shell.evaluate(line([...LOGIN, '--shell', shellSyntax])))}
      need {${QUESTION}}
      send "half of it\\032"
      need {${QUESTION}}
      ${type(bench.service.password)}
      need {logged in as}
      ${typeAt(READY_INSIDE, shell.show)}
      need {<[^$>]+>}`,
    );
    expect(result, result.stdout).toMatchObject({ status: 0 });
    expect(result.stdout).not.toContain('half of it');
    expect(result.stdout).not.toContain(bench.service.password);
    expect(passwordsSent(bench)).toEqual(['204']);
  });
});
