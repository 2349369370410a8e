import { quote } from '../../lib/shell/index.js';
import type { CommandShape, Offer } from './shapes.js';
import {
  argumentOffers,
  commandWords,
  knownLines,
  leadingOptions,
  PROGRAMS,
  shapesOf,
  sharedOptions,
  valueNames,
  wrappingLines,
} from './vocabulary.js';

/** Completion for fish. Nothing is started when TAB is pressed. */
export function fishCompletion(shapes: readonly CommandShape[]): string {
  return `# Completion of oracle-compute for fish, made by: oracle-compute completion fish
# To use it:  oracle-compute completion fish > ~/.config/fish/completions/oracle-compute.fish
# For lines that begin with oci, once an oracle-compute line has been completed; or put this into config.fish:
#   oracle-compute completion fish | source

# The command so far and how many arguments it has, as "program:command:count"; "another" behind a --.
function __oracle_compute_line
    set -l known ${knownLines(shapes).map(quoted).join(' ')}
    set -l taking ${valueNames(shapes).join(' ')}
    set -l wrapping ${wrappingLines(shapes).map(quoted).join(' ')}
${BODY}end

function __oracle_compute_after
    set -l line (__oracle_compute_line)
    for wanted in $argv
        string match -q -- "$wanted" "$line"; and return 0
    end
    return 1
end

# The command line behind the --.
function __oracle_compute_rest
    set -l words (commandline -opc)
    set -l end (contains -i -- -- $words)
    set -e words[1..$end]
    complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
end

${PROGRAMS.map((program) => rules(program, shapes)).join('\n')}`;
}

function rules(program: string, shapes: readonly CommandShape[]): string {
  const words = commandWords(shapes).filter(({ after }) => after.startsWith(`${program}:`));
  const own = shapesOf(program, shapes);
  const leading = { lines: [''], options: leadingOptions(program, shapes) };
  const start = `complete -c ${program}`;
  return [
    // Oracle's own completion of oci may offer files.
    ...(program === 'oci' ? [] : [`${start} -f`]),
    `${start} -n ${condition(['another'])} -f -a '(__oracle_compute_rest)'`,
    ...words.flatMap(({ after, words: next }) =>
      next.map(
        ({ word, description }) =>
          `${start} -n ${condition([`${after}:0`])} -a ${quoted(word)} -d ${quoted(description)}`,
      ),
    ),
    ...sharedOptions([leading, ...own]).map((option) => `${start} ${optionRule(program, option)}`),
    ...argumentOffers(own).flatMap(([at, offer]) => {
      const values = offerFlags(offer);
      return values === '' ? [] : [`${start} -n ${condition([`${program}:${at}`])} ${values}`];
    }),
    '',
  ].join('\n');
}

type SharedOption = ReturnType<typeof sharedOptions>[number];

function optionRule(program: string, { names, lines, takesValue, offer, description }: SharedOption): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const value = takesValue ? offerFlags(offer) || '-x' : '';
  const patterns = lines.map((line) => `${program}:${line}:*`);
  return `-n ${condition(patterns)} ${flags.join(' ')} ${value} -d ${quoted(description)}`.replace(/ {2}/g, ' ');
}

function offerFlags(offer: Offer): string {
  if (offer === undefined) return '';
  return offer === 'file' ? '-r -F' : `-x -a ${quoted(offer.join(' '))}`;
}

function condition(patterns: readonly string[]): string {
  return quoted(`__oracle_compute_after ${patterns.map(quoted).join(' ')}`);
}

function quoted(text: string): string {
  return quote('fish', text);
}

const BODY = `    set -l words (commandline -opc)
    set -l program (string replace -r '.*/' '' -- $words[1])
    set -l command ''
    set -l option ''
    set -l count 0
    set -l rest 0
    for word in $words[2..-1]
        if test $rest -eq 1
            set count (math $count + 1)
        else if test -n "$option"
            set option ''
        else if test "$word" = --
            if contains -- "$command" $wrapping
                echo another
                return
            end
            set rest 1
        else if contains -- "$word" $taking
            set option $word
        else if string match -q -- '-*' "$word"
            continue
        else
            set -l next (string trim -- "$command $word")
            if test $count -eq 0; and contains -- "$program:$next" $known
                set command $next
            else
                set count (math $count + 1)
            end
        end
    end
    echo "$program:$command:$count"
`;
