import { OracleComputeError } from '../../../../lib/errors.js';
import { OciSession } from '../../../../lib/oci/index.js';
import type { Context } from '../../../context/context.js';
import { OCI_ENVIRONMENT, type OciOptions, withOciOptions } from '../../../flags/oci.js';
import { type Row, renderFrame, renderRows } from '../../../output/rows.js';
import { printableJson } from '../../../output/text.js';
import { defineOciCommand, requireSessionAuth, sessionOptions } from '../../../settings/oci.js';

const COLUMNS = ['key', 'name'] as const;

/** Lists the regions of the realm: by Oracle's documentation the proof that a session works. */
export async function runRegionList(options: OciOptions, context: Context): Promise<number> {
  refuseQueries(options);
  await requireSessionAuth('lists regions', 'iam region list', options, context);
  const client = await new OciSession(sessionOptions(options, context)).identityClient();
  const regions = await client.listRegions();
  const rows = regions.map(({ key, name }) => ({ key, name }));
  context.stdout.write(render(rows, options, context));
  return 0;
}

/** Refuses queries: a user would take the whole list for the part that the query selects. */
function refuseQueries({ query, defaults }: OciOptions): void {
  const source = query === undefined ? defaults?.query && `query in ${defaults.source}` : '--query';
  if (!source) return;
  throw new OracleComputeError('USAGE', `${source} is not supported; filter with jq`, {
    usage: 'iam region list',
  });
}

/** Oracle's JSON, unless the options ask for a table or one of our own formats. */
function render(regions: readonly Row[], options: OciOptions, context: Context): string {
  const output = options.output ?? (options.format === undefined ? options.defaults?.output : undefined);
  if (output === 'table') return renderFrame(COLUMNS, regions);
  if (options.output === 'json' || options.format === undefined || options.format === 'json') {
    return `${printableJson({ data: regions }, 2)}\n`;
  }
  return renderRows(COLUMNS, regions, options, context.stdout);
}

export const iamRegionListCommand = defineOciCommand<OciOptions>({
  // Every region comes at once, with Oracle's --all or without it.
  builder: (list) => withOciOptions(list).option('all', { type: 'boolean', hidden: true }),
  run: runRegionList,
  help: {
    description:
      'Lists all regions of the realm, as Oracle’s CLI does. The request is signed with the session, so it shows that the session works.',
    environment: [...OCI_ENVIRONMENT, ['OCI_CLI_AUTH', 'security_token']],
    examples: [
      ['$0 --config-file ~/.oci/config --profile TokenDemo --auth security_token', 'as in Oracle’s documentation'],
      ['$0 --profile TokenDemo --auth security_token --output table', 'for reading'],
    ],
    statuses: [0, 3, 4, 10],
  },
});
