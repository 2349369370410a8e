import type { HttpClient, HttpSettings } from './client.js';

/** An HTTP client whose library is loaded with the first request, or when it is told to prepare for one. */
export function lazyHttpClient(settings: HttpSettings): HttpClient {
  let created: Promise<HttpClient> | undefined;
  const client = () => {
    created ??= import('./got-client.js').then(({ createHttpClient }) => createHttpClient(settings));
    return created;
  };
  return {
    prepare: async () => (await client()).prepare(),
    send: async (request) => (await client()).send(request),
    stream: async (request) => (await client()).stream(request),
  };
}
