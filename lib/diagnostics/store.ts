import { describeDuration } from '../clock.js';
import { isOracleComputeError } from '../errors.js';
import type { StoreSettings } from '../store/address.js';
import { StoreInspection } from '../store/inspect.js';
import { readStoreKeys, storeAccess } from '../store/open-remote-session.js';
import { type Check, note, type Outside, pass, runCheck } from './check.js';

/** Milliseconds. */
const LARGEST_SKEW = 2000;

/** The store that hosts share sessions in: what the commands need, and the session of one account. */
export async function checkStore(
  settings: StoreSettings | undefined,
  account: { readonly endpoint: string; readonly user: string } | undefined,
  outside: Outside,
): Promise<readonly Check[]> {
  if (!settings) return [];
  const { address } = settings;
  const owner = { uid: outside.uid };
  let inspection: StoreInspection | undefined;
  let serverNow = 0;
  const reached = await runCheck('store', async () => {
    inspection = new StoreInspection(await storeAccess(settings, owner), outside.clock);
    const { version, milliseconds, serverAhead } = await inspection.server();
    serverNow = outside.clock.now() + serverAhead;
    return [
      pass('store', `${address.text} answers: ${version}, after ${milliseconds} ms`),
      address.isEncrypted
        ? pass('store tls', 'its certificate is trusted')
        : note('store tls', 'its address has no TLS'),
      checkClock(serverAhead),
    ];
  });
  const keys = await runCheck('store key', async () => {
    const [first, ...others] = await readStoreKeys(settings, owner);
    const rest = others.length === 0 ? '' : `; the key file has ${others.length} more`;
    return pass('store key', `sessions are encrypted with the key ${first.id}${rest}`);
  });
  if (!inspection || reached.some(({ state }) => state === 'fail')) return [...reached, ...keys];
  const inspected = inspection;
  return [
    ...reached,
    ...keys,
    ...(await runCheck('store acl', async () => {
      return (await inspected.tryRights())
        ? pass('store acl', 'all required permissions')
        : note('store acl', 'read-only: uses sessions that other hosts start and refresh');
    })),
    ...(account ? await checkSession(inspected, [account.endpoint, account.user], settings, serverNow, outside) : []),
    await countSessions(inspected),
  ];
}

function checkClock(serverAhead: number): Check {
  if (Math.abs(serverAhead) < LARGEST_SKEW) return pass('store clock', 'in sync with the store');
  const way = serverAhead < 0 ? 'ahead of' : 'behind';
  const message = `this machine's clock is ${describeDuration(Math.abs(serverAhead))} ${way} the store's, which is allowed for`;
  return note('store clock', message);
}

async function checkSession(
  inspection: StoreInspection,
  names: readonly string[],
  settings: StoreSettings,
  serverNow: number,
  outside: Outside,
): Promise<readonly Check[]> {
  const session = await runCheck('session', async () => {
    const id = await inspection.keyIdOf(names, await readStoreKeys(settings, { uid: outside.uid }));
    return id === undefined
      ? note('session', 'the store has no session of this user')
      : pass('session', `the store has one, encrypted with the key ${id}`);
  });
  const lock = await runCheck('lock', async () => {
    const held = await inspection.lockOf(names);
    if (!held) return note('lock', 'no process holds the lock of the session');
    return note('lock', `${held.holder} has held the lock for ${describeDuration(serverNow - held.since)}`);
  });
  return [...session, ...lock];
}

async function countSessions(inspection: StoreInspection): Promise<Check> {
  try {
    const count = await inspection.count();
    return note('sessions', `the store has ${count}`);
  } catch (error) {
    if (!isOracleComputeError(error, 'STORE_REFUSED')) throw error;
    return note('sessions', 'not counted: the user may not call SCAN');
  }
}
