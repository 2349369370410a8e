import type { HttpClient, HttpSettings } from './client.js';

/** The HTTP client of this package. The library behind it is loaded with the first request. */
export function createHttpClient(settings: HttpSettings): HttpClient {
  let loaded: Promise<HttpClient> | undefined;
  const client = () => {
    loaded ??= import('./got-client.js').then(({ gotClient }) => gotClient(settings));
    return loaded;
  };
  return {
    send: async (request) => (await client()).send(request),
    stream: async (request) => (await client()).stream(request),
  };
}
