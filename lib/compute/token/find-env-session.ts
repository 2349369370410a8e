import { OracleComputeError } from '../../errors.js';
import { listCookiesFiles } from '../cookies/cookies-file-store.js';
import { findStore, type SessionPlace, storeAt, type WantedSession } from '../find-session.js';
import { type EnvSession, sessionFromToken } from './env-session.js';
import { readTokenClaims } from './token.js';

/**
 * The session of a token that is stored nowhere, with what a stored one knows of it. A token is sent to the endpoint
 * that is named, or that is known to have issued it; never to a likely one, and to no other than its own.
 *
 * @param source where the token came from, for messages
 * @returns undefined where the token's service is not known
 * @throws OracleComputeError COOKIE_OF_ANOTHER_SERVICE
 */
export async function findEnvSession(
  token: string,
  source: string,
  wanted: WantedSession,
  place: SessionPlace,
): Promise<EnvSession | undefined> {
  const stored = await (await findStore(wanted, place))?.read();
  const endpoint = wanted.endpoint ?? (stored?.token === token ? stored.endpoint : undefined);
  if (endpoint === undefined) return undefined;
  const user = wanted.user ?? stored?.user;
  if (stored?.token !== token) await assertIssuedBy(endpoint, token, user, source, place);
  return sessionFromToken({ endpoint, ...(user !== undefined && { user }) }, token, place.clock, stored);
}

/** @throws OracleComputeError COOKIE_OF_ANOTHER_SERVICE where a stored session has the token from another endpoint */
async function assertIssuedBy(
  endpoint: string,
  token: string,
  user: string | undefined,
  source: string,
  place: SessionPlace,
): Promise<void> {
  const owner = readTokenClaims(token).user ?? user;
  for (const path of await listCookiesFiles(place.home, owner)) {
    const session = await storeAt(path, place)
      .read()
      .catch(() => undefined);
    if (session?.token !== token || session.endpoint === endpoint) continue;
    const message = `the token in ${source} comes from ${session.endpoint}, and is not sent to ${endpoint}`;
    throw new OracleComputeError('COOKIE_OF_ANOTHER_SERVICE', message, { from: source, endpoint: session.endpoint });
  }
}
