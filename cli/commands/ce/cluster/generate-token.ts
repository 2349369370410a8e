import { OciSession } from '../../../../lib/oci/index.js';
import { parseObject } from '../../../../lib/text.js';
import type { Context } from '../../../context/context.js';
import { OCI_ENVIRONMENT, type OciOptions, withOciOptions } from '../../../flags/oci.js';
import { printableJson } from '../../../output/text.js';
import { defineOciCommand, requireSessionAuth, unattendedOptions } from '../../../settings/oci.js';

export interface GenerateTokenOptions extends OciOptions {
  readonly clusterId: string;
}

const VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

/** Prints the token that kubectl asks for, in the version that it asks for. Never prompts. */
export async function runGenerateToken(options: GenerateTokenOptions, context: Context): Promise<number> {
  await requireSessionAuth('signs', 'ce cluster generate-token', options, context);
  // kubectl passes its own terminal on; a question there would look like kubectl's.
  const session = new OciSession(unattendedOptions(options, context));
  const { token, expiresAt } = await session.clusterToken(options.clusterId);
  const expirationTimestamp = new Date(expiresAt).toISOString().replace(/\.\d+Z$/, 'Z');
  const status = { token, expirationTimestamp };
  const credential = { apiVersion: versionAskedFor(context), kind: 'ExecCredential', status };
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
      'Prints a token for kubectl, as an ExecCredential in the version that kubectl expects. Refreshes the session first if needed, and never prompts: if the session has expired, it fails, and kubectl shows the error. In the kubeconfig: command oci, args ce cluster generate-token --cluster-id … --auth security_token.',
    environment: [...OCI_ENVIRONMENT, ['KUBERNETES_EXEC_INFO', 'what kubectl asks for']],
    examples: [['$0 --cluster-id ocid1.cluster.oc1.iad.aaaa --auth security_token --profile TokenDemo', 'one token']],
    statuses: [0, 3, 4, 10],
  },
});
