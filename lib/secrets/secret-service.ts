import type { BusCall } from './dbus-message.js';
import { openSessionBus, type SessionBus } from './session-bus.js';

/**
 * What can be said of the keychain of a Linux desktop (freedesktop.org, Secret Service API) without asking it for a
 * secret. `no-collection`: the service runs and has no keyring to put anything in, because none was ever opened.
 */
export type SecretServiceState = 'no-session-bus' | 'no-secret-service' | 'no-collection' | 'locked' | 'open';

const SERVICE = 'org.freedesktop.secrets';
const SERVICE_PATH = '/org/freedesktop/secrets';

type Environment = Readonly<Record<string, string | undefined>>;

/** Asks the session bus for the state of the default collection. */
export async function secretServiceState(env: Environment): Promise<SecretServiceState> {
  const bus = await openSessionBus(env);
  if (!bus) return 'no-session-bus';
  try {
    const alias = await bus.call(serviceCall('ReadAlias', 'default'));
    if (!alias || alias.error !== undefined) return 'no-secret-service';
    const collection = alias.body.text();
    if (collection === '/') return 'no-collection';
    return (await isLocked(bus, collection)) ? 'locked' : 'open';
  } finally {
    bus.close();
  }
}

/**
 * True where an entry with these attributes exists and cannot be read because it is locked. A lookup says nothing then,
 * as for an entry that does not exist.
 */
export async function hasLockedEntry(env: Environment, attributes: Readonly<Record<string, string>>): Promise<boolean> {
  const bus = await openSessionBus(env);
  if (!bus) return false;
  try {
    const found = await bus.call(serviceCall('SearchItems', attributes));
    if (!found || found.error !== undefined) return false;
    found.body.skipArray();
    return found.body.skipArray() > 0;
  } finally {
    bus.close();
  }
}

async function isLocked(bus: SessionBus, collection: string): Promise<boolean> {
  const answer = await bus.call({
    destination: SERVICE,
    path: collection,
    interface: 'org.freedesktop.DBus.Properties',
    member: 'Get',
    arguments: ['org.freedesktop.Secret.Collection', 'Locked'],
  });
  return answer?.error === undefined && answer?.body.signature() === 'b' && answer.body.uint32() === 1;
}

function serviceCall(member: string, ...given: NonNullable<BusCall['arguments']>): BusCall {
  return {
    destination: SERVICE,
    path: SERVICE_PATH,
    interface: 'org.freedesktop.Secret.Service',
    member,
    arguments: given,
  };
}
