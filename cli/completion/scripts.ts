import { quote, quoteWord } from '../../lib/shell/syntax.js';
import { COMPLETION_REQUEST } from './request.js';

/**
 * A function of a Unix shell that calls for completions: the program that made the script or, if that was moved, the one
 * on `PATH`.
 *
 * @param self the command line that starts this program again
 */
function ownCall(self: readonly string[]): string {
  const words = self.map((word) => quoteWord('sh', word));
  return `_oracle_compute_call() {
  if ${words.map((word) => `[ -e ${word} ]`).join(' && ')}; then
    ${words.join(' ')} ${COMPLETION_REQUEST} "$@"
  else
    command oracle-compute ${COMPLETION_REQUEST} "$@"
  fi
}
`;
}

/** Completion for bash 3.2 and later. */
export function bashCompletion(self: readonly string[]): string {
  return `# Completion of oracle-compute for bash, made by: oracle-compute completion bash
# To use it, put this into ~/.bashrc:  eval "$(oracle-compute completion bash)"

${ownCall(self)}
_oracle_compute() {
  local word reply kind i
  local -a line=()
  # bash splits words at = and : (COMP_WORDBREAKS).
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
  # Without completions bash offers files; other kinds switch that off.
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
# Oracle's own completion of oci is more complete.
complete -p oci >/dev/null 2>&1 || complete -o default -F _oracle_compute oci
`;
}

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
      # Another command line follows the --.
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
  # Oracle's own completion of oci is more complete.
  (( $+_comps[oci] )) || compdef _oracle-compute oci
fi
`;
}

/** Completion for PowerShell, Windows PowerShell 5.1 and later. */
export function powershellCompletion(self: readonly string[]): string {
  const words = self.map((word) => quote('powershell', word));
  // An empty argument of a program is lost, except in the newest versions.
  return `# Completion of oracle-compute for PowerShell, made by: oracle-compute completion powershell
# To use it, put this into $PROFILE:  oracle-compute completion powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName oracle-compute, oci -ScriptBlock {
  param($word, $line, $cursor)
  $before = @($line.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object { "$_" })
  $current = if ($word) { $word } else { '""' }
  $reply = @(& ${words.join(' ')} ${COMPLETION_REQUEST} @before $current 2>$null)
  if ($reply[0] -ne 'words') { return }
  $reply | Select-Object -Skip 1 | Where-Object { $_ } | ForEach-Object {
    $text, $meaning = $_ -split "\`t", 2
    $prefix = if ($word -match '^--[^=]*=') { $Matches[0] } else { '' }
    $tip = if ($meaning) { $meaning } else { $text }
    [System.Management.Automation.CompletionResult]::new("$prefix$text", $text, 'ParameterValue', $tip)
  }
}
`;
}

/** Completion for fish. */
export function fishCompletion(self: readonly string[]): string {
  const words = self.map((word) => quoteWord('fish', word));
  return `# Completion of oracle-compute for fish, made by: oracle-compute completion fish
# To use it:  oracle-compute completion fish > ~/.config/fish/completions/oracle-compute.fish
# It completes oci, too, after the first completion of oracle-compute. To complete oci at once, add to config.fish:
#   oracle-compute completion fish | source

function __oracle_compute_call
    if ${words.map((word) => `test -e ${word}`).join('; and ')}
        ${words.join(' ')} ${COMPLETION_REQUEST} $argv 2>/dev/null
    else
        command oracle-compute ${COMPLETION_REQUEST} $argv 2>/dev/null
    end
end

function __oracle_compute_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l prefix (string match -r -- '^--[^=]*=' $current)
    set -l reply (__oracle_compute_call $words "$current")
    switch "$reply[1]"
        case command
            # Another command line follows the --.
            set -l end (contains -i -- -- $words)
            set -e words[1..$end]
            complete -C (string join ' ' -- (string escape -- $words) $current)
        case files
            __fish_complete_path (string replace -- "$prefix" '' $current) | string replace -r '^' -- "$prefix"
        case words
            printf '%s\\n' "$prefix"$reply[2..-1]
    end
end

complete -c oracle-compute -f -a '(__oracle_compute_complete)'
# Oracle's own completion of oci may offer files.
complete -c oci -a '(__oracle_compute_complete)'
`;
}
