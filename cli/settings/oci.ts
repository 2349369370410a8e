import { OracleComputeError } from '../../lib/errors.js';
import { chooseAuth, type OciNote, readRcDefaults } from '../../lib/oci/index.js';
import type { Context } from '../context/context.js';
import { canPrompt, infoLogger } from '../context/conversation.js';
import { ociHttpClient } from '../context/http.js';
import type { OciOptions } from '../flags/oci.js';
import type { CommandModule } from '../parser/command.js';

/** What the library's functions take of a line of OCI: the choice of a profile, the environment, what it may ask. */
export function sessionOptions(options: OciOptions, context: Context) {
  const { configFile, profile, auth, cliRcFile, region, defaults, endpoint } = options;
  const { env, home, cwd, clock, interruption: signal } = context;
  const passphrase = (path: string) => context.promptSecret(`Passphrase of ${path}: `);
  const noted = new Set<string>();
  return {
    ...{ configFile, profile, auth, cliRcFile, region, defaultRegion: defaults?.region, endpoint },
    // Variable and defaults name the address of one service, not the login's.
    identityEndpoint: endpoint ?? (env.OCI_CLI_ENDPOINT || defaults?.endpoint),
    ...{ env, home, cwd, clock, signal, http: ociHttpClient(options, context) },
    passphrase: canPrompt(context) ? passphrase : undefined,
    onNote: (note: OciNote) => {
      const text = describeNote(note);
      if (!noted.has(text)) infoLogger(options, context)(text);
      noted.add(text);
    },
  };
}

/** As `sessionOptions`, for what never asks and prints only errors. */
export function unattendedOptions(options: OciOptions, context: Context) {
  return sessionOptions({ ...options, quiet: true }, { ...context, stdin: { ...context.stdin, isTTY: false } });
}

/** @throws OracleComputeError USAGE if the line or its surroundings ask for another way to authenticate than a session */
export async function requireSessionAuth(
  does: string,
  command: string,
  options: OciOptions,
  context: Context,
): Promise<void> {
  const auth = await chooseAuth(options, command.split(' '), context);
  if (!auth || auth.value === 'security_token') return;
  const source = auth.source === 'option' ? '--auth' : auth.source;
  const message = `${source} asks for ${auth.value}; this program ${does} with a session only: --auth security_token`;
  throw new OracleComputeError('USAGE', message, { usage: command });
}

function describeNote({ code, path, mode }: OciNote): string {
  return code === 'file-open-to-others'
    ? `${path} has mode ${mode}; make it yours alone: chmod 600 ${path}`
    : `${path} is write-protected (mode ${mode}); a change replaces it all the same, with mode 600`;
}

/** A command of OCI: what its line does not say is taken from the file with defaults of Oracle's CLI. */
export function defineOciCommand<O extends OciOptions>(command: CommandModule<O>): CommandModule<O> {
  return {
    ...command,
    run: async (options, context, path) => {
      const defaults = await readRcDefaults(options, path, context);
      return command.run({ ...options, defaults }, context, path);
    },
  };
}
