import { type ComputeProfile, diagnose, readComputeProfile } from '../../lib/index.js';
import { quote } from '../../lib/shell/syntax.js';
import type { Context } from '../context/context.js';
import { systemProgram } from '../context/find-command.js';
import { httpClient } from '../context/http.js';
import { type ComputeOptions, withComputeOptions } from '../flags/compute.js';
import { STORE_ENVIRONMENT, withStoreOption } from '../flags/general.js';
import { showChecks } from '../output/checks.js';
import type { CommandModule } from '../parser/command.js';
import { chosenProfile, findSettings } from '../settings/compute.js';
import { expandHome, libraryEnvironment, readStoreOptions } from '../settings/general.js';

/** Looks at everything that this program depends on, and says of each thing whether it is in order. */
export async function runDoctor(options: ComputeOptions, context: Context): Promise<number> {
  // Without the profile file, if that is what is wrong.
  const readable = (path: string) =>
    readComputeProfile(path, { signal: context.interruption }).catch((): ComputeProfile => ({}));
  const { endpoint, user, passwordFile, cookieFile, cookie } = await findSettings(
    options,
    context,
    undefined,
    readable,
  );
  const { keychain, nodeVersion } = context;
  const checks = await diagnose({
    ...libraryEnvironment(context),
    http: httpClient(options, context),
    ...{ endpoint, user, token: cookie, keychain, nodeVersion },
    profileFile: () => chosenProfile(options, context),
    // Windows would first look for it in the current folder.
    crontab: async () => (context.platform === 'win32' ? undefined : context.outputOf('crontab', ['-l'])),
    access: (folders) => context.outputOf(...accessLine(folders, context.env)),
    passwordFile: passwordFile && { ...passwordFile, value: expandHome(passwordFile.value, context) },
    cookiesFile: cookieFile && expandHome(cookieFile.value, context),
    store: () => readStoreOptions(options, context),
  });
  return showChecks(checks, options, context);
}

/** What prints the access control lists of folders on Windows, in the form that `diagnose` reads. */
function accessLine(folders: readonly string[], env: Context['env']): [command: string, args: readonly string[]] {
  const paths = folders.map((folder) => quote('powershell', folder)).join(',');
  const script = `[Security.Principal.WindowsIdentity]::GetCurrent().User.Value; (Get-Acl -LiteralPath ${paths}).Sddl`;
  const powerShell = systemProgram('WindowsPowerShell\\v1.0\\powershell.exe', env);
  return [powerShell, ['-NoProfile', '-NonInteractive', '-Command', script]];
}

export const doctorCommand: CommandModule<ComputeOptions> = {
  builder: (list) => withStoreOption(withComputeOptions(list)),
  run: runDoctor,
  help: {
    description:
      'Checks everything that this program depends on, and shows how to fix what is wrong. It checks Node, variables, files and their modes, leftovers of killed processes, the password file, OCI sessions, the keychain, the network, the certificate, the clock, and the store of shared sessions. It shows no secret, changes nothing, and sends the service one request without a token. A note is neither good nor bad.',
    environment: [
      ['OPC_API', 'endpoint'],
      ['OPC_USER', 'user, /customer/name'],
      ['OPC_PASSWORD_FILE', 'password file'],
      ['OPC_COOKIE', 'token that overrides the stored session, unless it belongs to it'],
      ['OPC_COOKIE_FILE', 'cookies file'],
      ...STORE_ENVIRONMENT,
      ['HTTPS_PROXY', 'proxy; NO_PROXY for hosts to reach without it'],
    ],
    examples: [
      ['$0', 'look at everything'],
      ['$0 -q', 'show only what is wrong'],
      ['$0 -a https://api-z99.compute.example.com', 'look at the way to one service'],
    ],
    statuses: [0, [2, 'problems found; 3, 4 or 10 if the first one is of that kind']],
  },
};
