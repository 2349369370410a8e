import { describeDuration } from '../clock.js';
import type { WantedSession } from '../compute/find-session.js';
import { computeExpiredError, type StoredSession, serviceTime } from '../compute/stored-session.js';
import { findOwnerOfToken, sessionFromToken } from '../compute/token/env-session.js';
import { parseCookieVariable } from '../compute/token/token.js';
import { isOracleComputeError, OracleComputeError } from '../errors.js';
import type { HttpAnswer } from '../http/client.js';
import { findProxy, hostPort } from '../http/proxy.js';
import type { Keychain, KeychainAccount } from '../secrets/keychain.js';
import type { ValueWithOrigin } from '../text.js';
import { PREFIXES } from '../variables.js';
import { type Check, fail, note, type Outside, pass, runCheck } from './check.js';

const NAMES = ['API', 'USER', 'PASSWORD_FILE', 'COOKIE', 'COOKIE_FILE', 'CA_BUNDLE'];

/** Variables that override another value, or switch off the check of certificates. */
export function checkVariables({ env }: Outside): Check[] {
  const failures = [...NAMES.flatMap((name) => shadowedNames(env, name)), ...tlsCheckOff(env)];
  return failures.length === 0
    ? [pass('variables', 'no conflicting variables')]
    : failures.map((failure) => fail('variables', failure));
}

/** Older names whose value differs from the newer name that overrides them. The values may be secrets. */
function shadowedNames(env: Outside['env'], name: string): OracleComputeError[] {
  const [first, ...older] = PREFIXES.map((prefix) => prefix + name).filter((variable) => env[variable]);
  return older
    .filter((variable) => first !== undefined && env[variable] !== env[first])
    .map((variable) => {
      const message = `${variable} differs from ${first}, which overrides it`;
      return new OracleComputeError('VARIABLE_SHADOWED', message, { variable });
    });
}

function tlsCheckOff(env: Outside['env']): OracleComputeError[] {
  const variable = 'NODE_TLS_REJECT_UNAUTHORIZED';
  if (env[variable] !== '0') return [];
  const message = `${variable}=0 tells Node not to verify certificates; this program verifies them anyway`;
  return [new OracleComputeError('TLS_CHECK_OFF', message, { variable })];
}

/** The token in the environment, which overrides the stored session unless it belongs to it. */
export async function checkCookie(
  cookie: ValueWithOrigin<string> | undefined,
  wanted: WantedSession,
  stored: StoredSession | undefined,
  outside: Outside,
): Promise<Check> {
  const { clock } = outside;
  if (!cookie) return pass('cookie', 'no variable overrides the stored session');
  const { source } = cookie;
  const token = parseCookieVariable(cookie.value, source);
  const owner = await findOwnerOfToken(token, source, wanted, { ...outside, owner: outside });
  if (owner && owner.session.token !== token) {
    const message = `${source} has an earlier token of the stored session: this program uses the newer one, others do not`;
    return note('cookie', message);
  }
  if (stored && stored.token !== token) {
    const message = `${source} has another token than the stored session of ${stored.user}, and overrides it`;
    throw new OracleComputeError('VARIABLE_SHADOWED', message, { variable: source });
  }
  const session = sessionFromToken({ endpoint: stored?.endpoint ?? '' }, token, clock, stored);
  if (!session.timesKnown) return note('cookie', `${source} has a token without a readable expiry`);
  const expired = computeExpiredError(session, serviceTime(session, clock), source);
  if (expired) throw expired;
  return pass('cookie', `${source} has a valid token${stored ? ', the stored one' : ''}`);
}

/** The versions that package.json asks for: ^20.19.0 || ^22.12.0 || >=23. */
export function checkNode(nodeVersion: string): Check {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const isSupported = major >= 23 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19);
  if (isSupported) return pass('node', `Node ${nodeVersion}`);
  return fail(
    'node',
    new OracleComputeError('NODE_UNSUPPORTED', `Node ${nodeVersion} is too old for this program`, {
      version: nodeVersion,
    }),
  );
}

