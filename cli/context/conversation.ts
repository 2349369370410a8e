import { isOracleComputeError, OracleComputeError } from '../../lib/errors.js';
import { type KeychainAccount, type LoginReason, passwordFromBytes, readPasswordFile } from '../../lib/index.js';
import { plainText, type ValueWithOrigin } from '../../lib/text.js';
import { describeError } from '../errors/error-text.js';
import { expandHome } from '../settings/general.js';
import type { Context } from './context.js';

/** Writes messages to the user at the terminal, unless `--quiet` is given. */
export function infoLogger(options: { readonly quiet?: boolean }, context: Context): (text: string) => void {
  return (text) => {
    if (!options.quiet) context.stderr.write(`${context.program}: ${plainText(text)}\n`);
  };
}

/** A line at the end of a terminal that is drawn again and again. */
export interface StatusLine {
  show(text: string): void;
  clear(): void;
}

/** Says on a terminal what takes a while. Shows nothing in a pipe, with `--quiet`, or on a terminal that cannot redraw. */
export function statusLine({ quiet }: { readonly quiet?: boolean }, { stderr, env }: Context): StatusLine {
  const isPossible = stderr.isTTY && !quiet && env.TERM !== 'dumb';
  let isShown = false;
  const draw = (text: string) => stderr.write(Buffer.from(`\r${text}\u001b[K`));
  return {
    show: (text) => {
      if (!isPossible) return;
      isShown = true;
      draw(plainText(text, (stderr.columns ?? 80) - 2));
    },
    clear: () => {
      if (isShown) draw('');
      isShown = false;
    },
  };
}

/** True if a prompt is possible: both stdin and stderr are terminals. */
export function canPrompt(context: Context): boolean {
  return context.stdin.isTTY && context.stderr.isTTY;
}

/** Asks until `read` accepts the answer. */
export async function askUntil<T>(
  question: string,
  context: Context,
  read: (answer: string) => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await read((await context.ask(question)).trim());
    } catch (error) {
      if (!isOracleComputeError(error) || error.code === 'INTERRUPTED') throw error;
      context.stderr.write(`${describeError(error)}\n`);
    }
  }
}

/** Asks a question whose default answer is no. Call it only if the user can answer. */
export async function confirm(question: string, context: Context): Promise<boolean> {
  return /^y(?:es)?$/i.test((await context.ask(`${question} [y/N] `)).trim());
}

/** An address that a browser shows has some 5 KB. */
const LONGEST_LINE = 65_536;

/**
 * Lines that the user pastes while a login waits: from the terminal, without echo because they hold a token, or from
 * standard input. Ends when the signal aborts.
 */
export async function* pastedLines(context: Context, signal: AbortSignal): AsyncGenerator<string> {
  if (canPrompt(context)) yield* typedLines(context, signal);
  // A terminal that cannot prompt would echo the lines.
  else if (!context.stdin.isTTY) yield* linesOfInput(context, signal);
}

async function* typedLines(context: Context, signal: AbortSignal): AsyncGenerator<string> {
  while (!signal.aborted) {
    const line = await context.promptSecret('', signal).catch((error: unknown) => {
      if (signal.aborted) return '';
      throw error;
    });
    if (!TYPED_WORD.test(line)) yield line;
  }
}

/** What answers a question, such as a region or a profile, and came late. No address is like it. */
const TYPED_WORD = /^[\w\s.@-]{0,100}$/;

async function* linesOfInput(context: Context, signal: AbortSignal): AsyncGenerator<string> {
  let text = '';
  let isEmpty = true;
  try {
    for await (const chunk of context.stdin.read(signal)) {
      isEmpty = false;
      text += Buffer.from(chunk).toString('utf8');
      const lines = text.split('\n');
      text = (lines.pop() ?? '').slice(-LONGEST_LINE);
      for (const line of lines) if (line.trim() !== '') yield line;
    }
  } catch (error) {
    // Left open, the input would keep the program alive; so the reading is cut off.
    if (!signal.aborted) throw error;
  }
  if (isEmpty && !signal.aborted) {
    // Standard input is /dev/null, as in cron and in the background.
    context.stderr.write(
      'Standard input is empty, so no address can be given here. To complete the login, use a browser on this machine or\n' +
        'through the ssh tunnel above; or start the command at a terminal.\n',
    );
  }
  // The last line may lack its end.
  if (!signal.aborted && text.trim() !== '') yield text;
}

const LONGEST_PASSWORD = 64 * 1024;

/** A locked entry looks like one that does not exist. */
const NOTHING_FOUND = 'the keychain has none, or is locked';

/**
 * The password: from the named file (`-` asks on the terminal, or reads one line of stdin), else from the keychain,
 * else from the user, if the user can answer.
 *
 * @param onTyped called if the user types it
 * @throws OracleComputeError what `readPasswordFile` throws; PASSWORD_MISSING; KEYCHAIN_NO_ANSWER
 */
