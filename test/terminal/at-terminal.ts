import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAM, runProgram } from '../support/program.js';
import type { ProgramBench } from '../support/program-bench.js';
import { requirePart } from '../support/real-part.js';

const TCSH_PROMPT = 'set prompt = "$PS1"\n';
/** What a shell that was started by the test says when it reads a line, and what a shell below it says. */
export const [READY, READY_INSIDE] = ['ready: ', 'inside: '];
export const LOGIN = ['auth', '-p', '-'];
export const QUESTION = 'Password of [^ ]+ at http://[^ ]+: $';

/**
 * A program at a terminal of its own, under expect. Gives the exit status of the script, and all that was shown.
 *
 * What is typed to a hidden question shows nothing, so `send_unfinished` looks at how much the process has read: on a
 * busy machine it would else be stopped or ended before the terminal has given it what was typed.
 */
export async function atTerminal(bench: ProgramBench, command: string, script: string) {
  const path = join(bench.home, 'script.exp');
  writeFileSync(join(bench.home, '.tcshrc'), TCSH_PROMPT);
  writeFileSync(
    path,
    `set timeout 60
proc need {pattern} { expect -re $pattern {} timeout { puts "\\nno $pattern"; exit 99 } eof { puts "\\nend, no $pattern"; exit 98 } }
proc bytes_read {pid} { regexp {rchar: (\\d+)} [exec cat /proc/$pid/io] _ count; return $count }
proc send_unfinished {pid text} {
  set before [bytes_read $pid]
  send -- $text
  for {set looks 0} {[bytes_read $pid] < $before + [string length $text]} {incr looks} {
    if {$looks > 3000} { puts "\\n$text was not read"; exit 96 }
    after 20
  }
}
proc pid_below {} { exec cat ${join(bench.home, 'pid')} }
proc signal {name} { exec kill -$name [pid_below] }
spawn -noecho sh -c {exec ${command}}
${script}
`,
  );
  const { OPC_PASSWORD_FILE: _, ...env } = bench.env;
  return runProgram([path], { env: { ...env, TERM: 'xterm', PS1: READY, READY_INSIDE } }, [requirePart('expect')]);
}

export function line(words: readonly string[]): string {
  return [process.execPath, PROGRAM, ...words].join(' ');
}

/**
 * A program below a shell that outlives it and notes the modes of the terminal before and afterwards: a terminal whose
 * first process has ended is taken away from the others, and has its first modes again.
 */
export function watched(home: string, command: string): string {
  const path = join(home, 'watched.sh');
  writeFileSync(
    path,
    `stty -g > "$HOME/before"
sh -c 'echo $$ > "$HOME/pid"; exec ${command}'
status=$?
stty -g > "$HOME/after"
exit $status
`,
  );
  return `sh ${path}`;
}

export function modesAround(home: string): string[] {
  return ['before', 'after'].map((when) => readFileSync(join(home, when), 'utf8'));
}

/** Words of Tcl; braces hold what shells and Tcl would both read. */
export const type = (text: string) => `send -- {${text}}; send "\\r"`;

/** Types a line once the shell reads one: what is typed before that may be lost, or be read by the shell above it. */
export const typeAt = (prompt: string, text: string) => `need {${prompt}}; ${type(text)}`;

export function passwordsSent({ service }: ProgramBench): string[] {
  return service.requests.flatMap(({ path, status }) => (path === '/authenticate/' ? [String(status)] : []));
}
