import { OracleComputeError } from '../../lib/errors.js';
import type { KeychainAccount } from '../../lib/secrets/keychain.js';
import { passwordFromBytes, readPasswordFile } from '../../lib/secrets/password-file.js';
import type { World } from '../world.js';
import { expandHome, type Sourced } from './places.js';

const LONGEST_LINE = 64 * 1024;

/**
 * The password: from the file that was named (`-` asks on the terminal, or reads one line of stdin), else from the
 * keychain, else, where someone can answer, by asking.
 *
 * @throws OracleComputeError what `readPasswordFile` throws; PASSWORD_MISSING; KEYCHAIN_LOCKED
 */
export async function obtainPassword(
  file: Sourced<string> | undefined,
  account: KeychainAccount,
  world: World,
): Promise<string> {
  if (file?.value === '-') return canAsk(world) ? askPassword(account, world) : readPasswordLine(world);
  if (file) return readPasswordFile(expandHome(file.value, world), { uid: world.uid });
  const stored = await passwordFromKeychain(account, world);
  if (stored !== undefined) return stored;
  if (canAsk(world)) return askPassword(account, world);
  throw new OracleComputeError('PASSWORD_MISSING', `there is no password for ${account.user}`, {});
}

/** A machine without a keychain is like one whose keychain is empty, as long as nobody asked for the keychain. */
async function passwordFromKeychain(account: KeychainAccount, world: World): Promise<string | undefined> {
  try {
    return await world.keychain.get(account);
  } catch (error) {
    if (error instanceof OracleComputeError && error.code === 'KEYCHAIN_UNAVAILABLE') return undefined;
    throw error;
  }
}

/** A question is put only where both ends of the conversation are terminals. */
export function canAsk(world: World): boolean {
  return world.stdin.isTTY && world.stderr.isTTY;
}

/** Asks for the password of an account, without showing it. */
export async function askPassword(account: KeychainAccount, world: World): Promise<string> {
  const answer = await world.askHidden(`Password of ${account.user} at ${account.endpoint}: `);
  return passwordFromBytes(Buffer.from(answer, 'utf8'), 'the terminal');
}

async function readPasswordLine(world: World): Promise<string> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of world.stdin.read()) {
    chunks.push(chunk);
    total += chunk.length;
    if (chunk.includes(0x0a) || total > LONGEST_LINE) break;
  }
  const bytes = Buffer.concat(chunks, total);
  const end = bytes.indexOf(0x0a);
  return passwordFromBytes(end === -1 ? bytes : bytes.subarray(0, end + 1), 'standard input');
}
