import {
  type ErrorCode,
  isOracleComputeError,
  isSystemError,
  OracleComputeError,
  systemErrorCode,
  systemRefused,
} from '../../lib/errors.js';
import { escapedJson, plainText } from '../../lib/text.js';
import type { Context } from '../context/context.js';
import { ERROR_TABLE, type ErrorRow, MISSING } from './catalog.js';
import { describeError, describeUnknown, type LineOptions, redact } from './error-text.js';
import { forPlatform } from './windows-words.js';

interface ReportStyle {
  readonly json: boolean;
  readonly debug: boolean;
  readonly line?: LineOptions;
}

/** Prints what happened and what to do next to stderr. @returns the exit status */
export function reportError(error: unknown, context: Context, style: ReportStyle): number {
  const failure = asFailure(error);
  const { status, hint: usualHint } = describeFailure(failure, context, style.line);
  const hint = foreignVariableHint(failure, context) ?? usualHint;
  const message = describeError(failure);
  if (style.json) {
    context.stderr.write(`${escapedJson(JSON.stringify({ error: { code: failure.code, message, hint } }))}\n`);
  } else {
    context.stderr.write(`${context.program}: ${message}\n${hint}\n`);
  }
  if (style.debug) context.stderr.write(stackOf(failure));
  return status;
}

/**
 * Prints one line for an object that failed among several, without the next step.
 *
 * @returns the exit status of the error
 */
export function reportFailure(
  failure: OracleComputeError,
  name: string,
  context: Context,
  { format }: { readonly format?: string },
): number {
  const { status, hint } = describeFailure(failure, context);
  const message = describeError(failure);
  const shown = plainText(name, 200);
  const { stderr, program } = context;
  if (format === 'json') {
    const { code } = failure;
    stderr.write(`${escapedJson(JSON.stringify({ error: { code, message, hint, name } }))}\n`);
  } else stderr.write(`${program}: ${message.includes(shown) ? '' : `${shown}: `}${message}\n`);
  return status;
}

/**
 * From the gravest to the least: a fault to report, a login that is needed, a mistake of the caller, a refusal (least: what
 * does not exist), what may succeed later.
 */
const BY_GRAVITY = [1, 5, 7, 10, 2, 4, 9, 11, 13, 14, 15, 12, 3, 75];

/** The graver of two exit statuses. */
export function gravestStatus(one: number, other: number): number {
  const rank = (status: number) => (status === 0 ? BY_GRAVITY.length : BY_GRAVITY.indexOf(status));
  return rank(one) <= rank(other) ? one : other;
}

/** Any error as an `OracleComputeError`: SYSTEM_REFUSED for one of the system, INTERNAL for others without a code. */
function asFailure(cause: unknown): OracleComputeError {
  if (isOracleComputeError(cause)) return cause;
  if (/^(?:ERR_)?MODULE_NOT_FOUND$/.test(systemErrorCode(cause) ?? '')) {
    const damaged = 'the installation is damaged: a file is missing';
    return new OracleComputeError('INTERNAL', damaged, { isDamaged: true }, { cause });
  }
  return isSystemError(cause)
    ? systemRefused(cause)
    : new OracleComputeError('INTERNAL', describeUnknown(cause), {}, { cause });
}

/** The exit status and the next step of a failure. */
export function describeFailure<C extends ErrorCode>(
  failure: OracleComputeError<C>,
  { program, platform }: Pick<Context, 'program' | 'platform'>,
  line: LineOptions = {},
): { status: number; hint: string } {
  const row = ERROR_TABLE[failure.code] as ErrorRow<C>;
  const status = typeof row.status === 'function' ? row.status(failure.fields) : row.status;
  const hint = typeof row.hint === 'function' ? row.hint(failure.fields, program, line) : row.hint;
  return { status, hint: forPlatform(plainText(redact(hint)), platform) };
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

/** The names that other programs have for our variables: the REST manual's curl lines, and Terraform's provider. */
const FOREIGN_VARIABLES = [
  { ours: 'OPC_COOKIE', theirs: ['COMPUTE_COOKIE', 'NIMBULA_TOKEN'] },
  { ours: 'OPC_API', theirs: ['OPC_ENDPOINT', 'API_ENDPOINT', 'COMPUTE_API'] },
  { ours: 'OPC_USER', theirs: ['OPC_USERNAME', 'NIMBULA_API_USER'] },
];

/** The next step if a variable of another program has the missing value. */
function foreignVariableHint(failure: OracleComputeError, { env, platform }: Context): string | undefined {
  const missing = missingVariable(failure);
  const { ours, theirs } = FOREIGN_VARIABLES.find((other) => other.ours === missing) ?? { theirs: [] };
  const set = theirs.find((name) => env[name]);
  if (ours === undefined || set === undefined || env[ours]) return undefined;
  return forPlatform(`${set} is set, but this program reads ${ours}: export ${ours}="$${set}"`, platform);
}

function missingVariable(failure: OracleComputeError): string | undefined {
  if (isOracleComputeError(failure, 'MISSING_VALUE')) {
    const { name } = failure.fields;
    return name === 'one-session' ? undefined : MISSING[name].variable;
  }
  return isOracleComputeError(failure, 'NO_SESSION', 'PASSWORD_MISSING') ? 'OPC_COOKIE' : undefined;
}
