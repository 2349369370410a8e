import { expect, test } from 'vitest';
import { pastedLogin } from '../../../lib/oci/login/login-flow.js';

const FRAGMENT = 'security_token=a.b.c&id_token=d.e.f&token_type=Bearer';
const ADDRESS = `http://localhost:8181/#${FRAGMENT}`;

test.each([
  ['the whole address', ADDRESS],
  ['the address of Oracle’s own page', `http://localhost:8181/token?${FRAGMENT}`],
  ['another name of this machine', `http://127.0.0.1:8181/#${FRAGMENT}`],
  ['the part behind #', FRAGMENT],
  ['the part with its #', `#${FRAGMENT}`],
  ['an address without its beginning', `localhost:8181/#${FRAGMENT}`],
  ['an address that was broken into lines', ADDRESS.replace('id_', '\r\n id_')],
  ['a bracketed paste', `\u001b[200~${ADDRESS}\u001b[201~`],
  [
    'a bracketed paste that ends with the token',
    '\u001b[200~http://localhost:8181/#token_type=Bearer&security_token=a.b.c\u001b[201~',
  ],
  ['an address pasted twice', ADDRESS + ADDRESS],
  ['blanks around it', `  ${ADDRESS}\r`],
])('finds the login in %s', (_what, text) => {
  expect(pastedLogin(text, 8181)?.get('security_token')).toBe('a.b.c');
});

test.each([
  ['the address of the login page', 'https://login.us-ashburn-1.oraclecloud.com/v1/oauth2/authorize?public_key=x'],
  ['an address of another login', `http://localhost:8282/#${FRAGMENT}`],
  ['a bracketed paste of such an address', `\u001b[200~http://localhost:8282/#${FRAGMENT}\u001b[201~`],
  ['an address of another machine', `http://evil.example:8181/#${FRAGMENT}`],
  ['the first half of one', 'http://localhost:8181/#security_tok'],
  ['a half that ends before its token', 'http://localhost:8181/#security_token='],
  ['no address', 'what now?'],
  ['nothing', ''],
])('finds none in %s', (_what, text) => {
  expect(pastedLogin(text, 8181)).toBeUndefined();
});

test('finds a refusal', () => {
  expect(pastedLogin('http://localhost:8181/#error=access_denied', 8181)?.get('error')).toBe('access_denied');
});
