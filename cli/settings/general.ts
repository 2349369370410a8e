import { parseDuration } from '../../lib/clock.js';
import { OracleComputeError } from '../../lib/errors.js';
import { parseStoreAddress, readCaBundle, type SessionStoreOptions } from '../../lib/index.js';
import type { ValueWithOrigin } from '../../lib/text.js';
import { expandHome as expand, PREFIXES } from '../../lib/variables.js';
import type { Context } from '../context/context.js';
import {
  type GeneralOptions,
  STORE_KEY_VARIABLE,
  STORE_PASSWORD_VARIABLE,
  STORE_VARIABLE,
  type StoreOptions,
} from '../flags/general.js';

/** The variable `OPC_<name>`, or, if it is unset or empty, the first older name that is set; without a line end. */
export function variable(context: Context, name: string): ValueWithOrigin<string> | undefined {
  for (const prefix of PREFIXES) {
    const value = context.env[prefix + name]?.replace(/[\r\n]+$/, '');
    if (value !== undefined && value !== '') return { value, source: prefix + name };
  }
  return undefined;
}

/** A path with `~` for the home folder, as files and variables have it that no shell has read. */
export function expandHome(path: string, context: Context): string {
  return path.startsWith('~') ? expand(path, context.home) : path;
}

/** The environment of the library's functions that send nothing. */
export function libraryEnvironment({ env, home, cwd, clock, interruption: signal }: Context) {
  return { env, home, cwd, clock, signal };
}

/** The PEM text of the bundle that is named. @throws OracleComputeError as `readCaBundle` */
export async function readCertificateAuthorities(
  options: GeneralOptions,
  context: Context,
): Promise<string | undefined> {
  const given = options.caBundle ?? variable(context, 'CA_BUNDLE')?.value;
  return given === undefined ? undefined : readCaBundle(expandHome(given, context), context.interruption);
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
