import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../support/program.js';
import { requirePart } from '../support/real-part.js';
import { writeFileWithMode } from '../support/temporary-home.js';

/** What a shell made of one line at TAB: the words that it could choose from, and the line afterwards. */
export interface Completed {
  readonly offered: readonly string[];
  /** Undefined where the shell was asked without a terminal. */
  readonly line: string | undefined;
}

/** For zsh: most of the time of `compinit` goes to completions of other programs. `_files` is among these. */
export const FEWER_FUNCTIONS = `fpath=(\${fpath:#*/(Unix|Linux|Debian|X)})`;

/** Asks a shell, with the script of `oracle-compute completion`, what it makes of lines. `folder` is where it stands. */
export type Complete = (script: string, lines: readonly string[], folder: string) => Promise<Completed[]>;

export const COMPLETE: Readonly<Record<'bash' | 'zsh' | 'zsh, autoloaded' | 'fish', Complete>> = {
  bash: async (script, lines, folder) => {
    const rc = writeFileWithMode(
      join(folder, '.bashrc'),
      `PS1='READY> '
bind 'set completion-query-items 0'
bind 'set page-completions off'
bind 'set enable-bracketed-paste off'
bind -x '"\\C-t": _finish'
_finish() { printf '== %s\\n' "$READLINE_LINE" >> "$CAPTURE"; READLINE_LINE=''; printf 'DONE\\n'; }
source "$SCRIPT"
_watched() { _oracle_compute "$@"; ((\${#COMPREPLY[@]})) && printf '%s\\n' "\${COMPREPLY[@]}" >> "$CAPTURE"; }
complete -o default -F _watched oracle-compute oci
`,
    );
    return typeInto([requirePart('bash'), '--noprofile', '--rcfile', rc, '-i'], script, lines, folder);
  },

  zsh: (script, lines, folder) => typeIntoZsh('compinit -u -D; source "$SCRIPT"', script, lines, folder),

  // The script as a file in a folder of `fpath`, where compinit finds it by its first line.
  'zsh, autoloaded': (script, lines, folder) => {
    mkdirSync(join(folder, 'functions'));
    copyFileSync(script, join(folder, 'functions', '_oracle-compute'));
    const load = `${FEWER_FUNCTIONS}; fpath=(${join(folder, 'functions')} $fpath); compinit -u -D`;
    return typeIntoZsh(load, script, lines, folder);
  },

  fish: async (script, lines, folder) => {
    const asked = ['source $SCRIPT', ...lines.map((line) => `complete -C'${line}'; echo ==`)];
    const env = environment(script, folder);
    const { stdout } = await runProgram(['--no-config', '-c', asked.join('\n')], { env, cwd: folder }, [
      requirePart('fish'),
    ]);
    const answers = stdout.split('==\n').slice(0, -1);
    return answers.map((answer) => ({
      offered: answer.split('\n').flatMap((line) => line.split('\t')[0] || []),
      line: undefined,
    }));
  },
};

function typeIntoZsh(load: string, script: string, lines: readonly string[], folder: string): Promise<Completed[]> {
  writeFileWithMode(
    join(folder, '.zshrc'),
    `PS1='READY> '
LISTMAX=100000
unset zle_bracketed_paste
autoload -Uz compinit
${load}
compadd() {
  local -a hits
  if (( \${@[(I)-[OAD]]} )); then builtin compadd "$@"; return; fi
  builtin compadd -A hits "$@"
  (( $#hits )) && print -rl -- $hits >> "$CAPTURE"
  builtin compadd "$@"
}
_finish() { print -r -- "== $BUFFER" >> "$CAPTURE"; BUFFER=''; zle -R; print DONE > /dev/tty }
zle -N _finish
bindkey '^T' _finish
`,
  );
  return typeInto([requirePart('zsh'), '-i'], script, lines, folder);
}

/** Types lines at a real terminal, a TAB behind each. */
async function typeInto(
  shell: readonly string[],
  script: string,
  lines: readonly string[],
  folder: string,
): Promise<Completed[]> {
  const capture = writeFileWithMode(join(folder, '.capture'), '');
  const typist = join(folder, '.type.exp');
  writeFileSync(
    typist,
    `set timeout 60
log_user 0
spawn -noecho ${shell.join(' ')}
expect "READY>" {} timeout { exit 90 } eof { exit 91 }
foreach line {${lines.map((line) => `{${line}}`).join(' ')}} {
  send -- "$line\\t\\x14"
  expect "DONE" {} timeout { exit 92 } eof { exit 93 }
}
close
wait
`,
  );
  const env = { ...environment(script, folder), CAPTURE: capture, ZDOTDIR: folder };
  const { status, stdout, stderr } = await runProgram([typist], { env, cwd: folder }, [requirePart('expect')]);
  if (status !== 0) throw new Error(`the shell did not answer (${status}): ${stdout}${stderr}`);
  const completed: Completed[] = [];
  let offered: string[] = [];
  for (const line of readFileSync(capture, 'utf8').split('\n').slice(0, -1)) {
    if (!line.startsWith('== ')) offered.push(line);
    else {
      completed.push({ offered, line: line.slice(3) });
      offered = [];
    }
  }
  return completed;
}

function environment(script: string, folder: string) {
  // No program of ours: the script knows where it is.
  return { PATH: '/usr/bin:/bin', HOME: folder, LANG: 'C.UTF-8', TERM: 'xterm', SCRIPT: script };
}
