import { type Renewed, renew } from '../../session/renew.js';
import { memoryStore } from '../../session/store.js';
import { type KeeperDeps, logIn, type RefreshOptions, withLogin } from '../session-keeper.js';
import { computeRules, type RenewableSession } from '../session-rules.js';
import type { StoredSession } from '../stored-session.js';
import type { EnvSession } from './env-session.js';

/**
 * Extends a token that is stored nowhere, as in `OPC_COOKIE`, by the same rules as a stored session's.
 *
 * @param source where the token came from, for messages
 * @throws OracleComputeError as `SessionKeeper.refresh`
 */
export async function refreshEnvSession(
  session: EnvSession,
  deps: Pick<KeeperDeps, 'client' | 'clock' | 'user'>,
  source: string,
  options: RefreshOptions = {},
): Promise<Renewed<StoredSession>> {
  const { client, clock, user } = deps;
  const login = (password: string) => () => logIn(client, clock, user, password);
  const store = memoryStore<RenewableSession>(source, session);
  return renew(store, computeRules(client, clock, source), { wait: 0 }, withLogin(options, login));
}