export async function obtainPassword(
  file: ValueWithOrigin<string> | undefined,
  account: KeychainAccount,
  context: Context,
  onTyped?: () => void,
): Promise<string> {
  if (file?.value === '-' && canPrompt(context)) onTyped?.();
  if (file) return readGivenPassword(file.value, account, context);
  const { password, whyNot } = await passwordFromKeychain(account, context);
  if (password !== undefined) return password;
  if (canPrompt(context)) {
    onTyped?.();
    return askPassword(account, context);
  }
  throw new OracleComputeError(
    'PASSWORD_MISSING',
    `no password for ${account.user}: none was given, and ${whyNot?.message ?? NOTHING_FOUND}`,
    { keychain: whyNot ? 'unavailable' : 'empty', ...account },
  );
}

/**
 * The password for a command that logs in only if it must: from the named file, else from the keychain, else, if the
 * command cannot go on without it and the user can answer, from the user. Undefined if no source has one.
 *
 * As long as the session is good, a failure to get a password causes only a note.
 */
export function availablePassword(
  file: ValueWithOrigin<string> | undefined,
  context: Context,
  note: (text: string) => void,
): (need: LoginReason, account: KeychainAccount) => Promise<string | undefined> {
  const find = async (need: LoginReason, account: KeychainAccount): Promise<string | undefined> => {
    // A prompt, or stdin, gives the password only once.
    if (file?.value === '-' && need === 'soon') return undefined;
    if (file) return readGivenPassword(file.value, account, context);
    const { password, whyNot } = await passwordFromKeychain(account, context);
    if (password !== undefined || need === 'soon') return password;
    if (canPrompt(context)) return askPassword(account, context);
    note(`no login without a password: give -p FILE or OPC_PASSWORD_FILE (${whyNot?.message ?? NOTHING_FOUND})`);
    return undefined;
  };
  return async (need, account) => {
    if (need === 'now') return find(need, account);
    return find(need, account).catch((error: unknown) => {
      if (!isOracleComputeError(error) || error.code === 'INTERRUPTED') throw error;
      note(`the session ends soon, and there will be no login: ${error.message}`);
      return undefined;
    });
  };
}

/** The password in a file that was named: `-` asks on the terminal, or reads one line of stdin. */
export async function readGivenPassword(path: string, account: KeychainAccount, context: Context): Promise<string> {
  if (path !== '-')
    return readPasswordFile(expandHome(path, context), { uid: context.uid, signal: context.interruption });
  return canPrompt(context) ? askPassword(account, context) : readPasswordLine(context);
}

/**
 * A machine without a keychain counts as one with an empty keychain, unless the user asked for the keychain. If a
 * keychain does not answer, this fails: it may hold the password, and going on without it would be a surprise.
 */
async function passwordFromKeychain(
  account: KeychainAccount,
  context: Context,
): Promise<{ readonly password?: string; readonly whyNot?: OracleComputeError }> {
  try {
    return { password: await context.keychain.get(account) };
  } catch (error) {
    if (isOracleComputeError(error, 'KEYCHAIN_UNAVAILABLE')) return { whyNot: error };
    throw error;
  }
}

/** Asks for the password of an account, without showing it. */
export async function askPassword(account: KeychainAccount, context: Context): Promise<string> {
  return askSecretly(`Password of ${account.user} at ${account.endpoint}: `, context);
}

/**
 * Asks for a password that cannot be checked now, so twice.
 *
 * @throws OracleComputeError PASSWORDS_DIFFER
 */
export async function askNewPassword(account: KeychainAccount, context: Context): Promise<string> {
  const password = await askPassword(account, context);
  if ((await askSecretly('Password again: ', context)) === password) return password;
  throw new OracleComputeError('PASSWORDS_DIFFER', 'the passwords do not match', {});
}

async function askSecretly(question: string, context: Context): Promise<string> {
  return passwordFromBytes(Buffer.from(await context.promptSecret(question), 'utf8'), 'the terminal');
}

/**
 * One line of stdin, in however many pieces it comes. What follows it stays unread.
 *
 * @throws OracleComputeError PASSWORD_FILE_TOO_LARGE, and what `passwordFromBytes` throws
 */
export async function readPasswordLine(context: Context): Promise<string> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of context.stdin.read()) {
    chunks.push(chunk);
    total += chunk.length;
    if (chunk.includes(0x0a) || total > LONGEST_PASSWORD) break;
  }
  const bytes = Buffer.concat(chunks, total);
  const end = bytes.indexOf(0x0a);
  const line = end === -1 ? bytes : bytes.subarray(0, end + 1);
  if (line.length > LONGEST_PASSWORD) {
    throw new OracleComputeError('PASSWORD_FILE_TOO_LARGE', 'the password from standard input is longer than 64 KiB', {
      path: undefined,
      limitBytes: LONGEST_PASSWORD,
    });
  }
  return passwordFromBytes(line, 'standard input');
}
