import { describeDuration, formatInstant } from '../../../lib/clock.js';
import { isOracleComputeError } from '../../../lib/errors.js';
import {
  chooseConfigFile,
  chooseProfileName,
  listSessions,
  OciSession,
  type SessionStatus,
} from '../../../lib/oci/index.js';
import type { Context } from '../../context/context.js';
import { OCI_ENVIRONMENT, type OciOptions, withOciOptions } from '../../flags/oci.js';
import { type Row, renderRows } from '../../output/rows.js';
import { shortLine, stateColors } from '../../output/session-times.js';
import { painter, printable, writePainted } from '../../output/text.js';
import { defineOciCommand, sessionOptions } from '../../settings/oci.js';

const LOGIN_NEEDED = 10;

const COLUMNS = [
  'profile',
  'active',
  'state',
  'region',
  'tenancy',
  'user',
  'tokenExpiresAt',
  'tokenSecondsLeft',
  'sessionExpiresAt',
  'sessionSecondsLeft',
  'problem',
] as const;

export interface ListOptions extends OciOptions {
  readonly short?: boolean;
}

/** Prints the session that the other commands would use, on one line. If none is good, prints nothing and exits 10. */
async function showShort(options: ListOptions, context: Context): Promise<number> {
  const { profile, state, tokenExpiresAt, sessionExpiresAt } = await statusInUse(options, context);
  const isGood = state === 'valid' || state === 'expiring';
  if (!isGood || tokenExpiresAt === undefined || sessionExpiresAt === undefined) return LOGIN_NEEDED;
  if (!options.quiet) {
    const line = shortLine(profile, { tokenExpiresAt, sessionExpiresAt }, context.clock.now());
    context.stdout.write(`${printable(line)}\n`);
  }
  return 0;
}

async function statusInUse(
  options: ListOptions,
  context: Context,
): Promise<Partial<SessionStatus> & { profile: string }> {
  try {
    return await new OciSession(sessionOptions(options, context)).status();
  } catch (error) {
    if (isOracleComputeError(error, 'PROFILE_NOT_FOUND')) return { profile: error.fields.profile };
    throw error;
  }
}

/** Shows every session of the config file. One that cannot be read is a row, and no failure. */
export async function runList(options: ListOptions, context: Context): Promise<number> {
  if (options.short) return showShort(options, context);
  const { value: active } = await chooseProfileName(options, context);
  const now = context.clock.now();
  const sessions = await listSessions(sessionOptions(options, context));
  if (options.format === undefined && options.fields === undefined) {
    writePainted(renderForReading(sessions, active, options, context), context);
  } else {
    const rows = sessions.map((session) => rowOf(session, active, now));
    context.stdout.write(renderRows(COLUMNS, rows, options, context.stdout));
  }
  if (sessions.length === 0 && !options.quiet) {
    const { value: path } = chooseConfigFile(options, context);
    context.stderr.write(
      `${context.program}: no sessions in ${path}; log in: ${context.program} session authenticate\n`,
    );
  }
  return 0;
}

function rowOf(session: SessionStatus, active: string, now: number): Row {
  const { profile, state, region, tenancy, user, tokenExpiresAt, sessionExpiresAt, problem } = session;
  const time = (instant: number | undefined) => (instant === undefined ? null : new Date(instant).toISOString());
  const left = (instant: number | undefined) =>
    instant === undefined ? null : Math.max(0, Math.floor((instant - now) / 1000));
  return {
    profile,
    active: profile === active ? 'yes' : 'no',
    state,
    region: region ?? null,
    tenancy: tenancy ?? null,
    user: user ?? null,
    tokenExpiresAt: time(tokenExpiresAt),
    tokenSecondsLeft: left(tokenExpiresAt),
    sessionExpiresAt: time(sessionExpiresAt),
    sessionSecondsLeft: left(sessionExpiresAt),
    problem: problem ?? null,
  };
}

function renderForReading(
  sessions: readonly SessionStatus[],
  active: string,
  options: OciOptions,
  context: Context,
): string {
  const { clock, stdout } = context;
  const now = clock.now();
  if (sessions.length === 0) return '';
  const describeProblem = (state: string, code: string) =>
    stdout.isTTY ? `${state}: ${code.toLowerCase().replaceAll('_', ' ')}` : `${state} (${code})`;
  const rows = sessions.map(({ profile, state, problem, region = '', tokenExpiresAt, sessionExpiresAt }) => ({
    profile: `${profile === active ? '*' : ' '} ${profile}`,
    state: problem === undefined ? state : describeProblem(state, problem),
    region,
    token: describeEndForPipe(tokenExpiresAt, now),
    session: describeEndForPipe(sessionExpiresAt, now),
    'token expires': expires(tokenExpiresAt, now),
    'session expires': expires(sessionExpiresAt, now),
  }));
  const ends = stdout.isTTY ? ['token expires', 'session expires'] : ['token', 'session'];
  const colors = stateColors(painter(options, context));
  return renderRows(['profile', 'state', 'region', ...ends], rows, options, stdout, colors);
}

function expires(instant: number | undefined, now: number): string {
  if (instant === undefined) return '';
  return now < instant ? `in ${describeDuration(instant - now)}` : 'expired';
}

/** Scripts may read it. */
function describeEndForPipe(instant: number | undefined, now: number): string {
  if (instant === undefined) return '';
  const distance = now < instant ? `in ${describeDuration(instant - now)}` : `${describeDuration(now - instant)} ago`;
  return `${formatInstant(instant)}, ${distance}`;
}

export const sessionListCommand = defineOciCommand<ListOptions>({
  builder: (list) =>
    withOciOptions(list).option('short', {
      type: 'boolean',
      describe: 'One line for a prompt; empty if the session has expired',
    }),
  run: runList,
  help: {
    description:
      'Lists the sessions of the config file: profile, state, region, and when token and session expire. A star marks the profile that other commands use by default. Sends no request and shows no secret.',
    environment: OCI_ENVIRONMENT,
    examples: [
      ['$0', 'for reading'],
      ['$0 -f json', 'for a program'],
      ['$0 --short', 'TokenDemo 42m/19h: time left of token and session, for a prompt'],
    ],
    statuses: [0, 4, [10, 'with --short: no valid session']],
  },
});
