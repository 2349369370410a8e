import type { Options } from 'yargs';
import { parseDuration } from '../../../lib/clock.js';
import { OracleComputeError } from '../../../lib/errors.js';
import {
  authenticate,
  checkMinutes,
  chooseAuth,
  type LoginNote,
  type LoginQuestions,
  type Region,
} from '../../../lib/oci/index.js';
import type { Context } from '../../context/context.js';
import { askUntil, canPrompt, confirm, infoLogger, pastedLines } from '../../context/conversation.js';
import { ociHttpClient } from '../../context/http.js';
import { OCI_ENVIRONMENT, OCI_FLAGS, type OciOptions, withOciOptions } from '../../flags/oci.js';
import { announceLogin, reportNewSession, startCountdown } from '../../output/new-session.js';
import { ALSO, inGroup } from '../../parser/known-options.js';
import { defineOciCommand, sessionOptions } from '../../settings/oci.js';

export interface SessionAuthenticateOptions extends OciOptions {
  readonly profileName?: string;
  readonly configLocation?: string;
  readonly tokenLocation?: string;
  readonly usePassphrase?: boolean;
  readonly force?: boolean;
  readonly minValid?: string;
  readonly tenancyName?: string;
  readonly identityProviderName?: string;
  readonly callbackPort?: string;
  readonly callbackAddress?: string;
  readonly noBrowser?: boolean;
  readonly publicKeyFilePath?: string;
  readonly privateKeyFilePath?: string;
  readonly sessionExpirationInMinutes?: string;
  readonly tokenExchange?: boolean;
  readonly domainUrl?: string;
  readonly clientId?: string;
  readonly clientSecretFile?: string;
  readonly subjectTokenFile?: string;
  readonly subjectTokenAudience?: string;
}

/** Logs in, through the browser or with credentials that are there, and stores the session. */
export async function runAuthenticate(options: SessionAuthenticateOptions, context: Context): Promise<number> {
  refuseContradictions(options, context);
  const { minValid, configLocation, force } = options;
  const ending = { stop: () => {} };
  // A time limit is the person's here, so requests have their usual one.
  const { timeout: _, ...ofRequests } = options;
  const common = {
    ...sessionOptions(ofRequests, context),
    // With --no-browser the profile and the variable name the credentials that are exchanged.
    profile:
      options.profileName ??
      (options.noBrowser ? undefined : (options.profile ?? (context.env.OCI_CLI_PROFILE || undefined))),
    configFile: configLocation ?? options.configFile,
    sessionsFolder: options.tokenLocation,
    replace: force ? ('any' as const) : ('sessions' as const),
    minValid: minValid === undefined ? undefined : parseDuration(minValid),
    passphrase: options.usePassphrase ? context.env.OCI_CLI_PASSPHRASE || undefined : undefined,
    questions: questionsOf(options, context),
    onNote: notesOf(options, context),
  };
  try {
    const session = await authenticate({ ...common, ...(await methodOf(options, ending, context)) });
    const { change } = session;
    const done = change === 'long-enough' ? 'lasts long enough' : 'lasts long enough, its token was refreshed';
    const introduction =
      change === 'logged-in' ? 'Config written to:' : `No login is needed: the session ${done}. Config:`;
    reportNewSession(session, introduction, options, context);
    return 0;
  } finally {
    ending.stop();
  }
}

function refuseContradictions(options: SessionAuthenticateOptions, context: Context): void {
  readMinutes(options.sessionExpirationInMinutes);
  const refuse = (message: string) => {
    throw new OracleComputeError('USAGE', message, { usage: 'session authenticate' });
  };
  if (options.noBrowser && options.tokenExchange) {
    refuse('--no-browser exchanges an API key or a session, --token-exchange the token of a pipeline: choose one');
  }
  if (options.subjectTokenFile === '-' && context.stdin.isTTY) {
    refuse('standard input is a terminal; a token is not to be typed');
  }
  if (options.noBrowser) return;
  if (options.publicKeyFilePath !== undefined || options.privateKeyFilePath !== undefined) {
    refuse('a login in the browser makes its own key; --public-key-file-path goes with --no-browser');
  }
  if (options.sessionExpirationInMinutes !== undefined) {
    infoLogger(options, context)('--session-expiration-in-minutes has no effect on a login in the browser');
  }
}

