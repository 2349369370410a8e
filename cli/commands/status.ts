import { listCookiesFiles } from '../../lib/compute/cookies/cookies-file-store.js';
import { type StoredSession, serviceTime } from '../../lib/compute/stored-session.js';
import { sessionFromToken } from '../../lib/compute/token/env-session.js';
import { isOracleComputeError } from '../../lib/errors.js';
import { describeDuration, formatInstant, parseDuration } from '../../lib/session/duration.js';
import { expiresAfter, stateOf } from '../../lib/session/lifetimes.js';
import type { Context } from '../context/context.js';
import {
  besidesJar,
  type ComputeOptions,
  type ComputeSettings,
  readSettings,
  withComputeOptions,
} from '../flags/compute.js';
import { STORE_ENVIRONMENT, withStoreOption } from '../flags/store.js';
import { findStore, followToken, storeAt, withChoice } from '../flags/stored-session.js';
import { type Row, renderRows } from '../output/rows.js';
import { describeEnd, endColor, renderBar, shortLine, stateColors } from '../output/session-times.js';
import {
  type Color,
  lineWidth,
  painter,
  printable,
  printableJson,
  renderFields,
  writePainted,
} from '../output/text.js';
import type { CommandModule } from '../parser/command.js';

export interface StatusOptions extends ComputeOptions {
  readonly all?: boolean;
  readonly short?: boolean;
  readonly minValid?: string;
}

/** The exit status for a session that does not live, or not long enough: a login is needed. */
const LOGIN_NEEDED = 10;

const COLUMNS = [
  'endpoint',
  'user',
  'source',
  'cookieFile',
  'state',
  'tokenExpiresAt',
  'tokenSecondsLeft',
  'sessionExpiresAt',
  'sessionSecondsLeft',
] as const;

type StatusRow = Readonly<Record<(typeof COLUMNS)[number], string | number | null>>;

/** Shows the session that the other commands would use, or every stored one. */
export async function runStatus(options: StatusOptions, context: Context): Promise<number> {
  const minValid = options.minValid === undefined ? 0 : parseDuration(options.minValid);
  if (options.all) return showAll(options, context);
  const settings = await followToken(await readSettings(options, context), options, context);
  const { session, source, cookieFile, timesKnown } = await withChoice(settings, context, (chosen) =>
    currentSession(chosen, minValid, context),
  );
  if (options.short) return showShort(session, timesKnown, options, context);
  const row = rowOf(session, source, cookieFile, timesKnown, context);
  if (!options.quiet) writePainted(render(row, session, options, context), context);
  if (!session) return LOGIN_NEEDED;
  return expiresAfter(session, serviceTime(session, context.clock), minValid) ? 0 : LOGIN_NEEDED;
}

/** One line for a prompt. If the token has expired or its expiry is unknown, prints nothing and exits 10. */
function showShort(
  session: StoredSession | undefined,
  timesKnown: boolean,
  options: StatusOptions,
  context: Context,
): number {
  if (!session || !timesKnown) return LOGIN_NEEDED;
  const now = serviceTime(session, context.clock);
  if (stateOf(session, now) !== 'valid') return LOGIN_NEEDED;
  const name = session.user.slice(session.user.lastIndexOf('/') + 1);
  if (!options.quiet) context.stdout.write(`${printable(shortLine(name, session, now))}\n`);
  return 0;
}

/** The session that the other commands would use. */
export async function currentSession(settings: ComputeSettings, minValid: number, context: Context) {
  const { cookie } = settings;
  // Beside a token in a variable, what other hosts share is of no interest.
  const others = cookie ? { ...besidesJar(settings), store: undefined } : settings;
  // A foreign token without an address has nothing to do with the stored sessions.
  const store = cookie && !settings.endpoint ? undefined : await findStore(others, context);
  const stored = await store?.read((session) => expiresAfter(session, serviceTime(session, context.clock), minValid));
  if (!cookie) {
    const cookieFile = store?.copyLocation ?? store?.location ?? null;
    return { session: stored, source: stored && store?.location, cookieFile, timesKnown: stored !== undefined };
  }
  const endpoint = settings.endpoint?.value ?? '';
  const session = sessionFromToken({ endpoint, user: settings.user?.value }, cookie.value, context.clock, stored);
  return { session, source: cookie.source, cookieFile: null, timesKnown: session.timesKnown };
}

function rowOf(
  session: StoredSession | undefined,
  source: string | null | undefined,
  cookieFile: string | null,
  timesKnown: boolean,
  context: Context,
): StatusRow {
  if (!session) {
    return {
      endpoint: null,
      user: null,
      source: null,
      cookieFile,
      state: 'no-session',
      tokenExpiresAt: null,
      tokenSecondsLeft: null,
      sessionExpiresAt: null,
      sessionSecondsLeft: null,
    };
  }
  const now = serviceTime(session, context.clock);
  const left = (instant: number) => Math.max(0, Math.floor((instant - now) / 1000));
  const known = <T>(value: T) => (timesKnown ? value : null);
  return {
    endpoint: session.endpoint || null,
    user: session.user || null,
    source: source ?? null,
    cookieFile,
    state: timesKnown ? stateOf(session, now) : 'unknown',
    tokenExpiresAt: known(new Date(session.tokenExpiresAt).toISOString()),
    tokenSecondsLeft: known(left(session.tokenExpiresAt)),
    sessionExpiresAt: known(new Date(session.sessionExpiresAt).toISOString()),
    sessionSecondsLeft: known(left(session.sessionExpiresAt)),
  };
}

