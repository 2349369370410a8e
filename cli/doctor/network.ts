import { isOracleComputeError, OracleComputeError } from '../../lib/errors.js';
import type { HttpAnswer } from '../../lib/http/client.js';
import { findProxy, hostPort } from '../../lib/http/proxy.js';
import { describeDuration } from '../../lib/session/duration.js';
import type { Context } from '../context/context.js';
import { type GeneralOptions, httpClient } from '../options/general.js';
import { type Check, fail, look, note, pass } from './check.js';

/** More than the Date header's whole seconds and a slow answer explain; OCI refuses more than five minutes. */
const LARGEST_SKEW = 60_000;

/** The way to the service: proxy, name, connection, certificate, clock. Sends one request, with nothing secret in it. */
export async function checkNetwork(
  endpoint: string | undefined,
  options: GeneralOptions,
  context: Context,
): Promise<readonly Check[]> {
  if (endpoint === undefined) {
    return ['proxy', 'network', 'tls', 'clock'].map((check) => note(check, 'not looked at without an address'));
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
  return [pass('network', `${url.origin} answers (HTTP ${answer.status})`), checkTls(url), ...skew];
}

function checksOfFailure(url: URL, error: OracleComputeError): Check[] {
  const clock = note('clock', 'not looked at without an answer');
  if (error.code === 'TLS_FAILED') return [pass('network', `${url.origin} is reached`), fail('tls', error), clock];
  if (error.code === 'CA_BUNDLE_MALFORMED') {
    return [note('network', 'not looked at without certificate authorities'), fail('tls', error), clock];
  }
  return [fail('network', error), note('tls', 'not looked at without a connection'), clock];
}

function checkTls(url: URL): Check {
  return url.protocol === 'https:'
    ? pass('tls', `the certificate of ${url.hostname} is trusted`)
    : note('tls', `${url.origin} is plain http`);
}

/** Lifetimes are counted by the service's clock, but a wrong one here breaks certificates, signatures and budget. */
function checkClock({ serverTime, receivedAt }: HttpAnswer): Check {
  if (serverTime === undefined) return note('clock', 'the service does not say its time');
  const ahead = receivedAt - serverTime;
  if (Math.abs(ahead) <= LARGEST_SKEW) return pass('clock', "this machine's clock agrees with the service's");
  const message = `this machine's clock is ${describeDuration(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} the service's`;
  throw new OracleComputeError('CLOCK_WRONG', message, { seconds: Math.round(ahead / 1000) });
}
