import { isOracleComputeError } from '../../../lib/errors.js';
import type { RefreshedSession } from '../../../lib/oci/refresh-session.js';
import { watchSessionEnd } from '../../../lib/oci/watch-session-end.js';
import { formatInstant } from '../../../lib/session/duration.js';
import { keepAlive } from '../../../lib/session/keep-alive.js';
import type { SessionTimes } from '../../../lib/session/lifetimes.js';
import type { Context } from '../../context/context.js';
import { describeError, ociLogin } from '../../errors/error-text.js';
import type { OciOptions } from '../oci/options.js';
import type { StoreOptions } from '../store/settings.js';
import { refreshChosenSession } from './refresh.js';

interface Kept extends SessionTimes {
  readonly issuedAt: number;
  readonly writtenAt: number;
}

/**
 * Keeps the token of the session that the line means fresh until the context is interrupted, and says when its end is near.
 * The terminal is somebody else's meanwhile: nothing is asked.
 */
export async function keepSession(
  first: RefreshedSession,
  options: OciOptions & StoreOptions,
  context: Context,
): Promise<void> {
  const { clock, interruption: signal, program, stderr } = context;
  const say = (text: string) => stderr.write(`${program}: ${text}\n`);
  const unattended: Context = { ...context, stdin: { ...context.stdin, isTTY: false } };
  let latest = keptOf(first);
  const keeping = keepAlive(latest, {
    clock,
    signal,
    issuedAt: ({ issuedAt }) => issuedAt,
    // Issued at that time of the service; since then time has passed here as there.
    serviceTime: ({ issuedAt, writtenAt }) => issuedAt + Math.max(0, clock.now() - writtenAt),
    renew: async (minValid) => {
      const margin = (session: SessionTimes) => minValid({ ...latest, ...session });
      const { refreshed } = await refreshChosenSession({ ...options, quiet: true }, margin, unattended);
      latest = keptOf(refreshed);
      return latest;
    },
    onFailure: (error) => {
      // That is said at its time.
      if (isOracleComputeError(error, 'SESSION_OVER')) return;
      say(`the session was not renewed: ${describeError(error)}`);
    },
  });
  const watching = watchSessionEnd({
    clock,
    signal,
    latest: () => latest,
    onNear: (end) =>
      say(`the session ends at ${formatInstant(end)}; log in again before: ${ociLogin(program, options)}`),
    onEnd: (end) => say(`the session ended at ${formatInstant(end)}; log in again: ${ociLogin(program, options)}`),
  });
  await Promise.all([keeping, watching]);
}

function keptOf({ token, times, writtenAt }: RefreshedSession): Kept {
  return { ...times, issuedAt: token.issuedAt ?? writtenAt, writtenAt };
}
