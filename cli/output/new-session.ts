import type { AuthenticatedSession, ImportSessionOptions, InstalledSession } from '../../lib/oci/index.js';
import type { Context } from '../context/context.js';
import { askUntil, canPrompt, infoLogger, statusLine } from '../context/conversation.js';
import { describeError, shellQuote } from '../errors/error-text.js';
import type { GeneralOptions } from '../flags/general.js';
import { describeTimes, timesForJson } from './session-times.js';
import { printableJson } from './text.js';

type StoredSession = Pick<AuthenticatedSession, 'profile' | 'configFile' | 'region' | 'token' | 'times'>;

/**
 * Prints the address of the login page. If the browser runs on another machine, prints first how to send its answer here.
 * Also under --quiet, because a login is not possible without it.
 */
export function announceLogin(url: string, opened: boolean, context: Context): void {
  const { stderr, env } = context;
  const isElsewhere = !opened || Boolean(env.SSH_CONNECTION);
  if (isElsewhere) {
    const port = new URL(new URL(url).searchParams.get('redirect_uri') ?? url).port;
    const [how, where] = canPrompt(context) ? ['paste', 'it here (hidden)'] : ['write', 'it to standard input'];
    stderr.write(
      `Browser on another machine? Copy the URL of the page that fails to load and ${how} ${where}.\n` +
        `Or first run there: ssh -L ${port}:localhost:${port} HOST\n\n`,
    );
  }
  const text = opened
    ? 'The login page opens in your browser. If it does not, open this URL:'
    : 'Open this URL in a browser to log in:';
  stderr.write(`${text}\n\n${url}\n\n`);
}

/** Asks for another name for a profile, until one can be used; undefined if the user cannot answer. */
export function askForName(context: Context): ImportSessionOptions['profileName'] {
  if (!canPrompt(context)) return undefined;
  return (_taken, { reason, isFree }) => {
    context.stderr.write(`${describeError(reason)}\n`);
    return askUntil('Another name for the profile: ', context, isFree);
  };
}

/** Prints what was taken from an archive or a store. @returns the exit status */
export function reportInstalled(installed: InstalledSession, options: GeneralOptions, context: Context): number {
  const keys = installed.leftOut.join(', ');
  if (keys !== '') {
    infoLogger(options, context)(`not taken over, because they are no part of a session (--keep-keys): ${keys}`);
  }
  reportNewSession(installed, `Imported profile ${installed.profile} written to:`, options, context);
  return 0;
}

/**
 * Prints where a new session is, how long it lives, and how to use it.
 *
 * @param introduction Oracle's sentence before the path of the config file
 */
export function reportNewSession(
  result: StoredSession,
  introduction: string,
  options: GeneralOptions,
  context: Context,
): void {
  const { profile, configFile, region, token, times } = result;
  const now = context.clock.now();
  if (options.format === 'json') {
    const facts = { profile, configFile, region, tenancy: token.tenancy, user: token.subject };
    context.stdout.write(`${printableJson({ ...facts, ...timesForJson(times, now) })}\n`);
    return;
  }
  if (options.quiet) return;
  const { stderr, program } = context;
  stderr.write(`${introduction} ${configFile}\n`);
  infoLogger(options, context)(`profile [${profile}], region ${region}, user ${token.userName ?? token.subject}`);
  infoLogger(options, context)(describeTimes(times, now));
  const flags = `--config-file ${shellQuote(configFile)} --profile ${shellQuote(profile)} --auth security_token`;
  stderr.write(`\nTry it:\n\n    ${program} iam region list ${flags}\n`);
}

const SECOND = 1000;

/**
 * Shows the time left on one line of a terminal, once a second.
 *
 * @param milliseconds from now
 * @returns stops the countdown and clears the line
 */
export function startCountdown(text: string, milliseconds: number, context: Context): () => void {
  const { clock } = context;
  const line = statusLine({}, context);
  const end = clock.monotonic() + milliseconds;
  const stopped = new AbortController();
  const tick = async (): Promise<void> => {
    for (;;) {
      const seconds = Math.max(0, Math.round((end - clock.monotonic()) / SECOND));
      const left = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
      line.show(`${text}, ${left} left`);
      await clock.sleep(SECOND, stopped.signal);
    }
  };
  tick().catch(() => undefined);
  return () => {
    stopped.abort();
    line.clear();
  };
}
