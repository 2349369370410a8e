/** Our names and the older ones, in the order in which they are looked at. */
export const PREFIXES = ['OPC_', 'OPC_COMPUTE_', 'ORACLE_COMPUTE_', 'NIMBULA_'];

const OF_A_KEY = ['OCI_CLI_PASSPHRASE', 'OCI_CLI_KEY_CONTENT'];
const OF_AN_EXCHANGE = ['OCI_TOKEN_EXCHANGE_CLIENT_SECRET', 'OCI_TOKEN_EXCHANGE_SUBJECT_TOKEN'];

/** All variables of ours that hold a secret or lead to one. */
const SECRETS: readonly string[] = [
  ...PREFIXES.flatMap((prefix) => ['COOKIE', 'PASSWORD', 'PASSWORD_FILE'].map((name) => prefix + name)),
  ...['OPC_COOKIE_KEPT_IN', ...OF_A_KEY, ...OF_AN_EXCHANGE],
  ...['OPC_SESSION_STORE', 'OPC_SESSION_STORE_PASSWORD_FILE', 'OPC_SESSION_STORE_KEY_FILE'],
];

/** Which of them each kind of child gets, and why. */
const NEEDED: Readonly<Record<'exec' | 'session exec' | 'oci' | 'browser' | 'keychain', readonly string[]>> = {
  exec: [], // it gets the variables of its session anew
  'session exec': OF_A_KEY, // Oracle's clients open the session's key with them
  oci: [...OF_A_KEY, ...OF_AN_EXCHANGE], // the line is for Oracle's CLI, and so are these
  browser: [],
  keychain: [],
};

/** The environment of a child, without the secrets that it does not need. */
export function withoutSecrets(env: Readonly<Record<string, string | undefined>>, child: keyof typeof NEEDED) {
  // Windows knows no case in names.
  const isSecret = (name: string) => SECRETS.includes(name) && !NEEDED[child].includes(name);
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isSecret(name.toUpperCase())));
}