/** How to log in. @param ending gets what ends the countdown */
async function methodOf(options: SessionAuthenticateOptions, ending: { stop: () => void }, context: Context) {
  if (options.tokenExchange) return pipelineMethod(options, context);
  return options.noBrowser ? exchangeMethod(options, context) : browserMethod(options, ending, context);
}

function pipelineMethod(options: SessionAuthenticateOptions, { stdin }: Context) {
  const { domainUrl, clientId, clientSecretFile, subjectTokenFile, subjectTokenAudience } = options;
  const exchange = { domainUrl, clientId, clientSecretFile, subjectTokenFile, subjectTokenAudience };
  return { method: 'token-exchange' as const, exchange, stdin: () => stdin.read() };
}

async function exchangeMethod(options: SessionAuthenticateOptions, context: Context) {
  const { profile, configFile, cliRcFile, publicKeyFilePath, privateKeyFilePath } = options;
  const auth = (await chooseAuth(options, ['session', 'authenticate'], context))?.value ?? 'api_key';
  if (auth !== 'security_token' && auth !== 'api_key') {
    const message = `--no-browser exchanges an API key or a session, not ${auth}`;
    throw new OracleComputeError('USAGE', message, { usage: 'session authenticate' });
  }
  return {
    method: auth === 'api_key' ? ('api-key' as const) : ('session' as const),
    from: { profile, configFile, cliRcFile },
    minutes: readMinutes(options.sessionExpirationInMinutes),
    publicKeyFile: publicKeyFilePath,
    privateKeyFile: privateKeyFilePath,
    http: ociHttpClient(options, context),
  };
}

const DEFAULT_WAIT = 5 * 60_000;

function browserMethod(options: SessionAuthenticateOptions, ending: { stop: () => void }, context: Context) {
  const loginTimeout = options.timeout === undefined ? DEFAULT_WAIT : parseDuration(options.timeout);
  return {
    method: 'browser' as const,
    loginTimeout,
    tenancyName: options.tenancyName,
    identityProvider: options.identityProviderName,
    port: readPort(options.callbackPort),
    address: options.callbackAddress,
    // Without a terminal, no user would see the browser.
    openBrowser: canPrompt(context) ? context.openBrowser : undefined,
    onLoginPage: (url: string, opened: boolean) => {
      announceLogin(url, opened, context);
      ending.stop = startCountdown('Waiting for the login', loginTimeout, context);
    },
    pasted: (signal: AbortSignal) => pastedLines(context, signal),
    onRejected: (reason: string, code?: string) => {
      const remedy = code === 'TOKEN_FOREIGN' ? ' (--force replaces that too)' : '';
      infoLogger(options, context)(`${reason}${remedy}; still waiting for the login`);
    },
  };
}

/** @throws OracleComputeError USAGE */
function readPort(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const port = /^\d{1,5}$/.test(given) ? Number(given) : Number.NaN;
  if (port <= 65_535) return port;
  const message = '--callback-port takes a number up to 65535';
  throw new OracleComputeError('USAGE', message, { usage: 'session authenticate' });
}

/** @throws OracleComputeError DURATION_MALFORMED, in the words of Oracle's CLI */
function readMinutes(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (/^\d{1,6}$/.test(given)) return checkMinutes(Number(given));
  const shown = given.slice(0, 40);
  const message = `${JSON.stringify(shown)} is not a number of minutes`;
  throw new OracleComputeError('DURATION_MALFORMED', message, { given: shown });
}

function notesOf(options: SessionAuthenticateOptions, context: Context): (note: LoginNote) => void {
  const { onNote } = sessionOptions(options, context);
  const info = infoLogger(options, context);
  return (note) => {
    if (note.code === 'first-profile') {
      info(`the profile is ${note.profile}, because it is the first; --profile-name chooses another`);
    } else if (note.code === 'callback-open') {
      const publish = 'publish the port of a container to its own machine only: docker run -p 127.0.0.1:8181:8181';
      info(`the login is awaited at ${note.address}, where other machines may reach it; ${publish}`);
    } else onNote(note);
  };
}

