import type { CommandShape, Offer, OptionShape } from './shapes.js';
import {
  argumentOffers,
  commandWords,
  knownLines,
  leadingOptions,
  PROGRAMS,
  valueNames,
  valueOffers,
  wrappingLines,
} from './vocabulary.js';

/** A word that no list of choices has: a file is offered, by the shell itself. */
const FILE = '/';

/** Completion for bash 3.2 and later. The function knows everything; nothing is started when TAB is pressed. */
export function bashCompletion(shapes: readonly CommandShape[]): string {
  return `# Completion of oracle-compute for bash, made by: oracle-compute completion bash
# To use it, put this into ~/.bashrc:  eval "$(oracle-compute completion bash)"

_oracle_compute_words() {
  case "$1" in
${commandArms(shapes)}  esac
}

_oracle_compute_is_known() {
  case "$1" in
    ${knownLines(shapes).map(quoted).join(' | ')}) return 0 ;;
  esac
  return 1
}

_oracle_compute_takes_value() {
  case "$1" in
    ${valueNames(shapes).join(' | ')}) return 0 ;;
  esac
  return 1
}

_oracle_compute_options() {
  case "$1" in
${optionArms(shapes)}  esac
}

_oracle_compute_values() {
  case "$1" in
${valueOffers(shapes)
  .map(({ patterns, offer }) => offerArm(patterns, offer))
  .join('')}  esac
}

_oracle_compute_arguments() {
  case "$1" in
${argumentOffers(shapes)
  .map(([at, offer]) => offerArm([quoted(at)], offer))
  .join('')}  esac
}

_oracle_compute_wraps() {
  case "$1" in
    ${wrappingLines(shapes).map(quoted).join(' | ') || "''"}) return 0 ;;
  esac
  return 1
}

${FUNCTION}`;
}

function commandArms(shapes: readonly CommandShape[]): string {
  return commandWords(shapes)
    .map(({ after, words }) => wordArm([after], words))
    .join('');
}

function optionArms(shapes: readonly CommandShape[]): string {
  const leading = PROGRAMS.map((program) => ({ lines: [`${program}:`], options: leadingOptions(program, shapes) }));
  return [...leading, ...shapes].map(({ lines, options }) => nameArm(lines, options)).join('');
}

function offerArm(patterns: readonly string[], offer: Offer): string {
  if (offer === undefined) return '';
  return `    ${patterns.join(' | ')}) offered=${quoted(offer === 'file' ? FILE : offer.join(' '))} ;;\n`;
}

function wordArm(keys: readonly string[], words: ReadonlyArray<{ readonly word: string }>): string {
  const plain = words.map(({ word }) => word);
  return offerArm(keys.map(quoted), plain);
}

function nameArm(keys: readonly string[], options: readonly OptionShape[]): string {
  const names = options.flatMap((option) => option.names);
  return offerArm(keys.map(quoted), names);
}

function quoted(text: string): string {
  return `'${text}'`;
}

const FUNCTION = `_oracle_compute() {
  local IFS=$' \\t\\n' program="\${COMP_WORDS[0]##*/}" command='' option='' offered='' word i
  local -i count=0 rest=-1
  local -a line
  # bash takes words apart at = and : (COMP_WORDBREAKS).
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    if ((i > 1)) && [[ "$word" == [:=]* || "\${COMP_WORDS[i - 1]}" == *[:=] ]]; then
      line[\${#line[@]}-1]+="$word"
    else
      line[\${#line[@]}]="$word"
    fi
  done
  local current="\${line[\${#line[@]}-1]}"
  for ((i = 0; i < \${#line[@]} - 1; i++)); do
    word="\${line[i]}"
    if ((rest >= 0)); then
      rest+=1
    elif [[ -n "$option" ]]; then
      option=''
    elif [[ "$word" == -- ]]; then
      rest=0
    elif _oracle_compute_takes_value "$word"; then
      option="$word"
    elif [[ "$word" == -* ]]; then
      :
    elif ((count == 0)) && _oracle_compute_is_known "$program:\${command:+$command }$word"; then
      command="\${command:+$command }$word"
    else
      count+=1
    fi
  done

  COMPREPLY=()
  if ((rest >= 0)) && _oracle_compute_wraps "$command"; then
    # Another command line: its first word is a command, the others may be files.
    ((rest == 0)) && COMPREPLY=($(compgen -c -- "$current"))
    return
  fi
  if ((rest < 0)) && [[ -z "$option" && "$current" == --*=* ]]; then
    option="\${current%%=*}"
    current="\${current#*=}"
  fi
  if [[ -n "$option" ]]; then
    _oracle_compute_values "$command:$option"
  elif ((rest < 0)) && [[ "$current" == -* ]]; then
    _oracle_compute_options "\${command:-$program:}"
  else
    _oracle_compute_words "$program:$command"
    [[ -n "$offered" ]] || _oracle_compute_arguments "$command:$((count + (rest > 0 ? rest : 0)))"
  fi
  # An empty list leaves files to bash; where no file is meant, not even those.
  [[ "$offered" == ${FILE} ]] && return
  compopt +o default 2>/dev/null
  COMPREPLY=($(compgen -W "$offered" -- "$current"))
}

complete -o default -F _oracle_compute oracle-compute
# Oracle's own completion of oci knows more of it.
complete -p oci >/dev/null 2>&1 || complete -o default -F _oracle_compute oci
`;
