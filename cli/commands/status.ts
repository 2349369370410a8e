import { describeDuration, formatInstant, parseDuration } from '../../lib/clock.js';
import { listSessions, type SessionStatus, sessionStatus } from '../../lib/index.js';
import type { Context } from '../context/context.js';
import { type ComputeOptions, withComputeOptions } from '../flags/compute.js';
import { STORE_ENVIRONMENT, withStoreOption } from '../flags/general.js';
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
import { readSelection } from '../settings/compute.js';
import { libraryEnvironment } from '../settings/general.js';

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
  const { selection } = await readSelection(options, context);
  const status = await sessionStatus({ ...selection, minValid });
  if (options.short) return showShort(status, options, context);
  if (!options.quiet) writePainted(render(status, selection.cookiesFile, options, context), context);
  return status && status.tokenExpiresAt.getTime() - status.now.getTime() > minValid && !isOver(status)
    ? 0
    : LOGIN_NEEDED;
}

function isOver({ state }: SessionStatus): boolean {
  return state === 'session-over' || state === 'token-expired';
}

/** One line for a prompt. If the token has expired or its expiry is unknown, prints nothing and exits 10. */
function showShort(status: SessionStatus | undefined, options: StatusOptions, context: Context): number {
  if (status?.state !== 'valid') return LOGIN_NEEDED;
  const name = status.user.slice(status.user.lastIndexOf('/') + 1);
  if (!options.quiet) context.stdout.write(`${printable(shortLine(name, timesOf(status), status.now.getTime()))}\n`);
  return 0;
}

function timesOf({ tokenExpiresAt, sessionExpiresAt }: SessionStatus) {
  return { tokenExpiresAt: tokenExpiresAt.getTime(), sessionExpiresAt: sessionExpiresAt.getTime() };
}

const NO_SESSION: StatusRow = {
  endpoint: null,
  user: null,
  source: null,
  cookieFile: null,
  state: 'no-session',
  tokenExpiresAt: null,
  tokenSecondsLeft: null,
  sessionExpiresAt: null,
  sessionSecondsLeft: null,
};

function rowOf(status: SessionStatus): StatusRow {
  const { endpoint, user, source, cookiesFile, state, tokenExpiresAt, sessionExpiresAt, now } = status;
  const left = (instant: Date) => Math.max(0, Math.floor((instant.getTime() - now.getTime()) / 1000));
  const known = <T>(value: T) => (state === 'unknown' ? null : value);
  return {
    endpoint: endpoint || null,
    user: user || null,
    source,
    cookieFile: cookiesFile ?? null,
    state,
    tokenExpiresAt: known(tokenExpiresAt.toISOString()),
    tokenSecondsLeft: known(left(tokenExpiresAt)),
    sessionExpiresAt: known(sessionExpiresAt.toISOString()),
    sessionSecondsLeft: known(left(sessionExpiresAt)),
  };
}

function render(
  status: SessionStatus | undefined,
  cookiesFile: string | undefined,
  options: StatusOptions,
  context: Context,
): string {
  const row = status ? rowOf(status) : { ...NO_SESSION, cookieFile: cookiesFile ?? null };
  if (options.format === 'json') return `${printableJson(row)}\n`;
  if (options.format !== undefined || options.fields !== undefined)
    return renderRows(COLUMNS, [row as Row], options, context.stdout);
  if (!status) return 'no stored session\n';
  const lines: [name: string, value: string, color?: Color][] = [
    ['user', status.user || 'unknown'],
    ['endpoint', status.endpoint || 'unknown'],
    ['token from', status.source],
  ];
  if (status.state === 'unknown') lines.push(['token', 'expiry unknown']);
  else lines.push(...describeEnds(status, context));
  return renderFields(lines, lineWidth(context.stdout), painter(options, context));
}

/** The column where values begin: after the longest name, `token from`. */
const VALUE_COLUMN = 12;
const GAP = '  ';

/** When token and session end, with a bar each: below each other, and as wide as both lines have room for. */
function describeEnds(status: SessionStatus, context: Context): [name: string, value: string, color: Color][] {
  const now = status.now.getTime();
  const { tokenExpiresAt, sessionExpiresAt } = timesOf(status);
  const ends = [
    { name: 'token', end: tokenExpiresAt, start: status.issuedAt.getTime() },
    { name: 'session', end: sessionExpiresAt, start: status.startedAt.getTime() },
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
  for (const listed of await listSessions(libraryEnvironment(context))) {
    if ('status' in listed) {
      rows.push(rowOf(listed.status) as Row);
      continue;
    }
    const { cookiesFile: cookieFile, error } = listed;
    rows.push({ ...(NO_SESSION as Row), cookieFile, state: error.code });
    const { describeFailure } = await import('../errors/report-error.js');
    worst = Math.max(worst, describeFailure(error, context).status);
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
  if (rows.length === 0) return 'no stored session\n';
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
      .option('short', { type: 'boolean', describe: 'One line for a prompt; empty if the session has expired' })
      .option('min-valid', { type: 'string', describe: 'Fail unless the token is valid this long: 10m' }),
  run: runStatus,
  help: {
    description:
      'Shows the user, the endpoint, where the token comes from, and when token and session expire. Sends no request and shows no secret.',
    environment: [
      ['OPC_COOKIE', 'token that overrides the stored session, unless it belongs to it'],
      ['OPC_API', 'endpoint'],
      ['OPC_USER', 'user, /customer/name'],
      ['OPC_COOKIE_FILE', 'cookies file'],
      ...STORE_ENVIRONMENT,
    ],
    examples: [
      ['$0 --min-valid 10m -q || eval "$(oracle-compute auth)"', 'log in only if needed'],
      ['$0 -f json', 'for a program'],
    ],
    statuses: [0, 4, 10],
  },
};
