import { ownCall } from './own-call.js';

/** Completion for zsh, to be sourced or to be put into a folder of `fpath`. */
export function zshCompletion(self: readonly string[]): string {
  return `#compdef oracle-compute
# Completion of oracle-compute for zsh, made by: oracle-compute completion zsh
# To use it, put this into ~/.zshrc, after compinit:  source <(oracle-compute completion zsh)
# or save it as _oracle-compute in a folder of fpath.

${ownCall(self)}
_oracle-compute() {
  local -a reply offered
  local answer
  reply=("\${(@f)$(_oracle_compute_call "\${(@Q)words[1,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  case $reply[1] in
    command)
      # Another command line, which begins after the --.
      local -i rest=\${words[(i)--]}
      shift $rest words
      (( CURRENT -= rest ))
      _normal
      ;;
    files)
      [[ $PREFIX == --*=* ]] && compset -P '*='
      _files
      ;;
    words)
      [[ $PREFIX == --*=* ]] && compset -P '*='
      for answer in "\${(@)reply[2,-1]}"; do
        [[ -n $answer ]] && offered+=("\${\${answer%%$'\\t'*}//:/\\\\:}:\${answer#*$'\\t'}")
      done
      if [[ $PREFIX == -* ]]; then _describe -o option offered; else _describe word offered; fi
      ;;
  esac
}

if [[ $funcstack[1] == _oracle-compute ]]; then
  _oracle-compute "$@"
else
  compdef _oracle-compute oracle-compute
  # Oracle's own completion of oci knows more of it.
  (( $+_comps[oci] )) || compdef _oracle-compute oci
fi
`;
}