/** What the user is asked; if that is not possible, a question that needs an answer is an error. */
function questionsOf(options: SessionAuthenticateOptions, context: Context): LoginQuestions {
  const isPossible = canPrompt(context);
  const refuse = (what: string, answeredBy: string) => () => {
    throw new OracleComputeError('NO_TERMINAL', `no ${what} given`, { answeredBy });
  };
  const needsPassphrase = options.usePassphrase === true && !context.env.OCI_CLI_PASSPHRASE;
  if (!isPossible) {
    return {
      profileName: refuse('profile name', '--profile-name NAME or OCI_CLI_PROFILE'),
      privateKeyFile: refuse('private key file', '--private-key-file-path FILE'),
      newPassphrase: needsPassphrase ? refuse('passphrase for the key', 'OCI_CLI_PASSPHRASE') : undefined,
    };
  }
  return {
    profileName: (usual, read) => askUntil(`Profile [${usual}]: `, context, (answer) => read(answer || usual)),
    asksFirstProfile: true,
    replaceProfile: (profile) => confirm(`[${profile}] exists and is not a session. Replace it?`, context),
    region: (regions, find, usual) => askRegion(regions, find, usual, context),
    passphrase: (path) => context.promptSecret(`Passphrase of ${path}: `),
    newPassphrase: needsPassphrase ? () => askNewPassphrase(context) : undefined,
    privateKeyFile: async (path) => (await context.ask(`File with the private half of ${path}: `)).trim(),
  };
}

/** Oracle's word for "none", at its prompt. */
const NONE = 'N/A';

/** @throws OracleComputeError PASSWORDS_DIFFER, PASSWORD_EMPTY */
async function askNewPassphrase(context: Context): Promise<{ passphrase?: string; isStored?: boolean }> {
  const passphrase = await context.promptSecret(`Passphrase for the new key (${NONE} for none): `);
  if (passphrase === NONE) return {};
  if (passphrase === '') {
    throw new OracleComputeError('PASSWORD_EMPTY', 'the passphrase is empty', { from: 'the terminal' });
  }
  if ((await context.promptSecret('The same passphrase again: ')) !== passphrase) {
    throw new OracleComputeError('PASSWORDS_DIFFER', 'the passphrases do not match', {});
  }
  return { passphrase, isStored: await confirm('Write the passphrase to the config file?', context) };
}

/** Takes a number of the list, a name, a key, or a part of a name that only one region has. */
function askRegion(
  regions: readonly Region[],
  find: (answer: string) => Promise<Region>,
  usual: string | undefined,
  context: Context,
): Promise<Region> {
  const { stderr } = context;
  const show = (those: readonly Region[]) => stderr.write(regionTable(those, regions, stderr.columns));
  show(regions);
  const question = `Region (number, name, or a part of it)${usual ? ` [${usual}]` : ''}: `;
  return askUntil(question, context, (answer) => {
    const chosen = /^\d+$/.test(answer) ? regions[Number(answer) - 1]?.id : answer || usual;
    const fitting = regions.filter(({ id }) => answer.length > 2 && id.includes(answer.toLowerCase()));
    return find(chosen ?? answer).catch((error: unknown) => {
      const [only, ...others] = fitting;
      if (only && others.length === 0) return only;
      if (only) show(fitting);
      throw error;
    });
  });
}

/** Regions with their numbers, in columns that fit the terminal, to be read downwards. */
function regionTable(shown: readonly Region[], all: readonly Region[], columns = 80): string {
  const cells = shown.map((region) => `${String(all.indexOf(region) + 1).padStart(3)}: ${region.id}`);
  const width = Math.max(...cells.map((cell) => cell.length)) + 1;
  const height = Math.ceil(cells.length / Math.max(1, Math.floor(columns / width)));
  const line = (row: number) => cells.filter((_, index) => index % height === row).map((cell) => cell.padEnd(width));
  return Array.from({ length: height }, (_, row) => `${line(row).join('').trimEnd()}\n`).join('');
}

