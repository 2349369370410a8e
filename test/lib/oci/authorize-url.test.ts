import { expect, test } from 'vitest';
import { authorizeUrl } from '../../../lib/oci/login/login-flow.js';
import { vectors } from './support/vectors.js';

const request = {
  login: 'https://login.us-ashburn-1.oraclecloud.com',
  modulus: vectors.key.privateKeyJwk.n ?? '',
  nonce: '7b6c4d2e-0f1a-4c3b-9d8e-5a6f7c8d9e0f',
  port: 8181,
};
const usual =
  'https://login.us-ashburn-1.oraclecloud.com/v1/oauth2/authorize?action=login&client_id=iaas_console' +
  '&response_type=token+id_token&nonce=7b6c4d2e-0f1a-4c3b-9d8e-5a6f7c8d9e0f&scope=openid' +
  `&public_key=${vectors.key.authorizePublicKey}&redirect_uri=http%3A%2F%2Flocalhost%3A8181`;

test('has the parameters of Oracle’s CLI in its order', () => {
  expect(authorizeUrl(request).href).toBe(usual);
});

test('names tenancy and identity provider only where they are given', () => {
  expect(authorizeUrl({ ...request, tenancyName: 'acme & co', identityProvider: 'Idp=1' }).href).toBe(
    `${usual}&tenant=acme+%26+co&provider=Idp%3D1`,
  );
  expect(authorizeUrl({ ...request, tenancyName: '' }).href).toBe(usual);
});
