import { type ErrorCode, isOracleComputeError, type OracleComputeError } from '../../../lib/errors.js';
import type { KeychainAccount } from '../../../lib/index.js';
import type { Context } from '../../context/context.js';
import { describeFailure } from '../../errors/report-error.js';
import { type ComputeOptions, withComputeOptions } from '../../flags/compute.js';
import { type Row, renderRows } from '../../output/rows.js';
import { lineWidth, printableJson, renderFields } from '../../output/text.js';
import type { CommandModule } from '../../parser/command.js';
import { keychainAccount } from '../../settings/compute.js';
import { noEntry } from './delete.js';

export interface PasswordStatusOptions extends ComputeOptions {
  readonly username?: string;
}

const STATES: Partial<Record<ErrorCode, string>> = {
  KEYCHAIN_NO_ENTRY: 'absent',
  KEYCHAIN_NO_ANSWER: 'no-answer',
  KEYCHAIN_UNAVAILABLE: 'unavailable',
};

const COLUMNS = ['endpoint', 'user', 'state', 'message', 'hint'] as const;

/** Says whether the keychain has a password. All four states are results, not errors, so they go to stdout. */
export async function runPasswordStatus(options: PasswordStatusOptions, context: Context): Promise<number> {
  const account = await keychainAccount(options, context, options.username);
  const failure = await lookUp(account, context);
  const { status, hint } = failure ? describeFailure(failure, context) : { status: 0, hint: null };
  const state = failure ? (STATES[failure.code] ?? 'unavailable') : 'present';
  const row = { ...account, state, message: failure?.message ?? null, hint };
  if (!options.quiet) context.stdout.write(render(row, options, context));
  return status;
}

async function lookUp(account: KeychainAccount, context: Context): Promise<OracleComputeError | undefined> {
  try {
    return (await context.keychain.get(account)) === undefined ? noEntry(account) : undefined;
  } catch (error) {
    if (isOracleComputeError(error) && error.code in STATES) return error;
    throw error;
  }
}

type StatusRow = Readonly<Record<(typeof COLUMNS)[number], string | null>>;

function render(row: StatusRow, options: PasswordStatusOptions, context: Context): string {
  if (options.format === 'json') return `${printableJson(row)}\n`;
  if (options.format !== undefined || options.fields !== undefined)
    return renderRows(COLUMNS, [row as Row], options, context.stdout);
  const lines: [name: string, value: string][] = [
    ['user', row.user ?? ''],
    ['endpoint', row.endpoint ?? ''],
    ['password', row.message === null ? 'in the keychain' : `${row.state}: ${row.message}`],
  ];
  if (row.hint !== null) lines.push(['next', row.hint]);
  return renderFields(lines, lineWidth(context.stdout));
}

export const passwordStatusCommand: CommandModule<PasswordStatusOptions> = {
  builder: (list) =>
    withComputeOptions(list).positional('username', { type: 'string', describe: 'User, /customer/name' }),
  run: runPasswordStatus,
  help: {
    description:
      'Checks whether the keychain has the password of a user at an endpoint. If not, it shows why: no entry or a locked keychain, no answer, or no keychain. Never shows the password. The default is the user and endpoint of the stored session.',
    environment: [
      ['OPC_API', 'endpoint'],
      ['OPC_USER', 'user, /customer/name'],
    ],
    examples: [
      ['$0 /Compute-acme/jack.jones@example.com', 'look'],
      ['$0 -q || oracle-compute password set', 'save it only where it is missing'],
    ],
    statuses: [0, 2, 4],
  },
};
