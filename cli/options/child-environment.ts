import { parseEndpoint } from '../../lib/compute/account.js';
import { isOracleComputeError } from '../../lib/errors.js';
import { withoutSecrets } from '../../lib/secrets/secret-variables.js';
import { checksum } from '../../lib/text.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Says to a command inside `exec` that the token in `OPC_COOKIE` was put there by it, and which cookies file has the
 * newest one: `<checksum of the token>:<path>`. A command that runs for hours would otherwise be left with the token
 * of its first minute. Where `OPC_COOKIE` has been changed since, the checksum says so.
 */
const KEPT_IN = 'OPC_COOKIE_KEPT_IN';

export interface ChildSession {
  readonly token: string;
  readonly endpoint: string;
  readonly user: string;
  /** The cookies file that is kept fresh while the child runs. */
  readonly keptIn?: string;
}

/** The environment of a child that gets a token: with it, and without the secrets that are ours alone. */
export function childEnvironment(env: Environment, session: ChildSession): Record<string, string | undefined> {
  return {
    ...withoutSecrets(env, 'exec'),
    OPC_COOKIE: session.token,
    // The spelling of whoever set it stays: scripts glue paths to it, with or without a slash between.
    OPC_API: isAddressOf(env.OPC_API, session.endpoint) ? env.OPC_API : session.endpoint,
    ...(session.user !== '' && { OPC_USER: session.user }),
    ...(session.keptIn !== undefined && { [KEPT_IN]: `${checksum(session.token)}:${session.keptIn}` }),
  };
}

/** The cookies file with the newest token, where `OPC_COOKIE` is still what `exec` has set. */
export function keptByExec(env: Environment): string | undefined {
  const [, sum, path] = /^([0-9a-f]{8}):(.+)$/s.exec(env[KEPT_IN] ?? '') ?? [];
  return env.OPC_COOKIE !== undefined && sum === checksum(env.OPC_COOKIE) ? path : undefined;
}

function isAddressOf(address: string | undefined, endpoint: string): boolean {
  try {
    return address !== undefined && parseEndpoint(address) === endpoint;
  } catch (error) {
    if (isOracleComputeError(error)) return false;
    throw error;
  }
}
