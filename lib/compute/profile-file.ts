import { OracleComputeError } from '../errors.js';
import type { FileReader } from '../files/owner.js';
import { readSettingsFile } from '../files/text-file.js';

/** What we take from a profile file of `opc` (Oracle's page on environment variables and the profile file). */
export interface ComputeProfile {
  readonly user?: string;
  readonly passwordFile?: string;
  readonly endpoint?: string;
}

/**
 * Reads the `compute` block of a profile file: JSON with `user`, `password-file` and `endpoint`. A file that is not
 * there is an empty profile.
 *
 * @throws OracleComputeError PROFILE_FILE_MALFORMED, and FILE_UNSAFE or FILE_FOREIGN_OWNER where another user can write it:
 *   who does chooses where the password goes
 */
export async function readProfileFile(path: string, reader: FileReader): Promise<ComputeProfile> {
  const malformed = (what: string, cause?: unknown) =>
    new OracleComputeError('PROFILE_FILE_MALFORMED', `the profile file ${path} ${what}`, { path }, { cause });
  const text = await readSettingsFile(path, reader, malformed);
  if (text === undefined) return {};
  let profile: unknown;
  try {
    profile = JSON.parse(text);
  } catch {
    throw malformed('is not JSON');
  }
  const compute = isObject(profile) ? profile.compute : undefined;
  if (compute === undefined) return {};
  if (!isObject(compute)) throw malformed('has no object under "compute"');
  const textOf = (key: string): string | undefined => {
    const value = compute[key];
    if (value === undefined || value === '') return undefined;
    if (typeof value !== 'string') throw malformed(`has something else than text under "compute.${key}"`);
    return value;
  };
  return { user: textOf('user'), passwordFile: textOf('password-file'), endpoint: textOf('endpoint') };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
