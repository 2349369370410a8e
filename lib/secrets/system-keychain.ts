import { OracleComputeError } from '../errors.js';
import type { Keychain, KeychainAccount } from './keychain.js';

const SERVICE = 'oracle-compute';
const DEADLINE = 3000;

type Keytar = Pick<typeof import('keytar'), 'getPassword' | 'setPassword' | 'deletePassword'>;

/** The operating system's keychain, by keytar: the only file that loads it, and only when it is asked for. */
export const systemKeychain: Keychain = {
  get: async (account) => (await ask((keytar) => keytar.getPassword(SERVICE, nameOf(account)))) ?? undefined,
  set: (account, password) => ask((keytar) => keytar.setPassword(SERVICE, nameOf(account), password)),
  delete: (account) => ask((keytar) => keytar.deletePassword(SERVICE, nameOf(account))),
};

function nameOf(account: KeychainAccount): string {
  return `${account.user} ${account.endpoint}`;
}

async function ask<T>(question: (keytar: Keytar) => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const seconds = DEADLINE / 1000;
      reject(new OracleComputeError('KEYCHAIN_LOCKED', `the keychain did not answer within ${seconds} s`, { seconds }));
    }, DEADLINE);
  });
  try {
    const loaded = (await import('keytar')) as unknown as { default?: Keytar } & Keytar;
    return await Promise.race([question(loaded.default ?? loaded), late]);
  } catch (cause) {
    if (cause instanceof OracleComputeError) throw cause;
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new OracleComputeError(
      'KEYCHAIN_UNAVAILABLE',
      `no keychain can be used here: ${reason}`,
      { reason },
      { cause },
    );
  } finally {
    clearTimeout(timer);
  }
}
