import { OracleComputeError } from '../../../lib/errors.js';
import { loginFromBrowser, loginFromExchange, type NewLogin, storeLogin } from '../../../lib/oci/login/authenticate.js';
import { parseDuration } from '../../../lib/session/duration.js';
import type { Context } from '../../context/context.js';
import { infoLogger } from '../../flags/general.js';
import { type ExchangeOptions, readMinutes } from '../../flags/oci/exchange.js';
import { type LoginPlan, planLogin } from '../../flags/oci/login.js';
import { noteProtected, type ReusedSession, reuseSession } from '../../flags/oci/session.js';
import { defineOciCommand, OCI_ENVIRONMENT, withOciOptions } from '../../flags/oci.js';
import { type BrowserLoginOptions, logInThroughBrowser } from '../../flags/session/browser-login.js';
import { type PipelineOptions, withPipelineOptions } from '../../flags/session/pipeline.js';
import { reportNewSession } from '../../output/new-session.js';

export type AuthenticateOptions = BrowserLoginOptions &
  ExchangeOptions &
  PipelineOptions & { readonly minValid?: string };

/** Logs in, through the browser or with credentials that are there, and stores the session. */
export async function runAuthenticate(options: AuthenticateOptions, context: Context): Promise<number> {
  refuseContradictions(options, context);
  const minValid = options.minValid === undefined ? undefined : parseDuration(options.minValid);
  const plan = await planLogin(options, context);
  if (minValid !== undefined && plan.replaced) {
    const spared = await reuseSession(plan, minValid, options, context);
    if (spared) return reportSpared(spared, plan, options, context);
  }
  await noteProtected(plan.configFile, options, context);
  const obtained = await obtain(options, plan, context);
  const { clock, home, env, interruption: signal } = context;
  const { profile, configFile, sessionsFolder, region, replace, storePassphrase } = plan;
  const passphrase = storePassphrase ? plan.passphrase : undefined;
  const place = { profile, configFile, sessionsFolder, region: region.id, passphrase, replace };
  const stored = await storeLogin(obtained, place, { clock, home, env, signal });
  reportNewSession({ ...stored, said: 'Config written to:' }, options, context);
  return 0;
}

function reportSpared(
  { token, times, change }: ReusedSession,
  plan: LoginPlan,
  options: AuthenticateOptions,
  context: Context,
): number {
  const { profile, configFile, region } = plan;
  const what = change === 'long-enough' ? 'lasts long enough' : 'lasts long enough, its token was refreshed';
  const said = `No login is needed: the session ${what}. Config:`;
  reportNewSession({ profile, configFile, region: region.id, token, times, said }, options, context);
  return 0;
}

function refuseContradictions(options: AuthenticateOptions, context: Context): void {
  readMinutes(options.sessionExpirationInMinutes);
  if (options.noBrowser && options.tokenExchange) {
    const message =
      '--no-browser exchanges an API key or a session, --token-exchange the token of a pipeline: choose one';
    throw new OracleComputeError('USAGE', message, { usage: 'session authenticate' });
  }
  if (options.noBrowser) return;
  if (options.publicKeyFilePath !== undefined || options.privateKeyFilePath !== undefined) {
    const message = 'a login in the browser makes its own key; --public-key-file-path goes with --no-browser';
    throw new OracleComputeError('USAGE', message, { usage: 'session authenticate' });
  }
  if (options.sessionExpirationInMinutes !== undefined) {
    infoLogger(options, context)('--session-expiration-in-minutes has no effect on a login in the browser');
  }
}

function obtain(options: AuthenticateOptions, plan: LoginPlan, context: Context): Promise<NewLogin> {
  if (options.tokenExchange) return exchangeForPipeline(options, plan, context);
  return options.noBrowser ? exchange(options, plan, context) : browse(options, plan, context);
}

