import { expect, it } from 'vitest';
import { STORE_VARIABLES } from '../../../cli/flags/general.js';
import { withoutSecrets } from '../../../lib/variables.js';

const OF_A_KEY = ['OCI_CLI_KEY_CONTENT', 'OCI_CLI_PASSPHRASE'];
const OF_AN_EXCHANGE = ['OCI_TOKEN_EXCHANGE_CLIENT_SECRET', 'OCI_TOKEN_EXCHANGE_SUBJECT_TOKEN'];
const OTHERS = [
  ...['OPC_', 'OPC_COMPUTE_', 'ORACLE_COMPUTE_', 'NIMBULA_'].flatMap((prefix) =>
    ['COOKIE', 'PASSWORD', 'PASSWORD_FILE'].map((name) => prefix + name),
  ),
  ...STORE_VARIABLES,
];

it.each([
  ['exec', []],
  ['session exec', OF_A_KEY],
  ['oci', [...OF_A_KEY, ...OF_AN_EXCHANGE]],
  ['browser', []],
  ['keychain', []],
] as const)('a child of the kind "%s" gets of our secrets %j', (child, kept) => {
  const names = [...OTHERS, ...OF_A_KEY, ...OF_AN_EXCHANGE];
  const env = Object.fromEntries([...names, 'PATH', 'OCI_CLI_PROFILE', 'OPC_API'].map((name) => [name, 'x']));
  const expected = [...kept, 'PATH', 'OCI_CLI_PROFILE', 'OPC_API'].sort();
  expect(Object.keys(withoutSecrets(env, child)).sort()).toEqual(expected);
});

it('a secret under a name in other letters, which Windows takes for the same, is one', () => {
  expect(withoutSecrets({ Opc_Password_File: 'x', Path: 'y' }, 'exec')).toEqual({ Path: 'y' });
});
