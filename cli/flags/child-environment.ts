import { parseEndpoint } from '../../lib/compute/account.js';
import { isOracleComputeError } from '../../lib/errors.js';
import { withoutSecrets } from '../../lib/secrets/secret-variables.js';

type Environment = Readonly<Record<string, string | undefined>>;

export interface ChildSession {
  readonly token: string;
  readonly endpoint: string;
  readonly user: string;
  /** The cookies file that the line names, and that commands in the child are to use, too. */
  readonly cookieFile?: string;
}

/** The environment of a child that gets a token: adds the token, removes this program's own secrets. */
export function childEnvironment(env: Environment, session: ChildSession): Record<string, string | undefined> {
  return {
    ...withoutSecrets(env, 'exec'),
    OPC_COOKIE: session.token,
    // Keep the user's spelling: scripts append paths to it, with or without a slash in between.
    OPC_API: isAddressOf(env.OPC_API, session.endpoint) ? env.OPC_API : session.endpoint,
    ...(session.user !== '' && { OPC_USER: session.user }),
    ...(session.cookieFile !== undefined && { OPC_COOKIE_FILE: session.cookieFile }),
  };
}

function isAddressOf(address: string | undefined, endpoint: string): boolean {
  try {
    return address !== undefined && parseEndpoint(address) === endpoint;
  } catch (error) {
    if (isOracleComputeError(error)) return false;
    throw error;
  }
}
