import type { RenewOptions } from '../../session/renew.js';
import type { ServiceParts } from '../client/call-service.js';
import type { SessionProfile } from '../config/session-profile.js';
import { readSecurityToken } from '../credentials/credential-files.js';
import type { PrivateKey } from '../credentials/key-pair.js';
import { tokenTimes } from '../credentials/security-token.js';
import type { SessionToken } from '../token-file-store.js';
import { exchangeToken } from './domain-client.js';
import { type ExchangeParts, notedExchange, readExchange, withExchangeVariables } from './exchange-settings.js';

/**
 * How the session of a pipeline is renewed: there is no refresh of it, so the pipeline's token of today is exchanged, for
 * the same key. Undefined for every other session.
 */
export function renewalByExchange(
  profile: SessionProfile,
  parts: ExchangeParts & ServiceParts,
  loadKey: () => Promise<PrivateKey>,
): Pick<RenewOptions<SessionToken>, 'begin' | 'minSession'> | undefined {
  const noted = notedExchange(profile.values);
  if (!noted) return undefined;
  return {
    // Every renewal is a new session.
    minSession: () => Number.POSITIVE_INFINITY,
    begin: async () => {
      const [key, exchange] = [await loadKey(), await readExchange(withExchangeVariables({}, noted, parts.env), parts)];
      return async () => {
        const { subject, tenancy = profile.tenancy } = await readSecurityToken(profile.securityTokenFile);
        const { token, receivedAt } = await exchangeToken(exchange, key, parts, { subject, tenancy });
        return { token, ...tokenTimes(token, receivedAt), writtenAt: parts.clock.now() };
      };
    },
  };
}
