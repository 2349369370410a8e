import { parseDuration } from '../../lib/clock.js';
import { OracleComputeError } from '../../lib/errors.js';
import { parseStoreAddress, type SessionStoreOptions } from '../../lib/index.js';
import type { Context } from '../context/context.js';
import { readCertificateAuthorities } from '../context/http.js';
import type { OptionList } from '../parser/known-options.js';
import { expandHome, type GeneralOptions } from './general.js';

/** The options of commands whose session may be one that hosts share. */
export interface StoreOptions extends GeneralOptions {
  readonly store?: string;
  readonly waitSession?: string;
}

const STORE_VARIABLE = 'OPC_SESSION_STORE';
export const STORE_PASSWORD_VARIABLE = 'OPC_SESSION_STORE_PASSWORD_FILE';
export const STORE_KEY_VARIABLE = 'OPC_SESSION_STORE_KEY_FILE';

/** For the help of commands that take `--store`. */
export const STORE_ENVIRONMENT: ReadonlyArray<readonly [string, string]> = [
  [STORE_VARIABLE, 'server for shared sessions'],
  [STORE_PASSWORD_VARIABLE, 'password file of the store'],
  [STORE_KEY_VARIABLE, 'encryption keys of the store'],
];

export const STORE_VARIABLES = STORE_ENVIRONMENT.map(([name]) => name);

export function withStoreOption(list: OptionList): OptionList {
  return list.option('store', {
    type: 'string',
    describe: `Redis or Valkey server to share the session: rediss://… (${STORE_VARIABLE})`,
  });
}

/** For commands that need a session and may wait for a host that can begin one. */
export function withStoreOptions(list: OptionList): OptionList {
  return withStoreOption(list).option('wait-session', {
    type: 'string',
    describe: 'Wait up to this long for another host to log in: 60s',
  });
}

/**
 * The store that the line or the environment names, checked; undefined if neither names one.
 *
 * @throws OracleComputeError STORE_ADDRESS_MALFORMED, STORE_ADDRESS_INSECURE, STORE_KEY_MISSING
 */
export async function readStoreOptions(
  options: StoreOptions,
  context: Context,
): Promise<SessionStoreOptions | undefined> {
  const given = options.store ?? context.env[STORE_VARIABLE];
  if (!given) return undefined;
  const allowPlain = options.allowHttp === true;
  const { text: url } = parseStoreAddress(given, { allowPlain });
  const keyFile = context.env[STORE_KEY_VARIABLE];
  if (!keyFile) {
    const message = `no key file to encrypt sessions in ${url}`;
    throw new OracleComputeError('STORE_KEY_MISSING', message, { store: url });
  }
  const passwordFile = context.env[STORE_PASSWORD_VARIABLE];
  return {
    url,
    allowPlain,
    passwordFile: passwordFile ? expandHome(passwordFile, context) : undefined,
    keyFile: expandHome(keyFile, context),
    certificateAuthorities: () => readCertificateAuthorities(options, context),
    waitForSession: options.waitSession === undefined ? undefined : parseDuration(options.waitSession),
  };
}

/** The store that a line must name. @throws OracleComputeError MISSING_VALUE, and as `readStoreOptions` */
export async function requireStore(options: StoreOptions, context: Context): Promise<SessionStoreOptions> {
  const store = await readStoreOptions(options, context);
  if (store) return store;
  throw new OracleComputeError('MISSING_VALUE', 'no store given', { name: 'store' });
}
