import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROGRAM } from '../support/program.js';
import { type ProgramBench, programBench } from '../support/program-bench.js';
import { requirePart } from '../support/real-part.js';
import { writeFileWithMode } from '../support/temporary-home.js';
import { atTerminal, typeAt } from '../terminal/at-terminal.js';
import { FEWER_FUNCTIONS } from './typed-completions.js';

/** A shell that reads `rc` at its start, and how it says things. */
interface Shell {
  readonly name: 'bash' | 'zsh' | 'fish';
  readonly flags: string;
  readonly rcFile: string;
  readonly init: string;
  readonly prompt: string;
  /** Makes the next prompt ask the program, as a minute later. */
  readonly later: string;
  readonly status: string;
  readonly undo: string;
}

const SHELLS: readonly Shell[] = [
  {
    name: 'bash',
    later: '_oracle_compute_next=0',
    status: '$?',
    flags: '--noprofile -i',
    rcFile: '.bashrc',
    init: 'eval "$(oracle-compute shell-init bash)"',
    prompt: "PS1='[$ORACLE_COMPUTE_PROMPT]:'",
    undo: 'eval "$(oracle-compute shell-init bash --remove)"',
  },
  {
    name: 'zsh',
    later: '_oracle_compute_next=0',
    status: '$?',
    flags: '-i',
    rcFile: '.zshrc',
    init: `${FEWER_FUNCTIONS}; autoload -Uz compinit; compinit -u -D; eval "$(oracle-compute shell-init zsh)"`,
    prompt: "setopt prompt_subst; PROMPT='[$ORACLE_COMPUTE_PROMPT]:'",
    undo: 'eval "$(oracle-compute shell-init zsh --remove)"',
  },
  {
    name: 'fish',
    later: 'set -g __oracle_compute_next 0',
    status: '$status',
    flags: '-i',
    rcFile: '.config/fish/config.fish',
    init: 'oracle-compute shell-init fish | source',
    prompt: 'function fish_prompt; echo -n "[$ORACLE_COMPUTE_PROMPT]:"; end',
    undo: 'oracle-compute shell-init fish --remove | source',
  },
];

/** A home whose shell starts with the script, and where each start of the program is noted. */
async function shellBench({ rcFile, init, prompt }: Shell) {
  const bench = await programBench();
  const bin = join(bench.home, 'bin');
  const starts = join(bench.home, 'starts');
  writeFileSync(starts, '');
  writeFileWithMode(
    join(bin, 'oracle-compute'),
    `#!/bin/sh\necho "$*" >> ${starts}\nexec ${process.execPath} ${PROGRAM} "$@"\n`,
    0o700,
  );
  writeFileWithMode(join(bench.home, rcFile), `${init}\n${prompt}\n`);
  const env = { ...bench.env, PATH: `${bin}:${bench.env.PATH}`, LC_ALL: 'C.UTF-8' };
  return { ...bench, env, startsOf: () => readFileSync(starts, 'utf8').trim().split('\n') } as ProgramBench & {
    startsOf(): string[];
  };
}

/** Says whether the variable is set, in other words than those that are typed. */
const IS_SET = 'test -n "$OPC_COOKIE" && echo has a to""ken || echo has no to""ken';

const command = ({ name, flags }: Shell) => `${requirePart(name)} ${flags}`;
const LOOK = 'status -H -f tabbed -F state,user,tokenSecondsLeft,sessionSecondsLeft';
const NAME = 'jack.jones@example.com';
const [OUT, IN] = ['\\[\\]:', `\\[${NAME} 30m/3h\\]:`];

describe.each(SHELLS.map((shell) => [shell.name, shell] as const))('shell-init in %s', (_, shell) => {
  it('lets auth, refresh_token and logout change the shell, and shows the session in the prompt', async () => {
    const bench = await shellBench(shell);
    const result = await atTerminal(
      bench,
      command(shell),
      `${typeAt(OUT, IS_SET)}
      need {has no token}
      ${typeAt(OUT, `oracle-compute auth -p ${bench.home}/password`)}
      need {logged in as}
      ${typeAt(IN, IS_SET)}
      need {has a token}
      ${typeAt(IN, ':')}
      ${typeAt(IN, 'oracle-compute refresh_token')}
      ${typeAt(IN, 'oracle-compute logout')}
      need {is removed}
      ${typeAt(OUT, IS_SET)}
      need {has no token}
      ${typeAt(OUT, `oracle-compute logout; echo st""atus ${shell.status}`)}
      need {status 10}
      ${typeAt(OUT, 'exit')}
      expect eof {} timeout { exit 97 }`,
    );
    expect(result, result.stdout).toMatchObject({ status: 0 });
    expect(result.stdout).not.toMatch(/export OPC_COOKIE|set -gx|still set/);
    expect(bench.startsOf()).toEqual([
      `shell-init ${shell.name}`,
      `auth --shell ${shell.name} -p ${bench.home}/password`,
      LOOK,
      `refresh_token --shell ${shell.name}`,
      LOOK,
      `logout --shell ${shell.name}`,
      LOOK,
      `logout --shell ${shell.name}`,
    ]);
    expect(bench.service).toMatchObject({ logins: 1, refreshes: 1 });
  });

  it('shows a stored session at once, looks again near the end of its token, and leaves pipes alone', async () => {
    const bench = await shellBench(shell);
    await bench.storeOldSession();
    const result = await atTerminal(
      bench,
      command(shell),
      `need {\\[${NAME} [45]m/\\dh\\]:}
      ${typeAt('', 'oracle-compute refresh_token --shell value | cut -c1-3')}
      need {eyJ}
      ${typeAt(':', IS_SET)}
      need {has no token}
      ${typeAt(':', shell.later)}
      ${typeAt(':', ':')}
      ${typeAt(':', shell.undo)}
      ${typeAt(':', 'type oracle-compute')}
      need {bin/oracle-compute}
      ${typeAt(':', 'exit')}
      expect eof {} timeout { exit 97 }`,
    );
    expect(result, result.stdout).toMatchObject({ status: 0 });
    expect(bench.startsOf()).toEqual([
      `shell-init ${shell.name}`,
      'refresh_token --shell value',
      LOOK,
      `shell-init ${shell.name} --remove`,
    ]);
  });
});
