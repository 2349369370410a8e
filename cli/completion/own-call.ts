import { quoteWord } from '../../lib/shell/syntax.js';
import { COMPLETION_REQUEST } from './request.js';

/**
 * A function of a Unix shell that asks for what may follow: the program that made the script, or, where it has been
 * moved since, the one on `PATH`.
 *
 * @param self the command line that starts this program again
 */
export function ownCall(self: readonly string[]): string {
  const [node = '', entry = ''] = self.map((word) => quoteWord('sh', word));
  return `_oracle_compute_call() {
  if [ -x ${node} ] && [ -e ${entry} ]; then
    ${node} ${entry} ${COMPLETION_REQUEST} "$@"
  else
    command oracle-compute ${COMPLETION_REQUEST} "$@"
  fi
}
`;
}
