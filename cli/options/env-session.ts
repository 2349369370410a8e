import type { EnvSession } from '../../lib/compute/token/env-session.js';
import { findEnvSession } from '../../lib/compute/token/find-env-session.js';
import type { ValueWithOrigin } from '../../lib/value-with-origin.js';
import type { Context } from '../context/context.js';
import { besidesJar, type ComputeSettings, missing } from './compute.js';
import { placeOf, wantedBy } from './stored-session.js';

/** The session of the token in a variable. @throws OracleComputeError MISSING_VALUE where its service is not known */
export async function envSession(
  cookie: ValueWithOrigin<string>,
  settings: ComputeSettings,
  context: Context,
): Promise<EnvSession> {
  const session = await findEnvSession(cookie.value, cookie.source, wantedBy(besidesJar(settings)), placeOf(context));
  if (session) return session;
  throw missing('address');
}