function render(row: StatusRow, session: StoredSession | undefined, options: StatusOptions, context: Context): string {
  if (options.format === 'json') return `${printableJson(row)}\n`;
  if (options.format !== undefined || options.fields !== undefined)
    return renderRows(COLUMNS, [row as Row], options, context.stdout);
  if (!session) return 'no session is stored\n';
  const lines: [name: string, value: string, color?: Color][] = [
    ['user', String(row.user ?? 'unknown')],
    ['endpoint', String(row.endpoint ?? 'unknown')],
    ['token from', String(row.source)],
  ];
  if (row.tokenExpiresAt === null) {
    lines.push(['token', 'expiry unknown']);
  } else {
    lines.push(...describeEnds(session, context));
  }
  return renderFields(lines, lineWidth(context.stdout), painter(options, context));
}
/** The column where values begin: after the longest name, `token from`. */
const VALUE_COLUMN = 12;
const GAP = '  ';

/** When token and session end, with a bar each: below each other, and as wide as both lines have room for. */
function describeEnds(session: StoredSession, context: Context): [name: string, value: string, color: Color][] {
  const now = serviceTime(session, context.clock);
  const ends = [
    { name: 'token', end: session.tokenExpiresAt, start: session.issuedAt },
    { name: 'session', end: session.sessionExpiresAt, start: session.startedAt },
  ].map((one) => ({
    ...one,
    text: context.stdout.isTTY ? describeEnd(one.end, now) : describeEndForPipe(one.end, now),
  }));
  const longest = Math.max(...ends.map(({ text }) => text.length));
  const room = (lineWidth(context.stdout) ?? 0) - VALUE_COLUMN - longest - GAP.length;
  return ends.map(({ name, end, start, text }) => {
    const bar = renderBar((end - now) / Math.max(1, end - start), room, context);
    return [name, bar === '' ? text : text.padEnd(longest) + GAP + bar, endColor(end, now)];
  });
}

/** Scripts may read it. */
function describeEndForPipe(end: number, now: number): string {
  return now < end
    ? `until ${formatInstant(end)}, in ${describeDuration(end - now)}`
    : `ended ${formatInstant(end)}, ${describeDuration(now - end)} ago`;
}

async function showAll(options: StatusOptions, context: Context): Promise<number> {
  const rows: Row[] = [];
  let worst = 0;
  for (const path of await listCookiesFiles(context.home)) {
    try {
      const session = await storeAt(path, context).read();
      if (session) rows.push(rowOf(session, path, path, true, context) as Row);
    } catch (error) {
      // A damaged file is a row, not the end of the list.
      if (!isOracleComputeError(error)) throw error;
      rows.push({ ...(rowOf(undefined, null, path, false, context) as Row), state: error.code });
      const { describeFailure } = await import('../errors/report-error.js');
      worst = Math.max(worst, describeFailure(error, context.program).status);
    }
  }
  if (!options.quiet) writePainted(renderAll(rows, options, context), context);
  if (worst > 0) return worst;
  return rows.some((row) => row.state === 'valid') ? 0 : LOGIN_NEEDED;
}

function renderAll(rows: readonly Row[], options: StatusOptions, context: Context): string {
  const { stdout } = context;
  if (options.fields !== undefined || (options.format !== undefined && options.format !== 'table'))
    return renderRows(COLUMNS, rows, options, stdout);
  if (!stdout.isTTY) {
    const columns = options.format === undefined ? FOR_PIPE : COLUMNS;
    return renderRows(columns, rows, options, stdout);
  }
  if (rows.length === 0) return 'no session is stored\n';
  const expires = (left: Row[string] | undefined) => {
    if (typeof left !== 'number') return '';
    return left > 0 ? `in ${describeDuration(left * 1000)}` : 'expired';
  };
  const shown = rows.map((row) => ({
    user: row.user ?? row.cookieFile ?? '',
    state: row.state ?? '',
    'token expires': expires(row.tokenSecondsLeft),
    'session expires': expires(row.sessionSecondsLeft),
    endpoint: row.endpoint ?? '',
  }));
  return renderRows(FOR_PERSON, shown, options, stdout, stateColors(painter(options, context)));
}
const FOR_PIPE = ['user', 'endpoint', 'state', 'tokenExpiresAt', 'sessionExpiresAt'];
const FOR_PERSON = ['user', 'state', 'token expires', 'session expires', 'endpoint'];

export const statusCommand: CommandModule<StatusOptions> = {
  builder: (list) =>
    withStoreOption(withComputeOptions(list))
      .option('all', { type: 'boolean', describe: 'Show every stored session' })
      .option('short', { type: 'boolean', describe: 'One line for a prompt; empty where the session is over' })
      .option('min-valid', { type: 'string', describe: 'Fail unless the token lives longer than this: 10m' }),
  run: runStatus,
  help: {
    description:
      'Shows who is logged in where, which token the other commands would use, and when the token and the session end. Asks no service, and shows no secret.',
    environment: [
      ['OPC_COOKIE', 'token that overrides the stored session, unless it belongs to it'],
      ['OPC_API', 'address of the service'],
      ['OPC_USER', 'user, /customer/name'],
      ['OPC_COOKIE_FILE', 'cookies file'],
      ...STORE_ENVIRONMENT,
    ],
    examples: [
      ['$0 --min-valid 10m -q || eval "$(oracle-compute auth)"', 'log in only where it is needed'],
      ['$0 -f json', 'for a program'],
    ],
    statuses: [
      [0, 'the token is valid, and lives as long as --min-valid asks'],
      [4, 'the cookies file is damaged'],
      [10, 'it is not: log in, or refresh'],
    ],
  },
};
