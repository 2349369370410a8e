import { expect, it, onTestFinished } from 'vitest';
import { startComputeService } from '../../../fixtures/compute-service/server.js';
import { createLocalAuthority } from '../../../fixtures/local-tls.js';
import { systemClock } from '../../../lib/clock.js';
import { createHttpClient } from '../../../lib/http/got-client.js';

it.each(['http', 'https'])('what is needed next is loaded before the answer comes: %s', async (scheme) => {
  const authority = await createLocalAuthority();
  const called: string[] = [];
  const service = await startComputeService({
    ...(scheme === 'https' && { tls: authority }),
    onRequest: () => called.push('answered'),
  });
  onTestFinished(() => service.close());
  const client = createHttpClient({
    timeout: 60_000,
    certificateAuthorities: authority.certificatePem,
    clock: systemClock,
    userAgent: 'test',
  });
  const url = new URL('/authenticate/', service.url);
  const meanwhile = () => called.push('meanwhile');
  await client.send({ method: 'GET', url, meanwhile });
  expect(called).toEqual(['meanwhile', 'answered']);
  // By the same connection, if that is still there: then there is nothing to wait for.
  await client.send({ method: 'GET', url, meanwhile });
  expect(called.filter((what) => what === 'answered')).toHaveLength(2);
});
