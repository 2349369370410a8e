import { OracleComputeError } from '../../errors.js';
import type { FileReader } from '../../files/owner.js';
import { readTextFile } from '../../files/text-file.js';
import type { HttpClient } from '../../http/client.js';
import { secretFilePath } from '../../secrets/password-file.js';
import { parseObject } from '../../text.js';
import { unreadable } from '../client/call-service.js';

const LIMIT_BYTES = 65_536;

export interface SubjectTokenParts extends FileReader {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly http: HttpClient;
  /** Standard input, if a token may come from it. */
  readonly stdin?: () => AsyncIterable<Uint8Array>;
}

/**
 * Finds the token by which a pipeline says who it is: a file or standard input, the file that a variable names, or
 * GitHub's service for it.
 *
 * @param domain the audience of a token that is made to order
 * @throws OracleComputeError SUBJECT_TOKEN_MISSING, SUBJECT_TOKEN_MALFORMED, FILE_UNREADABLE, SERVICE_FAILED,
 *   TOO_MANY_REQUESTS, ANSWER_UNREADABLE, and what the HTTP client throws
 */
export async function findSubjectToken(
  settings: { readonly subjectTokenFile?: string; readonly subjectTokenAudience?: string },
  domain: string,
  parts: SubjectTokenParts,
): Promise<string> {
  const { env } = parts;
  if (settings.subjectTokenFile === '-') return checked(await readInput(parts), 'standard input');
  const path = settings.subjectTokenFile ?? (env.OCI_WORKLOAD_IDENTITY_TOKEN_PATH || undefined);
  if (path !== undefined) return checked(await readFile(path, parts), path);
  if (env.ACTIONS_ID_TOKEN_REQUEST_URL && env.ACTIONS_ID_TOKEN_REQUEST_TOKEN) {
    return checked(await askGitHub(settings.subjectTokenAudience ?? domain, parts), 'GitHub');
  }
  throw new OracleComputeError('SUBJECT_TOKEN_MISSING', 'no pipeline token given', {});
}

async function readInput({ stdin }: SubjectTokenParts): Promise<string> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of stdin?.() ?? []) {
    total += chunk.length;
    if (total > LIMIT_BYTES) throw malformed('standard input', 'it is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function readFile(path: string, reader: FileReader): Promise<string> {
  // A runner puts the file there for some minutes, for any user; its mode proves nothing.
  const file = await readTextFile(path, { ...reader, protection: 'any', limitBytes: LIMIT_BYTES, pipes: true });
  if (file.problem === undefined) return file.text;
  secretFilePath(path);
  if (file.problem === 'missing') {
    throw new OracleComputeError('SUBJECT_TOKEN_MISSING', `${path} does not exist`, { path });
  }
  if (file.problem === 'not-text') throw malformed(path, `it is ${file.fault}`);
  throw new OracleComputeError('FILE_UNREADABLE', `${path} cannot be read`, { path });
}

/** GitHub, "OpenID Connect": a runner asks for a token for an audience of its choice. */
async function askGitHub(audience: string, { env, http }: SubjectTokenParts): Promise<string> {
  const address = env.ACTIONS_ID_TOKEN_REQUEST_URL ?? '';
  if (!URL.canParse(address)) {
    throw new OracleComputeError('SUBJECT_TOKEN_MISSING', 'ACTIONS_ID_TOKEN_REQUEST_URL is not an address', {});
  }
  const url = new URL(address);
  url.searchParams.set('audience', audience);
  const token = env.ACTIONS_ID_TOKEN_REQUEST_TOKEN ?? '';
  const headers = { accept: 'application/json', authorization: `bearer ${token}` };
  const { status, body } = await http.send({ method: 'GET', url, headers, retry: 'any-5xx' });
  const { origin } = url;
  if (status === 200) {
    const value = parseObject(body)?.value;
    if (typeof value === 'string') return value;
    throw unreadable(origin, undefined);
  }
  const said = `${origin} answered ${status} and gave no token of the pipeline`;
  if (status === 429) throw new OracleComputeError('TOO_MANY_REQUESTS', said, { origin, status });
  if (status >= 500) throw new OracleComputeError('SERVICE_FAILED', said, { origin, status });
  throw new OracleComputeError('SUBJECT_TOKEN_MISSING', said, {});
}

/** It is never shown, so its form is checked before it is sent. */
function checked(text: string, from: string): string {
  const token = text.trim();
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return token;
  throw malformed(from, token === '' ? 'it is empty' : 'it is not a JWT');
}

function malformed(from: string, reason: string): OracleComputeError {
  return new OracleComputeError(
    'SUBJECT_TOKEN_MALFORMED',
    `the token of the pipeline (${from}) cannot be used: ${reason}`,
    {
      reason,
    },
  );
}