const WITH_BROWSER: Readonly<Record<string, Options>> = {
  'tenancy-name': { type: 'string', describe: 'Tenancy, for the login page' },
  'identity-provider-name': { type: 'string', describe: 'Identity provider, for the login page' },
  timeout: { type: 'string', describe: 'Wait up to this long for the login (default 5m)' },
  'callback-port': { type: 'string', describe: 'Port for the answer (Oracle’s page: 8181 only)' },
  'callback-address': { type: 'string', describe: 'Address to listen on; in a container: 0.0.0.0' },
};

const WITHOUT_BROWSER: Readonly<Record<string, Options>> = {
  'no-browser': { type: 'boolean', describe: 'Exchange the API key or session of --profile' },
  'public-key-file-path': { type: 'string', describe: 'Use this key, not a new one' },
  'private-key-file-path': { type: 'string', describe: 'The private half of that key' },
  'session-expiration-in-minutes': { type: 'string', describe: '5 to 60' },
};

const PIPELINE: Readonly<Record<string, Options>> = {
  'domain-url': { type: 'string', describe: 'Identity domain for that (OCI_TOKEN_EXCHANGE_DOMAIN_URL)' },
  'client-id': { type: 'string', describe: 'Client of the domain (OCI_TOKEN_EXCHANGE_CLIENT_ID)' },
  'client-secret-file': {
    type: 'string',
    describe: 'File with its secret (OCI_TOKEN_EXCHANGE_CLIENT_SECRET is the secret itself)',
  },
  'subject-token-file': {
    type: 'string',
    describe: 'File with the pipeline’s token, - for standard input (OCI_WORKLOAD_IDENTITY_TOKEN_PATH)',
  },
  'subject-token-audience': { type: 'string', describe: 'Audience of GitHub’s token (default: the domain)' },
};

export const sessionAuthenticateCommand = defineOciCommand<SessionAuthenticateOptions>({
  builder: (list) =>
    withOciOptions(list)
      .options(inGroup(ALSO, { profile: OCI_FLAGS.profile ?? {}, 'config-file': OCI_FLAGS['config-file'] ?? {} }))
      .option('profile-name', { type: 'string', describe: 'Profile to write (OCI_CLI_PROFILE)' })
      .option('region', { type: 'string', describe: 'Region: us-ashburn-1 or iad (OCI_CLI_REGION)' })
      .option('min-valid', { type: 'string', describe: 'Log in only if the session ends sooner: 2h' })
      .option('force', { type: 'boolean', describe: 'Replace a profile that is not a session' })
      .option('use-passphrase', { type: 'boolean', describe: 'Encrypt the private key (OCI_CLI_PASSPHRASE)' })
      .option('config-location', { type: 'string', describe: 'Config file to write (default ~/.oci/config)' })
      .option('token-location', { type: 'string', describe: 'Folder for sessions (default ~/.oci/sessions)' })
      .option('token-exchange', { type: 'boolean', describe: 'Exchange the token of a pipeline instead' })
      .options(inGroup('With a browser', WITH_BROWSER))
      .options(inGroup('Without a browser', WITHOUT_BROWSER))
      .options(inGroup(ALSO, PIPELINE)),
  run: runAuthenticate,
  help: {
    description:
      'Logs in to OCI in a browser, and stores the session as a profile for Oracle’s clients. Asks for region and profile unless options give them. If the browser runs on another machine, paste the URL of the page that fails to load. Without a terminal, asks nothing, opens no browser, and prints the URL of the login page. A session of the same name is replaced after the login. --no-browser exchanges an API key or a valid session for a session of up to 60 minutes; --token-exchange exchanges the token of a pipeline (docs/pipelines.md), and `session refresh` then renews by exchanging again. --callback-address makes the login reachable from outside a container; requests must still be addressed to localhost, and are checked as on loopback.',
    environment: OCI_ENVIRONMENT,
    examples: [
      ['$0', 'be asked for region and profile'],
      ['$0 --region us-ashburn-1 --profile-name TokenDemo', 'be asked for nothing'],
      ['$0 --min-valid 2h --profile-name TokenDemo', 'log in only if the session ends sooner'],
      ['$0 --no-browser --profile DEFAULT --profile-name short', 'with the API key of a profile'],
    ],
    statuses: [0, 2, 4, 5, 10],
  },
});
