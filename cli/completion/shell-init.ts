import { quote } from '../../lib/shell/syntax.js';
import { bashCompletion, fishCompletion, zshCompletion } from './scripts.js';

/** What a prompt shows of a session. */
export interface PromptState {
  /** The user, without the customer; empty without a session. */
  readonly user: string;
  /** How long token and session live from now, in seconds. */
  readonly token: number;
  readonly session: number;
}

const COLUMNS = 'state,user,tokenSecondsLeft,sessionSecondsLeft';

/** In a prompt, the program is asked again in the last minutes of a token, and then once a minute. Seconds. */
const [NEAR_ITS_END, PAUSE] = [300, 60];

/** The part that bash and zsh share. `now` sets the variable `now` to the time in seconds. */
function posixInit(shell: 'bash' | 'zsh', now: string, finish: string, { user, token, session }: PromptState): string {
  return `oracle-compute() {
  local code status_ word
  case "\${1-}" in
    auth | login | refresh_token | refresh-token | refresh | logout) ;;
    *) command oracle-compute "$@"; return ;;
  esac
  # What asks for another form, or goes to another program, is left as it is.
  for word in "$@"; do
    case "$word" in
      --shell | --shell=* | -f* | --format | --format=* | -h | --help) command oracle-compute "$@"; return ;;
    esac
  done
  [ -t 1 ] || { command oracle-compute "$@"; return; }
  word="$1"
  shift
  code="$(command oracle-compute "$word" --shell ${shell} "$@")"
  status_=$?
  [ "$status_" = 0 ] || return "$status_"
  eval "$code"
  _oracle_compute_look
}

# Asks the program for the session, for the prompt.
_oracle_compute_look() {
  local state user token session now
  IFS=$'\\t' read -r state user token session < <(command oracle-compute status -H -f tabbed -F ${COLUMNS} 2>/dev/null)
  [ "$state" = valid ] || user='' token=0 session=0
  _oracle_compute_keep "\${user##*/}" "$token" "$session"
}

_oracle_compute_keep() {
  local now
  ${now}
  _oracle_compute_user="$1" _oracle_compute_token=$((now + $2)) _oracle_compute_session=$((now + $3))
  _oracle_compute_cookie="\${OPC_COOKIE-}"
  # Near its end, somebody else may have renewed the token.
  _oracle_compute_next=$((now + ($2 > ${NEAR_ITS_END + PAUSE} ? $2 - ${NEAR_ITS_END} : ${PAUSE})))
}

# Sets ORACLE_COMPUTE_PROMPT, without a process unless the token is near its end.
_oracle_compute_prompt() {
  local status_=$? now left text=''
  ${now}
  if [ "$now" -ge "$_oracle_compute_next" ] || [ "$_oracle_compute_cookie" != "\${OPC_COOKIE-}" ]; then
    _oracle_compute_look
  fi
  if [ -n "$_oracle_compute_user" ] && [ "$_oracle_compute_token" -gt "$now" ]; then
    text="$_oracle_compute_user "
    for left in $((_oracle_compute_token - now)) $((_oracle_compute_session - now)); do
      left=$((left < 60 ? 0 : (left + 30) / 60))
      if [ "$left" -lt 60 ]; then text+="\${left}m/"; else text+="$((left / 60))h/"; fi
    done
    text="\${text%/}"
  fi
  ${finish}
  return "$status_"
}

_oracle_compute_keep ${quote(shell, user)} ${token} ${session}
`;
}

/** For `~/.bashrc`: completion, the function, and the prompt. bash 3.2 and later. */
export function bashInit(self: readonly string[], state: PromptState, seconds: number): string {
  const now = `now=\${EPOCHSECONDS:-$((_oracle_compute_base + SECONDS))}`;
  return `# oracle-compute in bash, made by: oracle-compute shell-init bash
${bashCompletion(self)}
_oracle_compute_base=$((${seconds} - SECONDS))
${posixInit('bash', now, 'ORACLE_COMPUTE_PROMPT="$text"', state)}
case ";\${PROMPT_COMMAND-};" in
  *_oracle_compute_prompt*) ;;
  *) PROMPT_COMMAND="_oracle_compute_prompt\${PROMPT_COMMAND:+;$PROMPT_COMMAND}" ;;
esac
`;
}

/** For `~/.zshrc`: completion if compinit has run, the function, and the prompt. */
export function zshInit(self: readonly string[], state: PromptState): string {
  // A prompt reads a percent sign as the beginning of a code.
  return `# oracle-compute in zsh, made by: oracle-compute shell-init zsh
if (( $+functions[compdef] )); then
${zshCompletion(self).replace(/^#compdef.*\n/, '')}
fi
zmodload zsh/datetime
${posixInit('zsh', 'now=$EPOCHSECONDS', `ORACLE_COMPUTE_PROMPT="\${text//\\%/%%}"`, state)}
autoload -Uz add-zsh-hook
add-zsh-hook precmd _oracle_compute_prompt
`;
}

