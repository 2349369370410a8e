import { OracleComputeError } from '../../../lib/errors.js';
import { isLoopback } from '../../../lib/http/client.js';
import { logInWithBrowser } from '../../../lib/oci/login/login-flow.js';
import type { LoggedIn } from '../../../lib/oci/login/login-wait.js';
import { tryLogin } from '../../../lib/oci/login/try-login.js';
import { parseDuration } from '../../../lib/session/duration.js';
import type { Context } from '../../context/context.js';
import { announceLogin, startCountdown } from '../../output/new-session.js';
import { infoLogger } from '../general.js';
import type { LoginOptions, LoginPlan } from '../oci/login.js';
import { endpointOf, ociHttpClient } from '../oci.js';
import { canPrompt } from '../password.js';

export interface BrowserLoginOptions extends LoginOptions {
  readonly tenancyName?: string;
  readonly identityProviderName?: string;
  readonly callbackPort?: string;
  readonly callbackAddress?: string;
}

const DEFAULT_WAIT = 5 * 60_000;

/**
 * Logs in through the browser, telling the person at the terminal how that goes.
 *
 * @throws OracleComputeError as `logInWithBrowser` and `tryLogin`
 */
export async function logInThroughBrowser(
  options: BrowserLoginOptions,
  plan: LoginPlan,
  context: Context,
): Promise<LoggedIn> {
  const { tenancyName, identityProviderName: identityProvider, callbackPort, callbackAddress } = options;
  const timeout = options.timeout === undefined ? DEFAULT_WAIT : parseDuration(options.timeout);
  const port = readPort(callbackPort);
  let stopCountdown = () => {};
  try {
    return await logInWithBrowser(
      {
        region: plan.region,
        timeout,
        ...(tenancyName !== undefined && { tenancyName }),
        ...(identityProvider !== undefined && { identityProvider }),
        ...(port !== undefined && { port }),
        ...(callbackAddress !== undefined && { address: callbackAddress }),
      },
      {
        clock: context.clock,
        signal: context.interruption,
        // Without a terminal, no user would see the browser.
        ...(canPrompt(context) && { openBrowser: context.openBrowser }),
        announce: (url, opened) => {
          if (callbackAddress !== undefined) warnOfReach(callbackAddress, options, context);
          announceLogin(url, opened, context);
          stopCountdown = startCountdown('Waiting for the login', timeout, context);
        },
        pasted: (signal) => pastedLines(context, signal),
        tryToken: await loginTrial(options, plan, context),
        onRejected: (reason, code) => {
          const remedy = code === 'TOKEN_FOREIGN' ? ' (--force replaces that too)' : '';
          infoLogger(options, context)(`${reason}${remedy}; still waiting for the login`);
        },
      },
    );
  } finally {
    stopCountdown();
  }
}

/** On another address than loopback, only what a login must be like keeps out what other machines send. */
function warnOfReach(address: string, options: BrowserLoginOptions, context: Context): void {
  if (isLoopback(address) || address === '::1') return;
  const publish = 'publish the port of a container to its own machine only: docker run -p 127.0.0.1:8181:8181';
  infoLogger(options, context)(`the login is awaited at ${address}, where other machines may reach it; ${publish}`);
}

/** What is tried before a login counts. `--timeout` is the person's here, so requests have their usual limit. */
async function loginTrial({ timeout: _, ...options }: BrowserLoginOptions, plan: LoginPlan, context: Context) {
  const endpoint = endpointOf(options, context);
  const { env, home, clock } = context;
  const environment = { env, home, clock, http: await ociHttpClient(options, context) };
  const service = { region: plan.region.id, ...(endpoint !== undefined && { endpoint }) };
  return (login: LoggedIn) => tryLogin(login, service, options.force ? undefined : plan.replaced, environment);
}

/** @throws OracleComputeError USAGE */
function readPort(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const port = /^\d{1,5}$/.test(given) ? Number(given) : Number.NaN;
  if (port <= 65_535) return port;
  throw new OracleComputeError('USAGE', '--callback-port takes a number up to 65535', {
    usage: 'session authenticate',
  });
}

/** An address that a browser shows has some 5 KB. */
const LONGEST_LINE = 65_536;

/**
 * Lines that the user pastes while a login waits: from the terminal, without echo because they hold a token, or from
 * standard input. Ends when the signal aborts.
 */
export async function* pastedLines(context: Context, signal: AbortSignal): AsyncGenerator<string> {
  if (canPrompt(context)) yield* typedLines(context, signal);
  // A terminal that cannot prompt would echo the lines.
  else if (!context.stdin.isTTY) yield* linesOfInput(context, signal);
}

async function* typedLines(context: Context, signal: AbortSignal): AsyncGenerator<string> {
  while (!signal.aborted) {
    const line = await context.promptSecret('', signal).catch((error: unknown) => {
      if (signal.aborted) return '';
      throw error;
    });
    if (line.trim() !== '') yield line;
  }
}

async function* linesOfInput(context: Context, signal: AbortSignal): AsyncGenerator<string> {
  let text = '';
  try {
    for await (const chunk of context.stdin.read(signal)) {
      text += Buffer.from(chunk).toString('utf8');
      const lines = text.split('\n');
      text = (lines.pop() ?? '').slice(-LONGEST_LINE);
      for (const line of lines) if (line.trim() !== '') yield line;
    }
  } catch (error) {
    // Left open, the input would keep the program alive; so the reading is cut off.
    if (!signal.aborted) throw error;
  }
  // The last line may lack its end.
  if (!signal.aborted && text.trim() !== '') yield text;
}
