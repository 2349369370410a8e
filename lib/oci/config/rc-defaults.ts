import {
  type ConfigEnvironment,
  chooseProfileName,
  type ProfileChoice,
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
 * The defaults of the active profile for a command: `iam.region.list.output` overrides `iam.output`, and that overrides
 * `output`. Undefined if there is no rc file.
 *
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
  const text = (name: string) => {
    for (let depth = command.length; depth >= 0; depth--) {
      const value = values.get([...command.slice(0, depth), name].join('.'));
      if (value) return expanded(value, environment.env);
    }
    return undefined;
  };
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

/** `$HOME/ca.pem` and `${HOME}/ca.pem`; a variable that is not set stays unexpanded. */
function expanded(value: string, env: ConfigEnvironment['env']): string {
  return value.replace(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (written, braced?: string, bare?: string) => env[braced ?? bare ?? ''] ?? written,
  );
}
