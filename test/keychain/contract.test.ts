import { createSystemKeychain } from '../../lib/secrets/system-keychain.js';
import { fakeKeychain } from '../support/fake-keychain.js';
import { temporaryHome } from '../support/temporary-home.js';
import { describeKeychain } from './contract.js';
import { HELPER, keychainIn, lockedKeyring, openKeyring, privateBus } from './keyring-session.js';

describeKeychain('the keychain that stands in for the real one', {
  texts: 100,
  open: async () => {
    const keychain = fakeKeychain();
    return {
      keychain,
      lock: async () => {
        keychain.state = 'locked';
        return keychain;
      },
      silence: async () => {
        keychain.state = 'silent';
        return keychain;
      },
    };
  },
  none: async () => {
    const keychain = fakeKeychain();
    keychain.state = 'unavailable';
    return keychain;
  },
});

describeKeychain("GNOME's keyring", {
  texts: 2,
  open: async () => {
    const home = temporaryHome();
    const env = await privateBus(home);
    await openKeyring(env);
    return {
      keychain: keychainIn(env),
      lock: async () => {
        const later = await privateBus(home);
        await lockedKeyring(later);
        return keychainIn(later);
      },
      silence: async () => {
        const later = await privateBus(home, { dialogs: 'unanswered' });
        await lockedKeyring(later);
        // How long it waits without this limit: system-keychain.test.ts.
        return createSystemKeychain({
          helper: [process.execPath, HELPER],
          env: later,
          uid: undefined,
          answerLimit: 500,
        });
      },
    };
  },
  none: async () => keychainIn({ PATH: process.env.PATH, HOME: temporaryHome() }),
});
