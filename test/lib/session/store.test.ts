import { expect, it } from 'vitest';
import { memoryStore } from '../../../lib/session/store.js';

it('keeps a session for as long as it is the one that was read', async () => {
  const [first, second] = [{ token: 'a' }, { token: 'a' }];
  const store = memoryStore('OPC_COOKIE', first);
  expect([store.location, await store.read()]).toEqual(['OPC_COOKIE', first]);
  const result = await store.exclusively({ wait: 0 }, async ({ read, replace, remove }) => {
    expect(await read()).toBe(first);
    // Another one, though it looks the same.
    expect(await replace(second, { token: 'a' })).toBe(false);
    expect(await read()).toBe(first);
    expect(await replace(second, first)).toBe(true);
    expect(await store.read()).toBe(second);
    expect(await remove()).toBe(true);
    expect(await remove()).toBe(false);
    expect(await replace(first, undefined)).toBe(true);
    return 'done';
  });
  expect([result, await store.read()]).toEqual(['done', first]);
  expect(await memoryStore('nowhere', undefined).read()).toBeUndefined();
});
