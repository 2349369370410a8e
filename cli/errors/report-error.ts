import { type ErrorCode, isOracleComputeError, OracleComputeError } from '../../lib/errors.js';
import { escapedJson, plainText } from '../../lib/text.js';
import type { Context } from '../context/context.js';
import { describeError, describeUnknown, isSystemError } from './error-text.js';
import { redact } from './redact.js';
import type { ErrorRow, LineOptions } from './row.js';
import { ERROR_TABLE } from './table.js';

export interface ReportStyle {
  readonly json: boolean;
  readonly debug: boolean;
  /** What the line has said that a next step has to repeat. */
  readonly line?: LineOptions;
}

/** Says what happened and what to do next on stderr, and gives the exit status. */
export function reportError(error: unknown, context: Context, style: ReportStyle): number {
  const failure = asFailure(error);
  const { status, hint: usualHint } = describeFailure(failure, context.program, style.line);
  const hint = fromOtherVariable(failure, context.env) ?? usualHint;
  const message = describeError(failure);
  if (style.json) {
    context.stderr.write(`${escapedJson(JSON.stringify({ error: { code: failure.code, message, hint } }))}\n`);
  } else {
    context.stderr.write(`${context.program}: ${message}\n${hint}\n`);
  }
  if (style.debug) context.stderr.write(stackOf(failure));
  return status;
}

/** An error as one of ours: of the system, or a fault of this program. */
export function asFailure(cause: unknown): OracleComputeError {
  if (isOracleComputeError(cause)) return cause;
  const message = describeUnknown(cause);
  return isSystemError(cause)
    ? new OracleComputeError('SYSTEM_REFUSED', message, { cause: cause.code }, { cause })
    : new OracleComputeError('INTERNAL', message, {}, { cause });
}

/** The exit status and the next step of a failure. */
export function describeFailure<C extends ErrorCode>(
  failure: OracleComputeError<C>,
  program: string,
  line: LineOptions = {},
): { status: number; hint: string } {
  const row = ERROR_TABLE[failure.code] as ErrorRow<C>;
  const status = typeof row.status === 'function' ? row.status(failure.fields) : row.status;
  const hint = typeof row.hint === 'function' ? row.hint(failure.fields, program, line) : row.hint;
  return { status, hint: plainText(redact(hint)) };
}

/** Stacks only: an error's other properties may hold headers and bodies. */
function stackOf(error: unknown): string {
  let text = '';
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth++) {
    text += `${depth === 0 ? '' : 'caused by '}${current.stack ?? current.message}\n`;
  }
  return redact(text)
    .split('\n')
    .map((line) => plainText(line))
    .join('\n');
}

/** Where manuals and other programs keep what we look for: the REST manual's curl lines, and Terraform's provider. */
const OTHERS = [
  { ours: 'OPC_COOKIE', theirs: ['COMPUTE_COOKIE', 'NIMBULA_TOKEN'] },
  { ours: 'OPC_API', theirs: ['OPC_ENDPOINT', 'API_ENDPOINT', 'COMPUTE_API'] },
  { ours: 'OPC_USER', theirs: ['OPC_USERNAME', 'NIMBULA_API_USER'] },
];

/** The next step where a variable of another name holds what is missing. */
function fromOtherVariable(failure: OracleComputeError, env: Context['env']): string | undefined {
  const missing = missingVariable(failure);
  const { ours, theirs } = OTHERS.find((other) => other.ours === missing) ?? { theirs: [] };
  const set = theirs.find((name) => env[name]);
  if (ours === undefined || set === undefined || env[ours]) return undefined;
  return `${set} is set, but ${ours} is what is read here: export ${ours}="$${set}"`;
}

function missingVariable(failure: OracleComputeError): string | undefined {
  if (isOracleComputeError(failure, 'MISSING_VALUE')) return failure.fields.variable;
  return isOracleComputeError(failure, 'NO_SESSION', 'PASSWORD_MISSING') ? 'OPC_COOKIE' : undefined;
}
