import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RealPart } from '../../tools/testing/real-parts.mjs';
import { PROGRAM, runProgram } from '../support/program.js';
import { type ProgramBench, programBench } from '../support/program-bench.js';
import { requirePart } from '../support/real-part.js';

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
  { name: 'fish', flags: '--no-config -i', show: 'echo "<$OPC_COOKIE>"', evaluate: (line) => `eval (${line})` },
  { name: 'tcsh', flags: '-f -i', show: 'echo "<$OPC_COOKIE>"', evaluate: (line) => `eval \`${line}\`` },
];

const LOGIN = ['auth', '-p', '-'];
const QUESTION = 'Password of [^ ]+ at http://[^ ]+: $';

/** A program at a terminal of its own, under expect. Gives the exit status of the script, and all that was shown. */
async function atTerminal(bench: ProgramBench, command: string, script: string) {
  const path = join(bench.home, 'script.exp');
  writeFileSync(
    path,
    `set timeout 30
proc need {pattern} { expect -re $pattern {} timeout { puts "\\nno $pattern"; exit 99 } eof { puts "\\nend, no $pattern"; exit 98 } }
proc modes {} { global spawn_out; exec stty -g < $spawn_out(slave,name) }
spawn -noecho ${command}
${script}
`,
  );
  const { OPC_PASSWORD_FILE: _, ...env } = bench.env;
  return runProgram([path], { env: { ...env, TERM: 'xterm', PS1: '> ' } }, [requirePart('expect')]);
}

function line(words: readonly string[]): string {
  return [process.execPath, PROGRAM, ...words].join(' ');
}

function shellCommand({ name, flags }: Shell): string {
  return `${requirePart(name)} ${flags}`;
}

/** Words of Tcl; braces hold what shells and Tcl would both read. */
const type = (text: string) => `send -- {${text}}; send "\\r"`;

function passwordsSent({ service }: ProgramBench): string[] {
  return service.requests.flatMap(({ path, status }) => (path === '/authenticate/' ? [String(status)] : []));
}

describe.each(SHELLS.map((shell) => [shell.name, shell] as const))('in %s', (_, shell) => {
  it('Ctrl-Z stops at the question, and fg asks again, without showing what is typed', async () => {
    const bench = await programBench();
    const result = await atTerminal(
      bench,
      shellCommand(shell),
      `${type(line(LOGIN))}
      need {${QUESTION}}
      send "half of it\\032"
      need {topped|uspended}
      ${type('fg')}
      need {${QUESTION}}
      ${type(bench.service.password)}
      need {export OPC_COOKIE=}
      ${type('echo al""ive')}
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
      `${type(shellCommand(shell))}
      ${type('echo in""side')}
      need {inside}
      ${type(shell.evaluate(line([...LOGIN, '--shell', shellSyntax])))}
      need {${QUESTION}}
      send "half of it\\032"
      need {${QUESTION}}
      ${type(bench.service.password)}
      need {logged in as}
      ${type(shell.show)}
      need {<[^$>]+>}`,
    );
    expect(result, result.stdout).toMatchObject({ status: 0 });
    expect(result.stdout).not.toContain('half of it');
    expect(result.stdout).not.toContain(bench.service.password);
    expect(passwordsSent(bench)).toEqual(['204']);
  });
});

describe('a question', () => {
  it.each([
    ['TERM', 143],
    ['HUP', 129],
    ['INT', 130],
  ])('ends at SIG%s, with the terminal as it was', async (signal, status) => {
    const bench = await programBench();
    const result = await atTerminal(
      bench,
      line(LOGIN),
      `set before [modes]
      need {${QUESTION}}
      if {[modes] eq $before} { puts "the answer would be shown"; exit 97 }
      send "half of it"
      exec kill -${signal} [exp_pid]
      need {interrupted by SIG${signal}}
      set after [modes]
      expect eof {} timeout { exit 97 }
      if {$after ne $before} { puts "$before $after"; exit 96 }
      exit [lindex [wait] 3]`,
    );
    expect(result, result.stdout).toMatchObject({ status });
    expect(result.stdout).not.toContain('half of it');
    expect(bench.service.requests).toEqual([]);
  });

  it.each([
    ['Ctrl-C', '\\003'],
    ['Ctrl-D', '\\004'],
  ])('ends at %s, with the terminal as it was', async (_, key) => {
    const bench = await programBench();
    const result = await atTerminal(
      bench,
      line(LOGIN),
      `set before [modes]
      need {${QUESTION}}
      send "${key}"
      need {was not answered}
      set after [modes]
      expect eof {} timeout { exit 97 }
      if {$after ne $before} { exit 96 }
      exit [lindex [wait] 3]`,
    );
    expect(result, result.stdout).toMatchObject({ status: 130 });
  });

  it('is asked again after a stop from outside, which the shell could not mend', async () => {
    const bench = await programBench();
    const result = await atTerminal(
      bench,
      line(LOGIN),
      `need {${QUESTION}}
      send "half of it"
      exec kill -STOP [exp_pid]
      exec stty sane < $spawn_out(slave,name)
      exec kill -CONT [exp_pid]
      need {${QUESTION}}
      ${type(bench.service.password)}
      need {export OPC_COOKIE=}
      expect eof {} timeout { exit 97 }
      exit [lindex [wait] 3]`,
    );
    expect(result, result.stdout).toMatchObject({ status: 0 });
    expect(result.stdout).not.toContain('half of it');
    expect(result.stdout).not.toContain(bench.service.password);
    expect(passwordsSent(bench)).toEqual(['204']);
  });

  it('is the first of two whose answers are pasted at once: none is shown, and none is lost', async () => {
    const bench = await programBench();
    const result = await atTerminal(
      bench,
      line(['password', 'set']),
      `need {${QUESTION}}
      send "pasted secret\\rpasted secret\\ranother line\\r"
      need {The same password again: }
      need {no keychain can be used here}
      expect eof {} timeout { exit 97 }
      exit [lindex [wait] 3]`,
    );
    expect(result, result.stdout).toMatchObject({ status: 2 });
    expect(result.stdout).not.toMatch(/pasted|another line/);
  });

  it('ends when its terminal goes away', async () => {
    const bench = await programBench();
    const result = await atTerminal(
      bench,
      line(LOGIN),
      `need {${QUESTION}}
      close
      puts [lindex [wait] 5]`,
    );
    expect(result.stdout).toMatch(/SIGHUP\n$/);
  });
});
