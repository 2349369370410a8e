import type { Context } from '../context/context.js';
import { type CommandEntry, OCI_GROUPS } from '../parser/command.js';

/** The words that commands share, with what their page says of them. */
export const GROUPS: Readonly<Record<string, string>> = {
  config: 'Profiles: address, user and password file',
  password: 'Passwords in the keychain',
  store: 'Sessions that hosts share in Redis or Valkey',
  session: 'Sessions of OCI: log in, refresh, export, import',
  iam: 'Calls that prove an OCI session',
  ce: 'OCI’s Kubernetes',
  'ce cluster': 'Clusters of OCI’s Kubernetes',
  'iam region': 'Regions of OCI',
};

/** Every command, in the order of the help page. A command's file is loaded only when the command is used. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    path: ['auth'],
    aliases: ['login'],
    positionals: '[username] [passwordfile]',
    summary: 'Log in and print the export line for eval',
    printsShellCode: true,
    load: async () => (await import('./auth.js')).authCommand,
  },
  {
    path: ['refresh_token'],
    aliases: ['refresh-token', 'refresh'],
    summary: 'Extend the token by 30 minutes, within the session',
    printsShellCode: true,
    load: async () => (await import('./refresh-token.js')).refreshTokenCommand,
  },
  {
    path: ['status'],
    aliases: ['whoami'],
    summary: 'Show who is logged in where, and for how long',
    load: async () => (await import('./status.js')).statusCommand,
  },
  {
    path: ['exec'],
    takesRest: true,
    summary: 'Run a command with a token, and keep the session fresh',
    load: async () => (await import('./exec.js')).execCommand,
  },
  {
    path: ['env'],
    summary: 'Print address, user and token for a shell or a file',
    printsShellCode: true,
    load: async () => (await import('./env.js')).envCommand,
  },
  {
    path: ['request'],
    positionals: '<method> <path>',
    summary: 'Make one authenticated call',
    load: async () => (await import('./request.js')).requestCommand,
  },
  {
    path: ['list'],
    positionals: '<object> [container]',
    summary: 'List objects as a table, CSV or JSON',
    load: async () => (await import('./objects/list.js')).listCommand,
  },
  {
    path: ['get'],
    positionals: '<object> <name> [entry]',
    summary: 'Show one object',
    load: async () => (await import('./objects/get.js')).getCommand,
  },
  {
    path: ['discover'],
    positionals: '<object> [container]',
    summary: 'List names only',
    load: async () => (await import('./objects/discover.js')).discoverCommand,
  },
  {
    path: ['add'],
    positionals: '<object> [values..]',
    summary: 'Make an object from a JSON file',
    load: async () => (await import('./objects/add.js')).addCommand,
  },
  {
    path: ['update'],
    positionals: '<object> <name> [file]',
    summary: 'Change an object to what a JSON file says',
    load: async () => (await import('./objects/update.js')).updateCommand,
  },
  {
    path: ['delete'],
    positionals: '<object> <name> [entry]',
    summary: 'Remove an object',
    load: async () => (await import('./objects/delete.js')).deleteCommand,
  },
  {
    path: ['start'],
    positionals: '<object> <name> [entry]',
    summary: 'Start an orchestration',
    load: async () => (await import('./objects/start.js')).startCommand,
  },
  {
    path: ['stop'],
    positionals: '<object> <name> [entry]',
    summary: 'Stop an orchestration',
    load: async () => (await import('./objects/stop.js')).stopCommand,
  },
  {
    path: ['schedule'],
    positionals: '<scheduler>',
    summary: 'Print an entry for cron, systemd or launchd',
    load: async () => (await import('./schedule.js')).scheduleCommand,
  },
  {
    path: ['logout'],
    summary: 'Remove the stored session',
    printsShellCode: '--shell',
    load: async () => (await import('./logout.js')).logoutCommand,
  },
  {
    path: ['config', 'list'],
    summary: 'List the profiles',
    load: async () => (await import('./config/list.js')).configListCommand,
  },
  {
    path: ['config', 'show'],
    summary: 'Show one profile',
    load: async () => (await import('./config/show.js')).configShowCommand,
  },
  {
    path: ['config', 'set'],
    positionals: '<key> <value>',
    summary: 'Set a value of a profile',
    load: async () => (await import('./config/set.js')).configSetCommand,
  },
  {
    path: ['password', 'set'],
    positionals: '[username] [passwordfile]',
    summary: 'Keep a password in the keychain',
    load: async () => (await import('./password/set.js')).passwordSetCommand,
  },
  {
    path: ['password', 'delete'],
    positionals: '[username]',
    summary: 'Remove a password from the keychain',
    load: async () => (await import('./password/delete.js')).passwordDeleteCommand,
  },
  {
    path: ['password', 'status'],
    positionals: '[username]',
    summary: 'Say whether the keychain has a password',
    load: async () => (await import('./password/status.js')).passwordStatusCommand,
  },
  {
    path: ['store', 'key'],
    summary: 'Print a new key to encrypt shared sessions with',
    load: async () => (await import('./store/key.js')).storeKeyCommand,
  },
  {
    path: ['store', 'status'],
    summary: 'Look at the store that hosts share sessions in',
    load: async () => (await import('./store/status.js')).storeStatusCommand,
  },
  {
    path: ['doctor'],
    summary: 'Look for what is wrong, and say how to mend it',
    load: async () => (await import('./doctor.js')).doctorCommand,
  },
  {
    path: ['completion'],
    positionals: '<shell>',
    summary: 'Print a completion script for bash, zsh or fish',
    load: async () => (await import('./completion.js')).completionCommand,
  },
  {
    path: ['shell-init'],
    positionals: '<shell>',
    summary: 'Print what makes auth and logout change the shell, and a prompt',
    load: async () => (await import('./shell-init.js')).shellInitCommand,
  },
  {
    path: ['session', 'authenticate'],
    summary: 'Log in to OCI through the browser',
    load: async () => (await import('./session/authenticate.js')).sessionAuthenticateCommand,
  },
  {
    path: ['session', 'validate'],
    summary: 'Say until when a session is valid',
    load: async () => (await import('./session/validate.js')).sessionValidateCommand,
  },
  {
    path: ['session', 'refresh'],
    summary: 'Make the token of a session live longer',
    load: async () => (await import('./session/refresh.js')).sessionRefreshCommand,
  },
  {
    path: ['session', 'export'],
    summary: 'Pack a session for a machine without a browser',
    load: async () => (await import('./session/export.js')).sessionExportCommand,
  },
  {
    path: ['session', 'import'],
    summary: 'Unpack a session from another machine',
    load: async () => (await import('./session/import.js')).sessionImportCommand,
  },
  {
    path: ['session', 'push'],
    summary: 'Encrypt a session for other hosts, in a store',
    load: async () => (await import('./session/push.js')).sessionPushCommand,
  },
  {
    path: ['session', 'pull'],
    summary: 'Take a session that another host has pushed',
    load: async () => (await import('./session/pull.js')).sessionPullCommand,
  },
  {
    path: ['session', 'terminate'],
    summary: 'Remove a session from this machine',
    load: async () => (await import('./session/terminate.js')).sessionTerminateCommand,
  },
  {
    path: ['session', 'list'],
    summary: 'Show every session, its state and expiry',
    load: async () => (await import('./session/list.js')).sessionListCommand,
  },
  {
    path: ['session', 'env'],
    summary: 'Print the variables that make other tools use a session',
    printsShellCode: true,
    load: async () => (await import('./session/env.js')).sessionEnvCommand,
  },
  {
    path: ['session', 'exec'],
    takesRest: true,
    summary: 'Run a command with a session, and keep its token fresh',
    load: async () => (await import('./session/exec.js')).sessionExecCommand,
  },
  {
    path: ['ce', 'cluster', 'generate-token'],
    summary: 'Print the token that kubectl asks for',
    load: async () => (await import('./ce/cluster/generate-token.js')).generateTokenCommand,
  },
  {
    path: ['iam', 'region', 'list'],
    summary: 'List the regions: the proof that a session works',
    load: async () => (await import('./iam/region/list.js')).iamRegionListCommand,
  },
];

/** The commands of a program: for `oci` the part of Oracle's CLI that is implemented here, else all of them. */
export function commandsOf(program: Context['program']): readonly CommandEntry[] {
  return program === 'oci' ? COMMANDS.filter(({ path }) => OCI_GROUPS.includes(path[0] ?? '')) : COMMANDS;
}
