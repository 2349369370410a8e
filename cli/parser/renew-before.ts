import { isOracleComputeError } from '../../lib/errors.js';
import { OciSession, readRcDefaults } from '../../lib/oci/index.js';
import type { Context } from '../context/context.js';
import { unattendedOptions } from '../settings/oci.js';
import type { LooseLine } from './tree.js';

const MIN_VALID = 5 * 60_000;

/**
 * Refreshes the session that another program is about to use, if its token lives less than five minutes. An expired
 * session is an error here: Oracle's CLI would ask a question, which no user of a script sees.
 *
 * @throws OracleComputeError TOKEN_EXPIRED, SESSION_OVER, TOKEN_REFUSED
 */
export async function renewBefore(line: LooseLine, context: Context): Promise<void> {
  const { env } = context;
  if (env.OCI_SESSION_RENEW === 'off' || (line.value('auth') ?? env.OCI_CLI_AUTH) !== 'security_token') return;
  const names = {
    configFile: line.value('config-file'),
    profile: line.value('profile'),
    region: line.value('region'),
    certBundle: line.value('cert-bundle', 'ca-bundle'),
    proxy: line.value('proxy'),
    cliRcFile: line.value('cli-rc-file', 'defaults-file'),
  };
  const options = Object.fromEntries(Object.entries(names).filter(([, value]) => value !== undefined));
  try {
    const defaults = await readRcDefaults(options, [], context);
    await new OciSession(unattendedOptions({ ...options, defaults }, context)).refresh({ aim: MIN_VALID });
  } catch (error) {
    if (!isOracleComputeError(error)) throw error;
    if (isOracleComputeError(error, 'TOKEN_EXPIRED', 'SESSION_OVER', 'TOKEN_REFUSED', 'INTERRUPTED')) throw error;
    if (isOracleComputeError(error, 'PROFILE_NOT_FOUND', 'PROFILE_NOT_A_SESSION')) return;
    // The token may still be good. If not, the other program reports it.
    const { describeError } = await import('../errors/error-text.js');
    context.stderr.write(`${context.program}: the session was not renewed: ${describeError(error)}\n`);
  }
}
