import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { askNativeKeychain, type KeychainHost } from '../../../lib/secrets/native-keychain.js';

const GET = { operation: 'get', service: 'oracle-compute', account: 'a' } as const;

/** A host whose keytar is this object, or fails to load. */
function host(keytar: object | Error, environment: Partial<KeychainHost> = {}): KeychainHost {
  const load = (name: string) => {
    if (name !== 'keytar' || keytar instanceof Error) throw keytar;
    return keytar;
  };
  return {
    require: Object.assign(load, createRequire('/'), {
      resolve: () => '/nowhere/keytar/package.json',
    }) as NodeJS.Require,
    platform: 'linux',
    architecture: 'x64',
    hasGlibc: () => true,
    ...environment,
  };
}

const ask = (keytar: object | Error, environment: Partial<KeychainHost> = {}) =>
  askNativeKeychain(GET, host(keytar, environment), () => undefined);

describe('systems that the tests do not run on', () => {
  it('Alpine, whose C library is musl, has no build', async () => {
    await expect(ask(new Error('Failed to load'), { hasGlibc: () => false })).rejects.toMatchObject({
      message: expect.stringMatching(/musl/),
      fields: { obstacle: 'no-build' },
    });
  });

  it('a platform without a build is named', async () => {
    await expect(ask(new Error('Failed to load'), { platform: 'freebsd' })).rejects.toMatchObject({
      message: expect.stringMatching(/freebsd-x64/),
      fields: { obstacle: 'no-build' },
    });
  });

  it.each([
    ['darwin', 'User interaction is not allowed.'],
    ['win32', 'Element not found.'],
  ] as const)('what %s refuses is said in its words, in one line', async (platform, text) => {
    const keytar = { getPassword: async () => Promise.reject(new Error(`${text}\r\nmore`)) };
    await expect(ask(keytar, { platform })).rejects.toMatchObject({
      code: 'KEYCHAIN_UNAVAILABLE',
      fields: { obstacle: 'refused', reason: text },
    });
  });

  it('an entry that is not there is nothing', async () => {
    expect(await ask({ getPassword: async () => null }, { platform: 'darwin' })).toBeNull();
  });
});

it('says that it asks right before it does, so that loading does not count as waiting', async () => {
  const events: string[] = [];
  const keytar = {
    getPassword: async () => {
      events.push('asked');
      return 'secret';
    },
  };
  const environment = host(keytar);
  const loading = Object.assign(() => {
    events.push('loaded');
    return keytar;
  }, environment.require);
  await askNativeKeychain(GET, { ...environment, require: loading as NodeJS.Require }, () => events.push('asking'));
  expect(events).toEqual(['loaded', 'asking', 'asked']);
});
