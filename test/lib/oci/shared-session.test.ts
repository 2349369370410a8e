import { describe, expect, it } from 'vitest';
import { decodeSecurityToken } from '../../../lib/oci/credentials/security-token.js';
import { formOf, type SharedToken } from '../../../lib/oci/shared-session.js';
import { HOUR, MINUTE, START } from './support/session-home.js';
import { tokenWith } from './support/vectors.js';

const token = decodeSecurityToken(tokenWith({ iat: START / 1000, exp: (START + HOUR) / 1000 }));
const ISSUED: SharedToken = {
  token,
  archive: Buffer.from('archive'),
  tokenExpiresAt: START + HOUR,
  sessionExpiresAt: START + 24 * HOUR,
  writtenAt: START,
};

/** What a host makes of a session of another host. Each clock is so far behind the server's. */
function shared(now: number, behind: { readonly writer: number; readonly reader: number }, change: object = {}) {
  const form = formOf<SharedToken>(
    { now: () => now - behind.reader } as never,
    ({ archive }) => archive,
    () => undefined,
  );
  const written = { ...ISSUED, writtenAt: START - behind.writer };
  return form.decode({ ...form.encode(written, behind.writer), ...change }, behind.reader, 'key');
}

describe('when a token from a store was written', () => {
  it.each([
    ['clocks that are right', { writer: 0, reader: 0 }],
    ['a writer whose clock is behind', { writer: 7 * MINUTE, reader: 0 }],
    ['a reader whose clock is ahead', { writer: 0, reader: -7 * MINUTE }],
  ])('is known by the reader’s clock, with %s', (_what, behind) => {
    expect(shared(START + 2 * HOUR, behind)?.writtenAt).toBe(START - behind.reader);
  });

  it.each([undefined, 'x', 1e99])('is its time of issue if the store says %j', (writtenAt) => {
    expect(shared(START + 2 * HOUR, { writer: 0, reader: MINUTE }, { writtenAt })?.writtenAt).toBe(START - MINUTE);
  });

  it('is never later than now', () => {
    const writtenAt = START + 3 * HOUR;
    expect(shared(START + 2 * HOUR, { writer: 0, reader: 0 }, { writtenAt })?.writtenAt).toBe(START + 2 * HOUR);
  });
});
