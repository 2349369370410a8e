import type { CommandEntry } from '../command.js';

/** Every command, in the order of the help page. A command's file is loaded only when the command is used. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    path: ['auth'],
    summary: 'Log in and print the export line for eval',
    evaluated: true,
    load: async () => (await import('./auth.js')).authCommand,
  },
  {
    path: ['refresh_token'],
    aliases: ['refresh-token'],
    summary: 'Extend the token by 30 minutes, within the session',
    evaluated: true,
    load: async () => (await import('./refresh-token.js')).refreshTokenCommand,
  },
  {
    path: ['status'],
    summary: 'Show who is logged in where, and for how long',
    load: async () => (await import('./status.js')).statusCommand,
  },
  {
    path: ['exec'],
    summary: 'Run a command with a token, and keep the session fresh',
    load: async () => (await import('./exec.js')).execCommand,
  },
  {
    path: ['request'],
    summary: 'Make one authenticated call',
    load: async () => (await import('./request.js')).requestCommand,
  },
  {
    path: ['schedule'],
    summary: 'Print an entry for cron, systemd or launchd',
    load: async () => (await import('./schedule.js')).scheduleCommand,
  },
  {
    path: ['logout'],
    summary: 'Remove the stored session',
    load: async () => (await import('./logout.js')).logoutCommand,
  },
  {
    path: ['password', 'set'],
    summary: 'Keep a password in the keychain',
    load: async () => (await import('./password/set.js')).passwordSetCommand,
  },
  {
    path: ['password', 'delete'],
    summary: 'Remove a password from the keychain',
    load: async () => (await import('./password/delete.js')).passwordDeleteCommand,
  },
  {
    path: ['password', 'status'],
    summary: 'Say whether the keychain has a password',
    load: async () => (await import('./password/status.js')).passwordStatusCommand,
  },
  {
    path: ['doctor'],
    summary: 'Look for what is wrong, and say how to mend it',
    load: async () => (await import('./doctor.js')).doctorCommand,
  },
];
