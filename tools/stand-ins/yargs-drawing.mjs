import { leftOut } from './left-out.mjs';

/** Help pages are drawn by a file of their own (cli/help-page.ts), which has the real packages. */
export const cliui = () => leftOut('help');
export const stringWidth = () => leftOut('help');