/** For `config.fish`: completion of both programs, the function, and the prompt. fish 3.5 and later. */
export function fishInit(self: readonly string[], { user, token, session }: PromptState): string {
  return `# oracle-compute in fish, made by: oracle-compute shell-init fish
${fishCompletion(self)}
function oracle-compute --description 'Oracle Compute: auth, refresh_token and logout change this shell'
    if not contains -- "$argv[1]" auth login refresh_token refresh-token refresh logout
        or not test -t 1
        or string match -qr -- '^(--shell(=.*)?|-f.*|--format(=.*)?|-h|--help)$' $argv[2..]
        command oracle-compute $argv
        return
    end
    set -l code (command oracle-compute $argv[1] --shell fish $argv[2..])
    or return
    string join \\n -- $code | source
    __oracle_compute_look
end

# Asks the program for the session, for the prompt.
function __oracle_compute_look
    set -l row (command oracle-compute status -H -f tabbed -F ${COLUMNS} 2>/dev/null | string split \\t)
    test "$row[1]" = valid; or set row none '' 0 0
    __oracle_compute_keep (string replace -r '.*/' '' -- "$row[2]") $row[3] $row[4]
end

# The time in seconds, without a process: how old the root folder is, added to when it was changed.
function __oracle_compute_now
    math (path mtime /) + (path mtime --relative /)
end

function __oracle_compute_keep --argument-names user token session
    set -l now (__oracle_compute_now)
    set -g __oracle_compute_user "$user"
    set -g __oracle_compute_token (math $now + $token)
    set -g __oracle_compute_session (math $now + $session)
    set -g __oracle_compute_cookie "$OPC_COOKIE"
    # Near its end, somebody else may have renewed the token.
    if test $token -gt ${NEAR_ITS_END + PAUSE}
        set -g __oracle_compute_next (math $now + $token - ${NEAR_ITS_END})
    else
        set -g __oracle_compute_next (math $now + ${PAUSE})
    end
end

# Sets ORACLE_COMPUTE_PROMPT, without a process unless the token is near its end.
function __oracle_compute_prompt --on-event fish_prompt
    set -l now (__oracle_compute_now)
    if test $now -ge $__oracle_compute_next; or test "$__oracle_compute_cookie" != "$OPC_COOKIE"
        __oracle_compute_look
    end
    set -g ORACLE_COMPUTE_PROMPT ''
    test -n "$__oracle_compute_user"; and test $__oracle_compute_token -gt $now; or return
    set -l parts
    for left in (math $__oracle_compute_token - $now) (math $__oracle_compute_session - $now)
        set -l minutes (test $left -lt 60; and echo 0; or math --scale 0 "($left + 30) / 60")
        if test $minutes -lt 60
            set -a parts {$minutes}m
        else
            set -a parts (math --scale 0 $minutes / 60)h
        end
    end
    set -g ORACLE_COMPUTE_PROMPT "$__oracle_compute_user $parts[1]/$parts[2]"
end

__oracle_compute_keep ${quote('fish', user)} ${token} ${session}
`;
}

/** What takes it all back in a running shell. */
export const REMOVE = {
  bash: `unset -f oracle-compute _oracle_compute_look _oracle_compute_keep _oracle_compute_prompt _oracle_compute _oracle_compute_call
complete -r oracle-compute
[[ "$(complete -p oci 2>/dev/null)" == *_oracle_compute* ]] && complete -r oci
PROMPT_COMMAND="\${PROMPT_COMMAND//_oracle_compute_prompt/}"
PROMPT_COMMAND="\${PROMPT_COMMAND#;}"
unset ORACLE_COMPUTE_PROMPT _oracle_compute_base _oracle_compute_user _oracle_compute_token _oracle_compute_session _oracle_compute_cookie _oracle_compute_next
`,
  zsh: `add-zsh-hook -d precmd _oracle_compute_prompt
unfunction -m oracle-compute '_oracle_compute*' '_oracle-compute'
(( $+functions[compdef] )) && { compdef -d oracle-compute; [[ \${_comps[oci]-} == _oracle-compute ]] && compdef -d oci; }
unset -m ORACLE_COMPUTE_PROMPT '_oracle_compute_*'
`,
  fish: `functions -e oracle-compute __oracle_compute_look __oracle_compute_now __oracle_compute_keep __oracle_compute_prompt
functions -e __oracle_compute_call __oracle_compute_complete
complete -c oracle-compute -e
complete -c oci -e
set -e ORACLE_COMPUTE_PROMPT __oracle_compute_user __oracle_compute_token __oracle_compute_session __oracle_compute_cookie __oracle_compute_next
`,
};
