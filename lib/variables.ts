export { homeFolder } from './files/owner.js';
export { expandHome } from './files/paths.js';

/** The prefixes of this program's variables and the older ones, in order of precedence. */
export const PREFIXES = ['OPC_', 'OPC_COMPUTE_', 'ORACLE_COMPUTE_', 'NIMBULA_'];

const OF_A_KEY = ['OCI_CLI_PASSPHRASE', 'OCI_CLI_KEY_CONTENT'];
const OF_AN_EXCHANGE = ['OCI_TOKEN_EXCHANGE_CLIENT_SECRET', 'OCI_TOKEN_EXCHANGE_SUBJECT_TOKEN'];

/** All variables of this program that hold a secret or its path. */
const SECRETS: readonly string[] = [
  ...PREFIXES.flatMap((prefix) => ['COOKIE', 'PASSWORD', 'PASSWORD_FILE'].map((name) => prefix + name)),
  ...[...OF_A_KEY, ...OF_AN_EXCHANGE],
  ...['OPC_SESSION_STORE', 'OPC_SESSION_STORE_PASSWORD_FILE', 'OPC_SESSION_STORE_KEY_FILE'],
];

/** The ones that each kind of child process gets. */
const NEEDED: Readonly<Record<'exec' | 'session exec' | 'oci' | 'browser' | 'keychain', readonly string[]>> = {
  exec: [], // the variables of the session are set for it
  'session exec': OF_A_KEY, // Oracle's clients need them to decrypt the session's key
  oci: [...OF_A_KEY, ...OF_AN_EXCHANGE], // Oracle's CLI reads them, too
  browser: [],
  keychain: [],
};

/** The environment of a child process, without the secrets that it does not need. */
export function withoutSecrets(env: Readonly<Record<string, string | undefined>>, child: keyof typeof NEEDED) {
  // Variable names are not case-sensitive on Windows.
  const isSecret = (name: string) => SECRETS.includes(name) && !NEEDED[child].includes(name);
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isSecret(name.toUpperCase())));
}
