import { type EnvSession, sessionFromToken } from '../../lib/compute/token/env-session.js';
import type { World } from '../world/world.js';
import { type ComputeSettings, missing } from './compute.js';
import type { Sourced } from './places.js';
import { findStore } from './stored-session.js';

/**
 * The session of a token in `OPC_COOKIE`, with what the stored session knows of it.
 *
 * @throws OracleComputeError MISSING_VALUE where the token's service is not known
 */
export async function variableSession(
  cookie: Sourced<string>,
  settings: ComputeSettings,
  world: World,
): Promise<EnvSession> {
  const stored = await (await findStore(settings, world))?.read();
  // A token is sent to the endpoint that is named, or that is known to have issued it; never to a likely one.
  const endpoint = settings.endpoint?.value ?? (stored?.token === cookie.value ? stored.endpoint : undefined);
  if (endpoint === undefined) throw missing('address');
  const user = settings.user?.value ?? stored?.user;
  return sessionFromToken({ endpoint, user }, cookie.value, world.clock, stored);
}
