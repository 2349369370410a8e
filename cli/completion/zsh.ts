import type { CommandShape, Offer } from './shapes.js';
import {
  argumentOffers,
  type Choice,
  commandWords,
  knownLines,
  leadingOptions,
  PROGRAMS,
  valueNames,
  valueOffers,
  wrappingLines,
} from './vocabulary.js';

/** Completion for zsh, to be sourced or to be put into a folder of `fpath`. Nothing is started when TAB is pressed. */
export function zshCompletion(shapes: readonly CommandShape[]): string {
  const words = commandWords(shapes);
  const leading = PROGRAMS.map((program) => ({ lines: [`${program}:`], options: leadingOptions(program, shapes) }));
  return `#compdef oracle-compute
# Completion of oracle-compute for zsh, made by: oracle-compute completion zsh
# To use it, put this into ~/.zshrc, after compinit:  source <(oracle-compute completion zsh)
# or save it as _oracle-compute in a folder of fpath.

_oracle-compute-words() {
  case $1 in
${words.map(wordArm).join('')}  esac
}

_oracle-compute-options() {
  case $1 in
${[...leading, ...shapes].map(optionArm).join('')}  esac
}

_oracle-compute-values() {
  case $1 in
${valueOffers(shapes)
  .map(({ patterns, offer }) => offerArm(patterns, offer))
  .join('')}  esac
}

_oracle-compute-arguments() {
  case $1 in
${argumentOffers(shapes)
  .map(([at, offer]) => offerArm([quoted(at)], offer))
  .join('')}  esac
}

_oracle-compute() {
  local -a known=(${knownLines(shapes).map(quoted).join(' ')})
  local -a taking=(${valueNames(shapes).map(quoted).join(' ')})
  local -a wrapping=(${wrappingLines(shapes).map(quoted).join(' ')})
${BODY}}

if [[ $funcstack[1] == _oracle-compute ]]; then
  _oracle-compute "$@"
else
  compdef _oracle-compute oracle-compute
  # Oracle's own completion of oci knows more of it.
  (( $+_comps[oci] )) || compdef _oracle-compute oci
fi
`;
}

function wordArm({ after, words }: Choice): string {
  const described = words.map(({ word, description }) => quoted(`${word}:${description}`));
  return `    ${quoted(after)}) offered=(${described.join(' ')}) ;;\n`;
}

function optionArm({ lines, options }: Pick<CommandShape, 'lines' | 'options'>): string {
  const described = options.flatMap(({ names, description }) => names.map((name) => quoted(`${name}:${description}`)));
  return `    ${lines.map(quoted).join(' | ')}) offered=(${described.join(' ')}) ;;\n`;
}

function offerArm(patterns: readonly string[], offer: Offer): string {
  if (offer === undefined) return '';
  const action = offer === 'file' ? '_files' : `compadd -- ${offer.map(quoted).join(' ')}`;
  return `    ${patterns.join(' | ')}) ${action} ;;\n`;
}

/** A word in single quotes. Descriptions may hold what `_describe` would split at, and quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const BODY = `  local program=\${words[1]:t} command='' option='' word
  local -a offered
  local -i count=0 rest=-1 i
  for (( i = 2; i < CURRENT; i++ )); do
    word=\${(Q)words[i]}
    if (( rest >= 0 )); then
      rest+=1
    elif [[ -n $option ]]; then
      option=''
    elif [[ $word == -- ]]; then
      rest=0
    elif (( $taking[(Ie)$word] )); then
      option=$word
    elif [[ $word == -* ]]; then
      continue
    elif (( count == 0 && $known[(Ie)$program:\${command:+$command }$word] )); then
      command=\${command:+$command }$word
    else
      count+=1
    fi
  done

  if (( rest >= 0 && $wrapping[(Ie)$command] )); then
    # Another command line, which begins after the --.
    shift $(( CURRENT - rest - 1 )) words
    CURRENT=$(( rest + 1 ))
    _normal
    return
  fi
  if (( rest < 0 )) && [[ -z $option && $PREFIX == --*=* ]]; then
    option=\${PREFIX%%=*}
    compset -P '*='
  fi
  if [[ -n $option ]]; then
    _oracle-compute-values "$command:$option"
  elif (( rest < 0 )) && [[ $PREFIX == -* ]]; then
    _oracle-compute-options "\${command:-$program:}"
    _describe -o option offered
  else
    _oracle-compute-words "$program:$command"
    if (( $#offered )); then
      _describe command offered
    else
      _oracle-compute-arguments "$command:$(( count + (rest > 0 ? rest : 0) ))"
    fi
  fi
`;
