import { computeExpiredError } from '../../lib/compute/session-rules.js';
import { type StoredSession, serviceTime } from '../../lib/compute/stored-session.js';
import { sessionFromToken } from '../../lib/compute/token/env-session.js';
import { parseCookieVariable } from '../../lib/compute/token/token.js';
import { OracleComputeError } from '../../lib/errors.js';
import { PREFIXES } from '../../lib/secrets/secret-variables.js';
import type { ValueWithOrigin } from '../../lib/value-with-origin.js';
import type { Context } from '../context/context.js';
import { type Check, fail, note, pass } from './check.js';

const NAMES = ['API', 'USER', 'PASSWORD_FILE', 'COOKIE', 'COOKIE_FILE', 'CA_BUNDLE'];

/** Variables that hide another value, or switch something off that is not meant to be off. */
export function checkVariables({ env }: Context): Check[] {
  const failures = [...NAMES.flatMap((name) => shadowedNames(env, name)), ...tlsCheckOff(env)];
  return failures.length === 0
    ? [pass('variables', 'none hides another')]
    : failures.map((failure) => fail('variables', failure));
}

/** Older names that are set to something else than the newer one that counts. The values may be secrets. */
function shadowedNames(env: Context['env'], name: string): OracleComputeError[] {
  const [first, ...older] = PREFIXES.map((prefix) => prefix + name).filter((variable) => env[variable]);
  return older
    .filter((variable) => first !== undefined && env[variable] !== env[first])
    .map((variable) => {
      const message = `${variable} is set to something else than ${first}, which stands before it`;
      return new OracleComputeError('VARIABLE_SHADOWED', message, { variable });
    });
}

function tlsCheckOff(env: Context['env']): OracleComputeError[] {
  const variable = 'NODE_TLS_REJECT_UNAUTHORIZED';
  if (env[variable] !== '0') return [];
  const message = `${variable}=0 tells Node programs not to check certificates; this one checks all the same`;
  return [new OracleComputeError('TLS_CHECK_OFF', message, { variable })];
}

/** The token in the environment, which stands before everything stored. */
export function checkCookie(
  cookie: ValueWithOrigin<string> | undefined,
  stored: StoredSession | undefined,
  context: Context,
): Check {
  if (!cookie) return pass('cookie', 'no variable stands before the stored session');
  const { source } = cookie;
  const token = parseCookieVariable(cookie.value, source);
  if (stored && stored.token !== token) {
    const message = `${source} holds another token than the stored session of ${stored.user}, and stands before it`;
    throw new OracleComputeError('VARIABLE_SHADOWED', message, { variable: source });
  }
  const session = sessionFromToken({ endpoint: stored?.endpoint ?? '' }, token, context.clock, stored);
  if (!session.timesKnown) return note('cookie', `${source} holds a token that says nothing of its end`);
  const over = computeExpiredError(session, serviceTime(session, context.clock), source);
  if (over) throw over;
  return pass('cookie', `${source} holds a token that is valid${stored ? ', the stored one' : ''}`);
}
