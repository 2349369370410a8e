import type { Context } from '../context/context.js';
import { type CommandEntry, OCI_GROUPS } from '../parser/command.js';

/** The words that commands share, with what their page says of them. */
export const GROUPS: Readonly<Record<string, string>> = {
  config: 'Profiles: address, user and password file',
  password: 'Passwords in the keychain',
  store: 'Sessions shared by hosts in Redis or Valkey',
  session: 'OCI sessions: log in, refresh, export, import',
  iam: 'Test an OCI session',
  ce: 'Container Engine for Kubernetes (OKE)',
  'ce cluster': 'OKE clusters',
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
    summary: 'Refresh the token for another 30 minutes',
    printsShellCode: true,
    load: async () => (await import('./refresh-token.js')).refreshTokenCommand,
  },
  {
    path: ['status'],
    aliases: ['whoami'],
    summary: 'Show the session and when it expires',
    load: async () => (await import('./status.js')).statusCommand,
  },
  {
    path: ['exec'],
    takesRest: true,
    summary: 'Run a command with a token that stays valid',
    load: async () => (await import('./exec.js')).execCommand,
  },
  {
    path: ['env'],
    summary: 'Print endpoint, user and token for a shell or a file',
    printsShellCode: true,
    load: async () => (await import('./env.js')).envCommand,
  },
  {
    path: ['request'],
    positionals: '<method> <path>',
    summary: 'Send an authenticated request',
    load: async () => (await import('./request.js')).requestCommand,
  },
  {
    path: ['list'],
    passing: 'filter',
    positionals: '<object> [containers..]',
    summary: 'List objects as a table, CSV or JSON',
    load: async () => (await import('./objects/list.js')).listCommand,
  },
  {
    path: ['get'],
    positionals: '<object> <names..>',
    summary: 'Show objects',
    load: async () => (await import('./objects/get.js')).getCommand,
  },
  {
    path: ['discover'],
    positionals: '<object> [containers..]',
    summary: 'List object names only',
    load: async () => (await import('./objects/discover.js')).discoverCommand,
  },
  {
    path: ['add'],
    passing: 'field',
    positionals: '<object> [values..]',
    summary: 'Create an object from a JSON file',
    load: async () => (await import('./objects/add.js')).addCommand,
  },
  {
    path: ['update'],
    passing: 'field',
    positionals: '<object> <name> [file]',
    summary: 'Update an object from a JSON file',
    load: async () => (await import('./objects/update.js')).updateCommand,
  },
  {
    path: ['delete'],
    positionals: '<object> <names..>',
    summary: 'Delete objects',
    load: async () => (await import('./objects/delete.js')).deleteCommand,
  },
  {
    path: ['start'],
    positionals: '<object> <names..>',
    summary: 'Start orchestrations',
    load: async () => (await import('./objects/start.js')).startCommand,
  },
  {
    path: ['stop'],
    positionals: '<object> <names..>',
    summary: 'Stop orchestrations',
    load: async () => (await import('./objects/stop.js')).stopCommand,
  },
  {
    path: ['wait'],
    positionals: '<object> <names..>',
    summary: 'Wait until objects are ready, or deleted',
    load: async () => (await import('./objects/wait.js')).waitCommand,
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
    summary: 'Save a password in the keychain',
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
    summary: 'Check whether the keychain has a password',
    load: async () => (await import('./password/status.js')).passwordStatusCommand,
  },
  {
    path: ['store', 'key'],
    summary: 'Create an encryption key for shared sessions',
    load: async () => (await import('./store/key.js')).storeKeyCommand,
  },
  {
    path: ['store', 'status'],
    summary: 'Check the session store',
    load: async () => (await import('./store/status.js')).storeStatusCommand,
  },
  {
    path: ['doctor'],
    summary: 'Find problems and show how to fix them',
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
    summary: 'Log in to OCI in a browser',
    load: async () => (await import('./session/authenticate.js')).sessionAuthenticateCommand,
  },
  {
    path: ['session', 'validate'],
    summary: 'Check a session and show when it expires',
    load: async () => (await import('./session/validate.js')).sessionValidateCommand,
  },
  {
    path: ['session', 'refresh'],
    summary: 'Refresh the token of a session',
    load: async () => (await import('./session/refresh.js')).sessionRefreshCommand,
  },
  {
    path: ['session', 'export'],
    summary: 'Export a session to a machine without a browser',
    load: async () => (await import('./session/export.js')).sessionExportCommand,
  },
  {
    path: ['session', 'import'],
    summary: 'Import a session from another machine',
    load: async () => (await import('./session/import.js')).sessionImportCommand,
  },
  {
    path: ['session', 'push'],
    summary: 'Share a session with other hosts',
    load: async () => (await import('./session/push.js')).sessionPushCommand,
  },
  {
    path: ['session', 'pull'],
    summary: 'Get a session shared by another host',
    load: async () => (await import('./session/pull.js')).sessionPullCommand,
  },
  {
    path: ['session', 'terminate'],
    summary: 'Remove a session from this machine',
    load: async () => (await import('./session/terminate.js')).sessionTerminateCommand,
  },
  {
    path: ['session', 'list'],
    summary: 'List all sessions with state and expiry',
    load: async () => (await import('./session/list.js')).sessionListCommand,
  },
  {
    path: ['session', 'env'],
    summary: 'Print variables so that other tools use a session',
    printsShellCode: true,
    load: async () => (await import('./session/env.js')).sessionEnvCommand,
  },
  {
    path: ['session', 'exec'],
    takesRest: true,
    summary: 'Run a command with a token that stays valid',
    load: async () => (await import('./session/exec.js')).sessionExecCommand,
  },
  {
    path: ['ce', 'cluster', 'generate-token'],
    summary: 'Print a token for kubectl',
    load: async () => (await import('./ce/cluster/generate-token.js')).generateTokenCommand,
  },
  {
    path: ['iam', 'region', 'list'],
    summary: 'List regions (tests a session)',
    load: async () => (await import('./iam/region/list.js')).iamRegionListCommand,
  },
];

/** The commands of a program: for `oci` the part of Oracle's CLI that is implemented here, else all of them. */
export function commandsOf(program: Context['program']): readonly CommandEntry[] {
  return program === 'oci' ? COMMANDS.filter(({ path }) => OCI_GROUPS.includes(path[0] ?? '')) : COMMANDS;
}
