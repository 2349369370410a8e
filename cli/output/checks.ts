import type { Check } from '../../lib/index.js';
import type { Context } from '../context/context.js';
import { describeError } from '../errors/error-text.js';
import { describeFailure } from '../errors/report-error.js';
import type { GeneralOptions } from '../flags/general.js';
import { renderRows } from './rows.js';
import { lineWidth, painter, printable, wrap, writePainted } from './text.js';

const COLUMNS = ['check', 'state', 'message', 'code', 'hint'] as const;

/** Width of the first column if no check has a longer name. */
const NARROWEST = 9;

type CheckRow = Readonly<Record<(typeof COLUMNS)[number], string | null>>;

/** Prints the checks, a line each. @returns the exit status of the first failure */
export function showChecks(checks: readonly Check[], options: GeneralOptions, context: Context): number {
  const rows = checks.map((check) => describeCheck(check, context));
  const shown = (options.quiet ? rows.filter(({ row }) => row.state === 'fail') : rows).map(({ row }) => row);
  const width = Math.max(NARROWEST, ...shown.map(({ check }) => check?.length ?? 0));
  const isPlain = options.format === undefined && options.fields === undefined;
  if (!isPlain) context.stdout.write(renderRows(COLUMNS, shown, options, context.stdout));
  else if (!context.stdout.isTTY) context.stdout.write(shown.map((row) => line(row, width)).join(''));
  else writePainted(forPerson(shown, width, options, context), context);
  return rows.find(({ status }) => status !== 0)?.status ?? 0;
}

function describeCheck({ check, state, message, failure }: Check, context: Context): { row: CheckRow; status: number } {
  if (!failure) return { row: { check, state, message, code: null, hint: null }, status: 0 };
  const { status, hint } = describeFailure(failure, context);
  return { row: { check, state, message: describeError(failure), code: failure.code, hint }, status };
}

const COLORS = { pass: 'green', fail: 'red', note: 'yellow' } as const;

/** With a hanging indent, the cure on a line of its own, and a summary. */
function forPerson(rows: readonly CheckRow[], width: number, options: GeneralOptions, context: Context): string {
  const paint = painter(options, context);
  const indent = ' '.repeat(width + 8);
  const room = Math.max(NARROWEST, (lineWidth(context.stdout) ?? 80) - indent.length);
  const lines = rows.map(({ check, state, message, hint }) => {
    const color = COLORS[state as Check['state']];
    const [first = '', ...more] = [message ?? '', ...(hint === null ? [] : [`-> ${hint}`])].flatMap((text) =>
      wrap(printable(text), room),
    );
    const start = `${paint(state ?? '', color)}  ${(check ?? '').padEnd(width)}  ${first}\n`;
    return start + more.map((text) => `${indent}${text}\n`).join('');
  });
  const count = (wanted: Check['state']) => rows.filter(({ state }) => state === wanted).length;
  const failed = count('fail');
  const summary = `${count('pass')} passed, ${paint(`${failed} failed`, failed > 0 ? 'red' : 'green')}, ${count('note')} notes\n`;
  return lines.join('') + (options.quiet ? '' : `\n${summary}`);
}

function line({ check, state, message, hint }: CheckRow, width: number): string {
  return `${state}  ${(check ?? '').padEnd(width)}  ${printable(`${message}${hint === null ? '' : ` -> ${hint}`}`)}\n`;
}