async function exchangeForPipeline(options: AuthenticateOptions, plan: LoginPlan, context: Context): Promise<NewLogin> {
  const { exchangePipelineToken } = await import('../../flags/session/pipeline.js');
  return exchangePipelineToken(options, plan.passphrase, context);
}

async function browse(options: AuthenticateOptions, plan: LoginPlan, context: Context): Promise<NewLogin> {
  return loginFromBrowser(await logInThroughBrowser(options, plan, context), plan.passphrase);
}

async function exchange(options: AuthenticateOptions, plan: LoginPlan, context: Context): Promise<NewLogin> {
  const { exchangeForSession } = await import('../../flags/oci/exchange.js');
  return loginFromExchange(await exchangeForSession(options, plan.region, plan.passphrase, context));
}

export const sessionAuthenticateCommand = defineOciCommand<AuthenticateOptions>({
  builder: (list) =>
    withPipelineOptions(withOciOptions(list))
      .option('tenancy-name', { type: 'string', describe: 'Name of the tenancy, for the login page' })
      .option('identity-provider-name', { type: 'string', describe: 'Name of the identity provider' })
      .option('profile-name', { type: 'string', describe: 'Profile to write (default: OCI_CLI_PROFILE, or asked)' })
      .option('config-location', { type: 'string', describe: 'Config file to write (default ~/.oci/config)' })
      .option('token-location', { type: 'string', describe: 'Folder for sessions (default ~/.oci/sessions)' })
      .option('use-passphrase', { type: 'boolean', describe: 'Encrypt the private key (OCI_CLI_PASSPHRASE, or asked)' })
      .option('no-browser', { type: 'boolean', describe: 'Exchange an API key or a living session instead' })
      .option('public-key-file-path', { type: 'string', describe: 'With --no-browser: a key that you have' })
      .option('private-key-file-path', { type: 'string', describe: 'The private half of that key' })
      .option('session-expiration-in-minutes', { type: 'string', describe: 'With --no-browser: 5 to 60' })
      .option('force', { type: 'boolean', describe: 'Replace the profile even if it is not a session' })
      .option('min-valid', {
        type: 'string',
        describe: 'Log in only where the session does not last this long: 2h',
      })
      .option('callback-port', { type: 'string', describe: 'Port for the answer; Oracle’s login page knows 8181 only' })
      .option('callback-address', {
        type: 'string',
        describe: 'Address to wait at instead of loopback, for a container: 0.0.0.0',
      })
      .option('timeout', { type: 'string', describe: 'How long to wait for the login: 90, 90s, 10m (default 5m)' }),
  run: runAuthenticate,
  help: {
    description:
      'Logs in to OCI through the browser and stores a session: a new key, a token, and a profile in the config file of Oracle’s clients. Everything is asked before the browser opens; without a terminal nothing is asked and no browser opens: the address of the login page is printed on standard error. A session of the same name is replaced once the login has succeeded. With --no-browser, an API key or a living session is exchanged for a session of up to 60 minutes; with --token-exchange, the token of a pipeline (docs/pipelines.md), and `session refresh` renews by exchanging again. On another machine than the browser, paste the address at which the browser ends. --callback-address opens the callback to a container’s other side; what comes there must be addressed to localhost, and is checked as on loopback.',
    environment: OCI_ENVIRONMENT,
    examples: [
      ['$0', 'be asked for region and profile'],
      ['$0 --region us-ashburn-1 --profile-name TokenDemo', 'be asked for nothing'],
      ['$0 --min-valid 2h --profile-name TokenDemo', 'log in only where the session does not last that long'],
      ['$0 --no-browser --profile DEFAULT --profile-name short', 'with the API key of a profile'],
    ],
    statuses: [
      [0, 'logged in'],
      [
        2,
        'a question and no terminal, port 8181 in use, a profile that is not replaced, or a folder that cannot be written',
      ],
      [4, 'unknown region, malformed name'],
      [5, 'the login worked and its token cannot be used'],
      [10, 'the login was refused, or nobody logged in in time'],
    ],
  },
});
