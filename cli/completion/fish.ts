import { quoteWord } from '../../lib/shell/syntax.js';
import { COMPLETION_REQUEST } from './request.js';

/** Completion for fish. */
export function fishCompletion(self: readonly string[]): string {
  const [node = '', entry = ''] = self.map((word) => quoteWord('fish', word));
  return `# Completion of oracle-compute for fish, made by: oracle-compute completion fish
# To use it:  oracle-compute completion fish > ~/.config/fish/completions/oracle-compute.fish
# For lines that begin with oci, once an oracle-compute line has been completed; or put this into config.fish:
#   oracle-compute completion fish | source

function __oracle_compute_call
    if test -x ${node}; and test -e ${entry}
        ${node} ${entry} ${COMPLETION_REQUEST} $argv 2>/dev/null
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
            # Another command line, which begins after the --.
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
