import { describe, expect, it } from 'vitest';
import { errorFromAnswer } from '../../../lib/compute/client/client.js';

const answer = {
  status: 429,
  headers: {},
  body: new Uint8Array(),
  callId: undefined,
  receivedAt: 0,
  serverTime: undefined,
};
const errorOf = (retryAfter: number | undefined) =>
  errorFromAnswer({ ...answer, retryAfter }, 'https://compute.example.com', 'request');

describe('a service that asks for fewer requests', () => {
  it.each([
    [61_000, 61],
    [1, 1],
    [0, 0],
    [undefined, undefined],
  ])('says how long to wait: %s ms are %s s', (retryAfter, retryAfterSeconds) => {
    expect(errorOf(retryAfter)).toMatchObject({ code: 'TOO_MANY_REQUESTS', fields: { retryAfterSeconds } });
  });
});