/**
 * The keychain, as far as a login needs it. A missing keychain is a note. So is one that does not answer, unless the
 * login needs its password.
 *
 * @param account whose password to look for; without it, the check is only that the keychain answers
 */
export async function checkKeychain(
  account: KeychainAccount | undefined,
  hasPasswordFile: boolean,
  keychain: Keychain,
): Promise<Check> {
  try {
    return pass('keychain', await describeKeychain(account, keychain));
  } catch (error) {
    const isHarmless =
      isOracleComputeError(error, 'KEYCHAIN_UNAVAILABLE') ||
      (isOracleComputeError(error, 'KEYCHAIN_NO_ANSWER') && (hasPasswordFile || !account));
    if (!isHarmless) throw error;
    const instead = hasPasswordFile ? 'the password file is used' : 'a password file can be used instead';
    return note('keychain', `${error.message}; ${instead}`);
  }
}

async function describeKeychain(account: KeychainAccount | undefined, keychain: Keychain): Promise<string> {
  if (!account) {
    await keychain.check();
    return 'the keychain answers';
  }
  return (await keychain.get(account)) === undefined
    ? `the keychain answers; it has no password of ${account.user}, or is locked`
    : `the keychain has the password of ${account.user}`;
}

/** Above the error of a Date header in whole seconds and a slow answer; OCI refuses more than five minutes. Milliseconds. */
const LARGEST_SKEW = 60_000;

/** The network path to the service: proxy, name, connection, certificate, clock. Sends one request without secrets. */
export async function checkNetwork(endpoint: string | undefined, outside: Outside): Promise<readonly Check[]> {
  if (endpoint === undefined) {
    return ['proxy', 'network', 'tls', 'clock'].map((check) => note(check, 'skipped: no endpoint'));
  }
  const url = new URL('/', endpoint);
  const proxy = await runCheck('proxy', async () => checkProxy(url, outside));
  return [...proxy, ...(await checkExchange(url, outside))];
}

function checkProxy(url: URL, { env }: Outside): Check {
  const proxy = findProxy(url, env);
  return pass(
    'proxy',
    `connection: ${proxy === undefined ? 'direct' : `through ${hostPort(proxy.hostname, proxy.port)}`}`,
  );
}

async function checkExchange(url: URL, { http }: Outside): Promise<readonly Check[]> {
  let answer: HttpAnswer;
  try {
    answer = await http.send({ method: 'GET', url, retry: 'never' });
  } catch (error) {
    if (!isOracleComputeError(error) || error.code === 'INTERRUPTED') throw error;
    return checksOfFailure(url, error);
  }
  const skew = await runCheck('clock', async () => checkClock(answer));
  return [pass('network', `${url.origin} answers`), checkTls(url), ...skew];
}

function checksOfFailure(url: URL, error: OracleComputeError): Check[] {
  const clock = note('clock', 'skipped: no answer');
  if (error.code === 'TLS_FAILED') return [pass('network', `${url.origin} is reachable`), fail('tls', error), clock];
  if (error.code === 'CA_BUNDLE_MALFORMED') {
    return [note('network', 'skipped: no CA certificates'), fail('tls', error), clock];
  }
  return [fail('network', error), note('tls', 'skipped: no connection'), clock];
}

function checkTls(url: URL): Check {
  return url.protocol === 'https:'
    ? pass('tls', `the certificate of ${url.hostname} is trusted`)
    : note('tls', `${url.origin} is plain http`);
}

/** Lifetimes use the service's clock, but a wrong clock here breaks certificates and signatures. */
function checkClock({ serverTime, receivedAt }: HttpAnswer): Check {
  if (serverTime === undefined) return note('clock', 'the service sends no time');
  const ahead = receivedAt - serverTime;
  if (Math.abs(ahead) <= LARGEST_SKEW) return pass('clock', 'in sync with the service');
  const message = `this machine's clock is ${describeDuration(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} the service's`;
  throw new OracleComputeError('CLOCK_WRONG', message, { seconds: Math.round(ahead / 1000) });
}
