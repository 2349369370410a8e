import { isOracleComputeError, type OracleComputeError } from '../../lib/errors.js';
import type { Context } from '../context/context.js';
import { describeError, isSystemError } from '../errors/error-text.js';
import { asFailure, describeFailure } from '../errors/report-error.js';
import type { GeneralOptions } from '../flags/general.js';
import { renderRows } from '../output/rows.js';
import { printable } from '../output/text.js';

/** The result of one check: one line. A note does not change the exit status. */
export interface Check {
  readonly check: string;
  readonly state: 'pass' | 'fail' | 'note';
  readonly message: string;
  readonly failure?: OracleComputeError;
}

export function pass(check: string, message: string): Check {
  return { check, state: 'pass', message };
}

export function note(check: string, message: string): Check {
  return { check, state: 'note', message };
}

export function fail(check: string, failure: OracleComputeError): Check {
  return { check, state: 'fail', message: failure.message, failure };
}

/** Runs a check. An error with a code, or of the system, is a failed check; the other checks continue. */
export async function look(check: string, action: () => Promise<Check | readonly Check[]>): Promise<readonly Check[]> {
  try {
    return [await action()].flat();
  } catch (error) {
    const failure = isSystemError(error) ? asFailure(error) : error;
    if (!isOracleComputeError(failure) || failure.code === 'INTERRUPTED') throw error;
    return [fail(check, failure)];
  }
}

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
  context.stdout.write(
    isPlain ? shown.map((row) => line(row, width)).join('') : renderRows(COLUMNS, shown, options, context.stdout),
  );
  return rows.find(({ status }) => status !== 0)?.status ?? 0;
}

function describeCheck({ check, state, message, failure }: Check, context: Context): { row: CheckRow; status: number } {
  if (!failure) return { row: { check, state, message, code: null, hint: null }, status: 0 };
  const { status, hint } = describeFailure(failure, context.program);
  return { row: { check, state, message: describeError(failure), code: failure.code, hint }, status };
}

function line({ check, state, message, hint }: CheckRow, width: number): string {
  return `${state}  ${(check ?? '').padEnd(width)}  ${printable(`${message}${hint === null ? '' : ` -> ${hint}`}`)}\n`;
}
