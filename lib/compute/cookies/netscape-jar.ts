import { readFile, stat } from 'node:fs/promises';
import { OracleComputeError } from '../../errors.js';
import { COOKIE_NAME } from '../token/token.js';
import { NETSCAPE_JAR } from './cookies-file.js';

/** A jar has a line for each cookie of each host; larger ones than this are no jar of ours. */
const LIMIT_BYTES = 1024 * 1024;

/**
 * The token in the file at `path`, if it is a Netscape jar; undefined where it is none or there is no file.
 *
 * @throws OracleComputeError NO_SESSION where the jar has no token for the host
 */
export async function readNetscapeJar(path: string, host: string | undefined): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile() || found.size > LIMIT_BYTES) return undefined;
  const text = await readFile(path, 'utf8').catch(() => '');
  const token = tokenInNetscapeJar(text, host);
  if (token !== null) return token;
  const whose = host === undefined ? '' : ` for ${host}`;
  throw new OracleComputeError('NO_SESSION', `the cookie jar ${path} has no token${whose}`, { path });
}

/**
 * The token in a jar as curl and Python's `http.cookiejar` write it: the Netscape form, seven fields between tabs
 * (curl, docs/HTTP-COOKIES). Such a file is only read here: whoever wrote it goes on using it.
 *
 * @param text of the file
 * @param host whose cookie it has to be, where it is known
 * @returns undefined where this is no such jar; null where it has no token for the host
 */
function tokenInNetscapeJar(text: string, host: string | undefined): string | null | undefined {
  if (!NETSCAPE_JAR.test(text)) return undefined;
  let token: string | null = null;
  for (const line of text.split(/\r?\n/)) {
    const [domain = '', , , , , name, value] = line.replace(/^#HttpOnly_/, '').split('\t');
    const isOurs = name === COOKIE_NAME && value !== undefined && value !== '';
    if (isOurs && (host === undefined || domain.toLowerCase() === host)) token = value;
  }
  return token;
}
