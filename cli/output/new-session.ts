import type { SecurityToken } from '../../lib/oci/credentials/security-token.js';
import type { SessionTimes } from '../../lib/session/lifetimes.js';
import { word } from '../errors/row.js';
import { type GeneralOptions, noteTo } from '../options/general.js';
import { canAsk } from '../options/password.js';
import type { World } from '../world/world.js';
import { printableJson } from './rows/printable.js';
import { describeTimes, timesForJson } from './session-times.js';

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
export function announceLogin(url: string, opened: boolean, world: World): void {
  const { stderr, env } = world;
  const isElsewhere = !opened || Boolean(env.SSH_CONNECTION);
  if (isElsewhere) {
    const port = new URL(new URL(url).searchParams.get('redirect_uri') ?? url).port;
    const [how, where] = canAsk(world) ? ['Paste', 'here; it is not shown'] : ['Write', 'to standard input'];
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
export function reportNewSession(result: StoredResult, options: GeneralOptions, world: World): void {
  const { profile, configFile, region, token, times } = result;
  const now = world.clock.now();
  if (options.format === 'json') {
    const facts = { profile, configFile, region, tenancy: token.tenancy, user: token.subject };
    world.stdout.write(`${printableJson({ ...facts, ...timesForJson(times, now) })}\n`);
    return;
  }
  if (options.quiet) return;
  const { stderr, program } = world;
  stderr.write(`${result.said} ${configFile}\n`);
  noteTo(options, world)(`profile [${profile}], region ${region}, user ${token.userName ?? token.subject}`);
  noteTo(options, world)(describeTimes(times, now));
  const flags = `--config-file ${word(configFile)} --profile ${word(profile)} --auth security_token`;
  stderr.write(`\nTry it:\n\n    ${program} iam region list ${flags}\n`);
}
