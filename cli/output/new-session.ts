import type { SecurityToken } from '../../lib/oci/credentials/security-token.js';
import type { SessionTimes } from '../../lib/session/lifetimes.js';
import type { Context } from '../context/context.js';
import { shellQuote } from '../errors/error-text.js';
import { type GeneralOptions, infoLogger } from '../options/general.js';
import { canPrompt } from '../options/password.js';
import { describeTimes, timesForJson } from './session-times.js';
import { printableJson } from './text.js';

export interface StoredResult {
  readonly profile: string;
  readonly configFile: string;
  readonly region: string;
  readonly token: SecurityToken;
  readonly times: SessionTimes;
  /** Oracle's words before the path of the config file. */
  readonly said: string;
}

/**
 * Tells the person where to log in, and first, where the browser is on another machine, how the login comes back here.
 * Said even under --quiet: without it nobody could.
 */
export function announceLogin(url: string, opened: boolean, context: Context): void {
  const { stderr, env } = context;
  const isElsewhere = !opened || Boolean(env.SSH_CONNECTION);
  if (isElsewhere) {
    const port = new URL(new URL(url).searchParams.get('redirect_uri') ?? url).port;
    const [how, where] = canPrompt(context) ? ['Paste', 'here; it is not shown'] : ['Write', 'to standard input'];
    stderr.write(
      'A browser on another machine ends at a page that it cannot reach.\n' +
        `${how} the address of that page ${where}. Or run there first: ssh -L ${port}:localhost:${port} HOST\n\n`,
    );
  }
  const text = opened
    ? 'A browser shows the login page. If you see none, open this address:'
    : 'Log in with a browser, at this address:';
  stderr.write(`${text}\n\n${url}\n\n`);
}

/** Says where a new session is, how long it lives, and how to use it. */
export function reportNewSession(result: StoredResult, options: GeneralOptions, context: Context): void {
  const { profile, configFile, region, token, times } = result;
  const now = context.clock.now();
  if (options.format === 'json') {
    const facts = { profile, configFile, region, tenancy: token.tenancy, user: token.subject };
    context.stdout.write(`${printableJson({ ...facts, ...timesForJson(times, now) })}\n`);
    return;
  }
  if (options.quiet) return;
  const { stderr, program } = context;
  stderr.write(`${result.said} ${configFile}\n`);
  infoLogger(options, context)(`profile [${profile}], region ${region}, user ${token.userName ?? token.subject}`);
  infoLogger(options, context)(describeTimes(times, now));
  const flags = `--config-file ${shellQuote(configFile)} --profile ${shellQuote(profile)} --auth security_token`;
  stderr.write(`\nTry it:\n\n    ${program} iam region list ${flags}\n`);
}

const SECOND = 1000;

/**
 * Shows on a terminal how long is still waited, once a second on one line.
 *
 * @param milliseconds from now
 * @returns what ends it and clears the line
 */
export function startCountdown(text: string, milliseconds: number, context: Context): () => void {
  const { clock, env, stderr } = context;
  if (!stderr.isTTY || env.TERM === 'dumb') return () => undefined;
  const end = clock.monotonic() + milliseconds;
  const stopped = new AbortController();
  const tick = async (): Promise<void> => {
    for (;;) {
      const seconds = Math.max(0, Math.round((end - clock.monotonic()) / SECOND));
      const left = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
      stderr.write(Buffer.from(`\r${text}, ${left} left `));
      await clock.sleep(SECOND, stopped.signal);
    }
  };
  tick().catch(() => undefined);
  return () => {
    stopped.abort();
    stderr.write(Buffer.from('\r\u001b[K'));
  };
}
