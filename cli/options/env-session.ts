import type { EnvSession } from '../../lib/compute/token/env-session.js';
import { findEnvSession } from '../../lib/compute/token/find-env-session.js';
import type { Sourced } from '../../lib/sourced.js';
import type { World } from '../world/world.js';
import { besidesJar, type ComputeSettings, missing } from './compute.js';
import { placeOf, wantedBy } from './stored-session.js';

/** The session of the token in a variable. @throws OracleComputeError MISSING_VALUE where its service is not known */
export async function envSession(
  cookie: Sourced<string>,
  settings: ComputeSettings,
  world: World,
): Promise<EnvSession> {
  const session = await findEnvSession(cookie.value, cookie.source, wantedBy(besidesJar(settings)), placeOf(world));
  if (session) return session;
  throw missing('address');
}
