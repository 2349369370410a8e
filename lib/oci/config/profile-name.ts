import { OracleComputeError } from '../../errors.js';

/**
 * Checks the name of a profile, by Oracle's rule: letters, digits, `.`, `_`, `-`, `@`. The name also becomes a folder,
 * so it is never `.` or `..`.
 *
 * @param blanks allow blanks in it too: Oracle's CLI makes no such profile, and uses those that people write
 * @throws OracleComputeError PROFILE_NAME_MALFORMED
 */
export function checkProfileName(name: string, { blanks = false } = {}): string {
  const form = blanks ? /^[A-Za-z0-9._@-](?:[A-Za-z0-9._@ -]{0,126}[A-Za-z0-9._@-])?$/ : /^[A-Za-z0-9._@-]{1,128}$/;
  if (form.test(name) && name !== '.' && name !== '..') return name;
  const given = name.slice(0, 60);
  throw new OracleComputeError('PROFILE_NAME_MALFORMED', `${JSON.stringify(given)} cannot be the name of a profile`, {
    given,
  });
}
