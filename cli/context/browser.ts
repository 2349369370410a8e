import { spawn } from 'node:child_process';
import { withoutSecrets } from '../../lib/secrets/secret-variables.js';

/** Browsers that would take over the terminal instead of opening a window. */
const TEXT_BROWSERS = /(?:^|\/)(?:lynx|links|links2|elinks|w3m|www-browser)$/;

/**
 * Opens an address in a graphical browser, by `BROWSER` if it is set, and gives false where there is none. The browser
 * is not waited for.
 */
export async function openBrowser(
  url: string,
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  for (const [command, ...args] of candidates(platform, env)) {
    if (command !== undefined && !TEXT_BROWSERS.test(command) && (await starts(command, withAddress(args, url), env)))
      return true;
  }
  return false;
}

/** `BROWSER='firefox --new-tab %s'` says where the address belongs; without that it comes last. */
function withAddress(args: readonly string[], url: string): string[] {
  const hasPlace = args.some((word) => word.includes('%s'));
  return hasPlace ? args.map((word) => word.replaceAll('%s', () => url)) : [...args, url];
}

function candidates(platform: NodeJS.Platform, env: Readonly<Record<string, string | undefined>>): string[][] {
  if (env.BROWSER) return env.BROWSER.split(':').map((choice) => choice.trim().split(/\s+/));
  if (platform === 'darwin') return [['open']];
  if (platform === 'win32') return [['explorer.exe']];
  return env.DISPLAY || env.WAYLAND_DISPLAY ? [['xdg-open']] : [];
}

function starts(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'ignore', detached: true, env: withoutSecrets(env, 'browser') });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
