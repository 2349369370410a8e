import { isOracleComputeError } from '../../lib/errors.js';
import { describeDuration } from '../../lib/session/duration.js';
import { StoreInspection } from '../../lib/store/inspect.js';
import { readStoreKeys, type StoreSettings, storeAccess } from '../../lib/store/open-engine.js';
import type { World } from '../world/world.js';
import { type Check, look, note, pass } from './check.js';

/** Less than this is no difference worth a word. Milliseconds. */
const CLOCKS_AGREE = 2000;

/** The store that hosts share sessions in: what the commands need of it, and what it keeps for one account. */
export async function checkStore(
  settings: StoreSettings | undefined,
  account: { readonly endpoint: string; readonly user: string } | undefined,
  world: World,
): Promise<readonly Check[]> {
  if (!settings) return [];
  const { address } = settings;
  const owner = { uid: world.uid };
  let inspection: StoreInspection | undefined;
  let engineNow = 0;
  const reached = await look('store', async () => {
    inspection = new StoreInspection(await storeAccess(settings, owner), world.clock);
    const { version, milliseconds, engineAhead } = await inspection.server();
    engineNow = world.clock.now() + engineAhead;
    return [
      pass('store', `${address.text} answers: ${version}, after ${milliseconds} ms`),
      address.isEncrypted
        ? pass('store tls', 'its certificate is trusted')
        : note('store tls', 'its address is without TLS'),
      checkClock(engineAhead),
    ];
  });
  const keys = await look('store key', async () => {
    const [first, ...others] = await readStoreKeys(settings, owner);
    const rest = others.length === 0 ? '' : `, and ${others.length} more can be opened`;
    return pass('store key', `what is kept is sealed with the key ${first.id}${rest}`);
  });
  if (!inspection || reached.some(({ state }) => state === 'fail')) return [...reached, ...keys];
  const inspected = inspection;
  return [
    ...reached,
    ...keys,
    ...(await look('store acl', async () => {
      return (await inspected.tryRights())
        ? pass('store acl', 'this user may do all that is needed')
        : note('store acl', 'this user may only read: it uses the sessions that other hosts begin and refresh');
    })),
    ...(account ? await checkSession(inspected, [account.endpoint, account.user], settings, engineNow, world) : []),
    await countSessions(inspected),
  ];
}

function checkClock(engineAhead: number): Check {
  if (Math.abs(engineAhead) < CLOCKS_AGREE) return pass('store clock', "this machine's clock agrees with the store's");
  const way = engineAhead < 0 ? 'ahead of' : 'behind';
  const message = `this machine's clock is ${describeDuration(Math.abs(engineAhead))} ${way} the store's, which is allowed for`;
  return note('store clock', message);
}

async function checkSession(
  inspection: StoreInspection,
  names: readonly string[],
  settings: StoreSettings,
  engineNow: number,
  world: World,
): Promise<readonly Check[]> {
  const session = await look('session', async () => {
    const id = await inspection.sealOf(names, await readStoreKeys(settings, { uid: world.uid }));
    return id === undefined
      ? note('session', 'the store keeps none for this user')
      : pass('session', `the store keeps one, sealed with the key ${id}`);
  });
  const lock = await look('lock', async () => {
    const held = await inspection.lockOf(names);
    if (!held) return note('lock', 'nobody works on the session now');
    return note('lock', `${held.holder} has had the session for ${describeDuration(engineNow - held.since)}`);
  });
  return [...session, ...lock];
}

async function countSessions(inspection: StoreInspection): Promise<Check> {
  try {
    const count = await inspection.count();
    return note('sessions', `the store keeps ${count}`);
  } catch (error) {
    if (!isOracleComputeError(error, 'STORE_REFUSED')) throw error;
    return note('sessions', 'counted only for a user with the right to SCAN');
  }
}
