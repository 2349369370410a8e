import { OracleComputeError } from '../../../../lib/errors.js';
import { CLUSTER_TOKEN_LIFE, checkClusterId, clusterToken } from '../../../../lib/oci/client/cluster-token.js';
import { findRegion } from '../../../../lib/oci/client/regions.js';
import { authOf, checkAuth } from '../../../../lib/oci/config/choose-profile.js';
import { incomplete } from '../../../../lib/oci/config/open-session.js';
import { checkKeyFits } from '../../../../lib/oci/credentials/credential-files.js';
import { SecurityTokenSigner } from '../../../../lib/oci/credentials/signer.js';
import { parseObject } from '../../../../lib/text.js';
import type { Context } from '../../../context/context.js';
import { chosenRegion, openUnattended } from '../../../flags/oci/session.js';
import { defineOciCommand, endpointOf, OCI_ENVIRONMENT, type OciOptions, withOciOptions } from '../../../flags/oci.js';
import { printableJson } from '../../../output/text.js';

export interface GenerateTokenOptions extends OciOptions {
  readonly clusterId: string;
}

const VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];
/** The token of the session must outlive what is signed with it. Milliseconds. */
const MIN_VALID = CLUSTER_TOKEN_LIFE + 60_000;

/** Prints the token that kubectl asks for, in the version that it asks for. Never prompts. */
export async function runGenerateToken(options: GenerateTokenOptions, context: Context): Promise<number> {
  checkClusterId(options.clusterId);
  const auth = await authOf(options, context);
  if (auth && checkAuth(auth) !== 'security_token') {
    const message = `${auth.source} asks for ${auth.value}; this program signs with a session only`;
    throw new OracleComputeError('USAGE', `${message}: --auth security_token`, { usage: 'ce cluster generate-token' });
  }
  // kubectl passes its own terminal on; a question there would look like kubectl's.
  const session = openUnattended(options, context);
  const { profile, ...refreshed } = await session.refresh({ aim: MIN_VALID });
  const key = await session.privateKey(profile);
  checkKeyFits(refreshed.token, key, profile.keyFile);
  const region = chosenRegion(options, profile, context);
  if (region === undefined) throw incomplete(profile, 'region');
  const now = context.clock.now();
  const signer = new SecurityTokenSigner(refreshed.token.value, key);
  const token = clusterToken(options.clusterId, await findRegion(region, context), signer, now, endpointOf(options));
  const end = Math.min(now + CLUSTER_TOKEN_LIFE, refreshed.times.tokenExpiresAt);
  const expirationTimestamp = new Date(end).toISOString().replace(/\.\d+Z$/, 'Z');
  const credential = {
    apiVersion: versionAskedFor(context),
    kind: 'ExecCredential',
    status: { token, expirationTimestamp },
  };
  context.stdout.write(`${printableJson(credential)}\n`);
  return 0;
}

/** kubectl names the version that it expects in a variable. Without one, an old kubectl or a person is calling. */
function versionAskedFor({ env }: Context): string {
  const asked = parseObject(env.KUBERNETES_EXEC_INFO);
  return VERSIONS.find((version) => version === asked?.apiVersion) ?? 'client.authentication.k8s.io/v1beta1';
}

export const generateTokenCommand = defineOciCommand<GenerateTokenOptions>({
  builder: (list) =>
    withOciOptions(list)
      .option('cluster-id', { type: 'string', demandOption: true, describe: 'OCID of the cluster' })
      .option('token-version', { type: 'string', hidden: true }),
  run: runGenerateToken,
  help: {
    description:
      'Prints the token by which kubectl logs in to a cluster, as an ExecCredential in the version that kubectl asks for. The session is refreshed first where that is needed, and nobody is asked anything: a session that is over is a failure, which kubectl shows. Put it into the kubeconfig in place of Oracle’s own: command oci, args ce cluster generate-token --cluster-id … --auth security_token.',
    environment: [...OCI_ENVIRONMENT, ['KUBERNETES_EXEC_INFO', 'what kubectl asks for']],
    examples: [['$0 --cluster-id ocid1.cluster.oc1.iad.aaaa --auth security_token --profile TokenDemo', 'one token']],
    statuses: [
      [0, 'the token is on standard output'],
      [3, 'the service cannot be reached, or is in trouble'],
      [4, 'there is no such session, or the id is not one of a cluster'],
      [10, 'the session is over: log in'],
    ],
  },
});
