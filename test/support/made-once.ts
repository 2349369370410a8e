import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import tls from 'node:tls';
import { promisify } from 'node:util';

// What takes most of the time of a command line, and is no matter of it, is made once in this process. The started program
// makes its own.

// A line that trusts a bundle parses all authorities of Node.
const { createSecureContext } = tls;
const contexts = new Map<string, tls.SecureContext>();
tls.createSecureContext = (options = {}) => {
  const { ca, ...others } = options;
  if (ca === undefined || Object.keys(others).length > 0) return createSecureContext(options);
  const key = String(ca);
  const context = contexts.get(key) ?? createSecureContext(options);
  contexts.set(key, context);
  return context;
};

/** So many keys of logins take turns: one login never has the key of the login before. The local service shares its own. */
const KEYS = 5;
const makeKeys = promisify(crypto.generateKeyPair) as (type: string, options: object) => Promise<unknown>;
const ofLogins: Promise<unknown>[] = [];
let logins = 0;
Object.assign(crypto.generateKeyPair, {
  [promisify.custom]: (type: string, options: object) => {
    if (!('publicExponent' in options)) return makeKeys(type, options);
    const turn = logins++ % KEYS;
    ofLogins[turn] ??= makeKeys(type, options);
    return ofLogins[turn];
  },
});

syncBuiltinESMExports();
