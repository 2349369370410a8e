import { ownCall } from './own-call.js';

/** Completion for bash 3.2 and later. */
export function bashCompletion(self: readonly string[]): string {
  return `# Completion of oracle-compute for bash, made by: oracle-compute completion bash
# To use it, put this into ~/.bashrc:  eval "$(oracle-compute completion bash)"

${ownCall(self)}
_oracle_compute() {
  local word reply kind i
  local -a line=()
  # bash takes words apart at = and : (COMP_WORDBREAKS).
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    if ((i > 1)) && [[ "$word" == [:=]* || "\${COMP_WORDS[i - 1]}" == *[:=] ]]; then
      line[\${#line[@]}-1]+="$word"
    else
      line[\${#line[@]}]="$word"
    fi
  done
  local current="\${line[\${#line[@]}-1]}"
  COMPREPLY=()
  reply="$(_oracle_compute_call "\${line[@]}" 2>/dev/null)"$'\\n' || return 0
  kind="\${reply%%$'\\n'*}"
  if [[ "$kind" == command ]]; then
    # Another command line: its first word is a command, the others may be files.
    if [[ "\${line[\${#line[@]}-2]}" == -- ]]; then
      while IFS= read -r word; do COMPREPLY[\${#COMPREPLY[@]}]="$word"; done < <(compgen -c -- "$current")
    fi
    return 0
  fi
  # An empty list leaves files to bash; where no file is meant, not even those.
  [[ "$kind" == files ]] && return 0
  compopt +o default 2>/dev/null
  local cut=''
  [[ "$current" == *:* ]] && cut="\${current%"\${current##*:}"}" cut="\${cut#--*=}"
  while IFS=$'\\t' read -r word _; do
    [[ -n "$word" ]] && COMPREPLY[\${#COMPREPLY[@]}]="$(printf %q "\${word#"$cut"}")"
  done <<<"\${reply#*$'\\n'}"
  return 0
}

complete -o default -F _oracle_compute oracle-compute
# Oracle's own completion of oci knows more of it.
complete -p oci >/dev/null 2>&1 || complete -o default -F _oracle_compute oci
`;
}
