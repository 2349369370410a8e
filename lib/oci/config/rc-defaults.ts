import {
  type ConfigEnvironment,
  chooseProfileName,
  type ProfileChoice,
  rcValue,
  rcValues,
  readRcFile,
} from './choose-profile.js';

/** The rc file's defaults for a command. Flags and variables override them. */
export interface RcDefaults {
  /** The file. */
  readonly source: string;
  readonly region: string | undefined;
  readonly endpoint: string | undefined;
  readonly certBundle: string | undefined;
  readonly output: string | undefined;
  readonly query: string | undefined;
  readonly debug: boolean;
  readonly noRetry: boolean;
}

/** What Oracle's CLI takes for yes. */
const YES = ['1', 'y', 't', 'yes', 'true', 'on'];

/**
 * The defaults of the active profile for a command. Undefined if there is no rc file.
 *
 * @param command as of `rcValue`
 * @throws OracleComputeError CONFIG_FILE_CORRUPT, FILE_UNREADABLE
 */
export async function readRcDefaults(
  choice: ProfileChoice,
  command: readonly string[],
  environment: ConfigEnvironment,
): Promise<RcDefaults | undefined> {
  const rc = await readRcFile(choice, environment);
  if (!rc) return undefined;
  const values = rcValues(rc, (await chooseProfileName(choice, environment)).value);
  const text = (name: string) => rcValue(values, name, command, environment);
  const flag = (name: string) => YES.includes(text(name)?.toLowerCase() ?? '');
  return {
    source: rc.path,
    region: text('region'),
    endpoint: text('endpoint'),
    certBundle: text('cert-bundle'),
    output: text('output'),
    query: text('query'),
    debug: flag('debug'),
    noRetry: flag('no_retry'),
  };
}
