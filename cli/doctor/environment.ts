import { computeExpiredError } from '../../lib/compute/session-rules.js';
import { type StoredSession, serviceTime } from '../../lib/compute/stored-session.js';
import { findOwnerOfToken, sessionFromToken } from '../../lib/compute/token/env-session.js';
import { parseCookieVariable } from '../../lib/compute/token/token.js';
import { isOracleComputeError, OracleComputeError } from '../../lib/errors.js';
import type { HttpAnswer } from '../../lib/http/client.js';
import { findProxy, hostPort } from '../../lib/http/proxy.js';
import type { KeychainAccount } from '../../lib/secrets/keychain.js';
import { PREFIXES } from '../../lib/secrets/secret-variables.js';
import { describeDuration } from '../../lib/session/duration.js';
import type { ValueWithOrigin } from '../../lib/value-with-origin.js';
import type { Context } from '../context/context.js';
import { type GeneralOptions, httpClient } from '../flags/general.js';
import { placeOf } from '../flags/stored-session.js';
import { type Check, fail, look, note, pass } from './check.js';

const NAMES = ['API', 'USER', 'PASSWORD_FILE', 'COOKIE', 'COOKIE_FILE', 'CA_BUNDLE'];

/** Variables that override another value, or switch off the check of certificates. */
export function checkVariables({ env }: Context): Check[] {
  const failures = [...NAMES.flatMap((name) => shadowedNames(env, name)), ...tlsCheckOff(env)];
  return failures.length === 0
    ? [pass('variables', 'none overrides another')]
    : failures.map((failure) => fail('variables', failure));
}

/** Older names whose value differs from the newer name that overrides them. The values may be secrets. */
function shadowedNames(env: Context['env'], name: string): OracleComputeError[] {
  const [first, ...older] = PREFIXES.map((prefix) => prefix + name).filter((variable) => env[variable]);
  return older
    .filter((variable) => first !== undefined && env[variable] !== env[first])
    .map((variable) => {
      const message = `${variable} differs from ${first}, which overrides it`;
      return new OracleComputeError('VARIABLE_SHADOWED', message, { variable });
    });
}

function tlsCheckOff(env: Context['env']): OracleComputeError[] {
  const variable = 'NODE_TLS_REJECT_UNAUTHORIZED';
  if (env[variable] !== '0') return [];
  const message = `${variable}=0 tells Node not to verify certificates; this program verifies them anyway`;
  return [new OracleComputeError('TLS_CHECK_OFF', message, { variable })];
}

/** The token in the environment, which overrides the stored session unless it belongs to it. */
export async function checkCookie(
  cookie: ValueWithOrigin<string> | undefined,
  place: { readonly endpoint?: string; readonly user?: string },
  cookiesFile: string | undefined,
  stored: StoredSession | undefined,
  context: Context,
): Promise<Check> {
  if (!cookie) return pass('cookie', 'no variable overrides the stored session');
  const { source } = cookie;
  const token = parseCookieVariable(cookie.value, source);
  const owner = await findOwnerOfToken(token, source, { ...place, cookiesFile }, placeOf(context));
  if (owner && owner.session.token !== token) {
    const message = `${source} has an earlier token of the stored session: this program uses the newer one, others do not`;
    return note('cookie', message);
  }
  if (stored && stored.token !== token) {
    const message = `${source} has another token than the stored session of ${stored.user}, and overrides it`;
    throw new OracleComputeError('VARIABLE_SHADOWED', message, { variable: source });
  }
  const session = sessionFromToken({ endpoint: stored?.endpoint ?? '' }, token, context.clock, stored);
  if (!session.timesKnown) return note('cookie', `${source} has a token without a readable expiry`);
  const expired = computeExpiredError(session, serviceTime(session, context.clock), source);
  if (expired) throw expired;
  return pass('cookie', `${source} has a valid token${stored ? ', the stored one' : ''}`);
}

/** The versions that package.json asks for: ^20.19.0 || ^22.12.0 || >=23. */
export function checkNode({ nodeVersion }: Context): Check {
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
  context: Context,
): Promise<Check> {
  try {
    return pass('keychain', await describeKeychain(account, context));
  } catch (error) {
    const isHarmless =
      isOracleComputeError(error, 'KEYCHAIN_UNAVAILABLE') ||
      (isOracleComputeError(error, 'KEYCHAIN_NO_ANSWER') && (hasPasswordFile || !account));
    if (!isHarmless) throw error;
    const instead = hasPasswordFile ? 'the password file is used' : 'a password file can be used instead';
    return note('keychain', `${error.message}; ${instead}`);
  }
}

async function describeKeychain(account: KeychainAccount | undefined, context: Context): Promise<string> {
  if (!account) {
    await context.keychain.check();
    return 'the keychain answers';
  }
  return (await context.keychain.get(account)) === undefined
    ? `the keychain answers; it has no password of ${account.user}, or is locked`
    : `the keychain has the password of ${account.user}`;
}

/** Above the error of a Date header in whole seconds and a slow answer; OCI refuses more than five minutes. Milliseconds. */
const LARGEST_SKEW = 60_000;

/** The network path to the service: proxy, name, connection, certificate, clock. Sends one request without secrets. */
export async function checkNetwork(
  endpoint: string | undefined,
  options: GeneralOptions,
  context: Context,
): Promise<readonly Check[]> {
  if (endpoint === undefined) {
    return ['proxy', 'network', 'tls', 'clock'].map((check) => note(check, 'not checked without an address'));
  }
  const url = new URL('/', endpoint);
  const proxy = await look('proxy', async () => checkProxy(url, context));
  return [...proxy, ...(await checkExchange(url, options, context))];
}

function checkProxy(url: URL, context: Context): Check {
  const proxy = findProxy(url, context.env);
  return pass(
    'proxy',
    `the service is reached ${proxy === undefined ? 'directly' : `through ${hostPort(proxy.hostname, proxy.port)}`}`,
  );
}

async function checkExchange(url: URL, options: GeneralOptions, context: Context): Promise<readonly Check[]> {
  let answer: HttpAnswer;
  try {
    const http = await httpClient(options, context);
    answer = await http.send({ method: 'GET', url, retry: 'never' });
  } catch (error) {
    if (!isOracleComputeError(error) || error.code === 'INTERRUPTED') throw error;
    return checksOfFailure(url, error);
  }
  const skew = await look('clock', async () => checkClock(answer));
  return [pass('network', `${url.origin} answers`), checkTls(url), ...skew];
}

function checksOfFailure(url: URL, error: OracleComputeError): Check[] {
  const clock = note('clock', 'not checked without an answer');
  if (error.code === 'TLS_FAILED') return [pass('network', `${url.origin} is reached`), fail('tls', error), clock];
  if (error.code === 'CA_BUNDLE_MALFORMED') {
    return [note('network', 'not checked without certificate authorities'), fail('tls', error), clock];
  }
  return [fail('network', error), note('tls', 'not checked without a connection'), clock];
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
  if (Math.abs(ahead) <= LARGEST_SKEW) return pass('clock', "this machine's clock agrees with the service's");
  const message = `this machine's clock is ${describeDuration(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} the service's`;
  throw new OracleComputeError('CLOCK_WRONG', message, { seconds: Math.round(ahead / 1000) });
}
