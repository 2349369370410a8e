import { type ErrorRows, shellQuote } from './row.js';

function setAside(path: string): string {
  return `set it aside and log in: mv ${shellQuote(path)} ${shellQuote(`${path}.aside`)}`;
}

/** Errors of values and files that do not have the right form. */
export const VALUE_ERRORS: ErrorRows<
  | 'ACCOUNT_MALFORMED'
  | 'ADDRESS_MALFORMED'
  | 'DURATION_MALFORMED'
  | 'INSECURE_ADDRESS'
  | 'PROFILE_FILE_MALFORMED'
  | 'PROXY_MALFORMED'
  | 'PROXY_UNSUPPORTED'
  | 'CA_BUNDLE_MALFORMED'
  | 'COOKIES_FILE_CORRUPT'
  | 'COOKIES_FILE_FOREIGN'
  | 'COOKIES_FILE_TOO_LARGE'
  | 'COOKIES_FILE_NEWER'
  | 'COOKIE_MALFORMED'
  | 'COOKIE_OF_ANOTHER_SERVICE'
  | 'VALUE_NOT_QUOTABLE'
  | 'PATH_MALFORMED'
  | 'HEADER_MALFORMED'
  | 'OBJECT_MALFORMED'
  | 'JSON_MALFORMED'
> = {
  ACCOUNT_MALFORMED: {
    status: 4,
    meaning: 'The user name does not have the form /customer/name.',
    hint: ({ isSwapped }) =>
      isSwapped
        ? 'write the user before the password file: /Compute-acme/jack.jones@example.com FILE'
        : 'write it like this: /Compute-acme/jack.jones@example.com',
  },
  ADDRESS_MALFORMED: {
    status: 4,
    meaning: 'The address of the service is not one.',
    hint: ({ example = '-a https://api-z99.compute.example.com' }) => `write it like this: ${example}`,
  },
  DURATION_MALFORMED: {
    status: 4,
    meaning: 'A length of time does not have the right form.',
    hint: 'write it in seconds or like this: 90s, 10m, 1h30m',
  },
  INSECURE_ADDRESS: {
    status: 4,
    meaning: 'The address is plain http and not on this machine.',
    hint: 'use https://, or allow it with --allow-http if the network in between is yours',
  },
  PROFILE_FILE_MALFORMED: {
    status: 4,
    meaning: 'The profile file is not the JSON that it should be.',
    hint: ({ path }) => `look at it: cat ${shellQuote(path)}`,
  },
  PROXY_MALFORMED: {
    status: 4,
    meaning: 'The address of the proxy is not one.',
    hint: ({ variable }) => `write it like this, % as %25: ${variable}=http://user:password@proxy.example.com:3128`,
  },
  PROXY_UNSUPPORTED: {
    status: 4,
    meaning:
      'The proxy is of a kind that is not spoken here, SOCKS say. Proxies are spoken to by http:// and https://.',
    hint: ({ variable }) =>
      `name an HTTP proxy: ${variable}=http://proxy.example.com:3128; or for this host none: NO_PROXY`,
  },
  CA_BUNDLE_MALFORMED: {
    status: 4,
    meaning: 'The file of certificate authorities cannot be read, has no certificate in it, or one that is damaged.',
    hint: ({ path, line }) =>
      line === undefined
        ? `look at it: openssl x509 -noout -subject -in ${shellQuote(path)}`
        : `look at it: sed -n '${line},/END CERT/p' ${shellQuote(path)} | openssl x509 -noout -subject`,
  },
  COOKIES_FILE_CORRUPT: {
    status: 4,
    meaning: 'The cookies file is damaged. It is kept as it is.',
    hint: ({ path }) => setAside(path),
  },
  COOKIES_FILE_FOREIGN: {
    status: 4,
    meaning: 'The file is not a cookies file of this program, or holds the session of another user or endpoint.',
    hint: ({ path }) => `name another file with --cookie-file, or ${setAside(path)}`,
  },
  COOKIES_FILE_TOO_LARGE: {
    status: 4,
    meaning: 'The cookies file is larger than 64 KiB. It is kept as it is.',
    hint: ({ path }) => setAside(path),
  },
  COOKIES_FILE_NEWER: {
    status: 4,
    meaning: 'The cookies file was written by a newer version of this program.',
    hint: 'update this program: npm install --global oracle-compute',
  },
  COOKIE_MALFORMED: {
    status: 4,
    meaning: 'The value of OPC_COOKIE is not a cookie of the service.',
    hint: ({ from }) => `get a new one: unset ${from}; eval "$(oracle-compute auth …)"`,
  },
  COOKIE_OF_ANOTHER_SERVICE: {
    status: 4,
    meaning: 'The token in a variable was issued by another service than the one that is named. It was not sent.',
    hint: ({ from, endpoint }) =>
      `name its service: -a ${shellQuote(endpoint)}; or use the stored session: unset ${from}`,
  },
  VALUE_NOT_QUOTABLE: {
    status: 5,
    meaning: 'The value cannot be written safely in the syntax of that shell.',
    hint: 'take the bare value instead: --shell value',
  },
  PATH_MALFORMED: {
    status: 4,
    meaning: 'The path of a request is not one below the address of the service.',
    hint: 'write it like this: oracle-compute request GET /instance/Compute-acme/',
  },
  HEADER_MALFORMED: {
    status: 4,
    meaning: 'A header does not have the form "Name: value", or is set by this program.',
    hint: "write it like this: --header 'Accept: application/oracle-compute-v3+directory+json'",
  },
  OBJECT_MALFORMED: {
    status: 4,
    meaning: 'A kind of object, or the name of one, does not have the right form.',
    hint: ({ given }) =>
      given === 'kind'
        ? 'write it like this: oracle-compute list instance, or as a REST path: ip/reservation'
        : 'write it like this: /Compute-acme/jack.jones@example.com/web-1',
  },
  JSON_MALFORMED: {
    status: 4,
    meaning: 'What is to be sent is not the JSON of an object. Nothing was sent.',
    hint: ({ from }) => `look at it: jq . ${from === 'stdin' ? '' : shellQuote(from)}`.trimEnd(),
  },
};
