import type { ArchivedSession } from '../../lib/oci/archive/import-session.js';
import { type InstallOptions, installSession } from '../../lib/oci/archive/install-session.js';
import { ownConfigFile, pathOf } from '../../lib/oci/config/choose-profile.js';
import type { Context } from '../context/context.js';
import { describeError } from '../errors/error-text.js';
import { infoLogger } from '../flags/general.js';
import { noteProtected } from '../flags/oci/session.js';
import type { OciOptions } from '../flags/oci.js';
import { askUntil, canPrompt } from '../flags/password.js';
import { reportNewSession } from '../output/new-session.js';

export interface InstallLineOptions extends OciOptions {
  readonly profileName?: string;
  readonly keepKeys?: boolean;
  readonly force?: boolean;
}

/** Installs the session of an archive as the line asks, and says what was done. */
export async function installFromLine(
  archived: ArchivedSession,
  from: string,
  parts: Pick<InstallOptions, 'notes' | 'replace'>,
  options: InstallLineOptions,
  context: Context,
): Promise<number> {
  const { clock, home, env, interruption: signal } = context;
  const { profileName, keepKeys, region, force } = options;
  const configFile = ownConfigFile(options, context);
  const anotherName: InstallOptions['anotherName'] = (reason, isFree) => {
    context.stderr.write(`${describeError(reason)}\n`);
    return askUntil('Another name for the profile: ', context, isFree);
  };
  const { leftOut, ...installed } = await installSession(
    archived,
    from,
    {
      ...parts,
      configFile,
      sessionsFolder: pathOf('~/.oci/sessions', context),
      profileName,
      keepKeys,
      region,
      evenIfExpired: force,
      anotherName: canPrompt(context) ? anotherName : undefined,
      beforeChange: () => noteProtected(configFile, options, context),
    },
    { clock, home, env, signal },
  );
  if (leftOut.length > 0) {
    const keys = leftOut.join(', ');
    infoLogger(options, context)(`not taken over, because they are no part of a session (--keep-keys): ${keys}`);
  }
  reportNewSession({ ...installed, said: `Imported profile ${installed.profile} written to:` }, options, context);
  return 0;
}
