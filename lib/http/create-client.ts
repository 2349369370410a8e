import type { HttpClient, HttpSettings } from './client.js';

/** The HTTP client of this package. The library behind it is loaded with the first request. */
export function createHttpClient(settings: HttpSettings): HttpClient {
  const library = () => import('./got-client.js');
  return {
    send: async (request) => (await library()).send(settings, request),
    stream: async (request) => (await library()).stream(settings, request),
  };
}
