import { parseDuration } from '../../lib/clock.js';
import { OracleComputeError } from '../../lib/errors.js';
import { parseStoreAddress, type SessionStoreOptions } from '../../lib/index.js';
import type { Context } from '../context/context.js';
import { readCertificateAuthorities } from '../context/http.js';
import { STORE_KEY_VARIABLE, STORE_PASSWORD_VARIABLE, STORE_VARIABLE, type StoreOptions } from '../flags/store.js';
import { expandHome } from './environment.js';

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
