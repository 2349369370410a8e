import { refuse } from './control-characters.js';

/** As it stands: even `docker run --env-file` and systemd, which know less of quotes, read the same. */
const PLAIN = /^[\w+/=.:,@%-]*$/;

/**
 * Not literal between single quotes everywhere: another single quote; `\\`, which python-dotenv reads as one
 * backslash; a last `\`, which the others take to escape the quote; `${`, which python-dotenv expands in any quotes.
 */
const NOT_IN_SINGLE_QUOTES = /'|\\\\|\\$|\$\{/;

/** Read alike by nobody between double quotes. */
const NOT_IN_DOUBLE_QUOTES = /["\\$`]/;

/**
 * A value in the form on which the readers of `.env` files agree: dotenv, Node, python-dotenv, Docker Compose, and a
 * shell's `.`. There is no standard; a value on which they differ is refused.
 *
 * @throws OracleComputeError VALUE_NOT_QUOTABLE
 */
export function quoteDotenv(value: string): string {
  if (PLAIN.test(value)) return value;
  if (!NOT_IN_SINGLE_QUOTES.test(value)) return `'${value}'`;
  if (!NOT_IN_DOUBLE_QUOTES.test(value)) return `"${value}"`;
  return refuse('dotenv', 'this mixture of quotes, backslashes and dollar signs');
}

/**
 * A value of systemd's `EnvironmentFile=` (systemd.exec(5)): in double quotes, where a backslash takes their meaning
 * from the four characters that have one. Nothing is expanded there.
 */
export function quoteSystemd(value: string): string {
  return /^[\w+/=.:,@%-]+$/.test(value) ? value : `"${value.replaceAll(/["\\$`]/g, '\\$&')}"`;
}

/** A value in a config of curl (curl(1), `--config`): in double quotes, with backslashes before those and themselves. */
export function quoteCurl(value: string): string {
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}
