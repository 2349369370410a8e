import type { Entry, ZipFile } from 'yauzl';
import { OracleComputeError } from '../../errors.js';
import { readCheckedFile } from '../../files/checked-file.js';
import { unreadable } from '../../files/paths.js';

/** A session's archive has about 4 kB. */
const ARCHIVE_LIMIT_BYTES = 1024 * 1024;
const MEMBER_LIMIT_BYTES = 65_536;
const MOST_MEMBERS = 32;
const STORED = 0;
const DEFLATED = 8;
const FILE_TYPE = 0o170000;
const REGULAR_FILE = 0o100000;

/**
 * Reads a session archive into memory, still packed.
 *
 * @throws OracleComputeError FILE_UNREADABLE, ARCHIVE_REFUSED (too large)
 */
export async function readArchive(path: string): Promise<Buffer> {
  const file = await readCheckedFile(path, { protection: 'any', limitBytes: ARCHIVE_LIMIT_BYTES });
  if (file.problem === undefined) return file.bytes;
  if (file.problem === 'too-large') throw refused(path, 'it is too large');
  if (file.problem !== 'missing') throw unreadable(path, file.cause);
  throw new OracleComputeError('FILE_UNREADABLE', `${path} does not exist`, { path, isMissing: true });
}

/**
 * Unpacks members of a session archive. The archive may come from anywhere: every name in it must be flat and unique,
 * and every entry a plain file. The limits hold for the real sizes, not for those that the archive declares.
 *
 * @param path for errors
 * @param wanted the names of the members to unpack, as far as they are there
 * @throws OracleComputeError ARCHIVE_REFUSED
 */
export async function unpackMembers(
  bytes: Buffer,
  path: string,
  wanted: readonly string[],
): Promise<Map<string, Buffer>> {
  const zip = await openZip(bytes, path);
  try {
    const members = new Map<string, Buffer>();
    for (const entry of await listEntries(zip, path)) {
      if (wanted.includes(entry.fileName)) members.set(entry.fileName, await readMember(zip, entry, path));
    }
    return members;
  } finally {
    zip.close();
  }
}

export function refused(path: string, reason: string): OracleComputeError {
  return new OracleComputeError('ARCHIVE_REFUSED', `${path} cannot be imported: ${reason}`, { path, reason });
}

async function openZip(bytes: Buffer, path: string): Promise<ZipFile> {
  // A CommonJS package: bundled, it has a default export only.
  const { fromBufferPromise } = (await import('yauzl')).default;
  try {
    return await fromBufferPromise(bytes, { lazyEntries: true, strictFileNames: true, decodeStrings: true });
  } catch {
    throw refused(path, 'it is not a zip archive');
  }
}

/** All entries, checked. Looking at the list alone costs nothing that an archive could inflate. */
async function listEntries(zip: ZipFile, path: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  const seen = new Set<string>();
  try {
    for await (const entry of zip.eachEntry()) {
      if (entries.length === MOST_MEMBERS) throw refused(path, 'it has too many members');
      checkEntry(entry, path);
      // Some file systems do not tell cases apart.
      const name = entry.fileName.toLowerCase();
      if (seen.has(name)) throw refused(path, `it has the member ${entry.fileName} twice`);
      seen.add(name);
      entries.push(entry);
    }
  } catch (error) {
    throw error instanceof OracleComputeError
      ? error
      : refused(path, 'its list of members is damaged or has names that lead elsewhere');
  }
  return entries;
}

function checkEntry(entry: Entry, path: string): void {
  const name = entry.fileName;
  if (!/^[A-Za-z0-9._@-]{1,128}$/.test(name) || name === '.' || name === '..') {
    throw refused(path, `it has a member with the name ${JSON.stringify(name.slice(0, 60))}`);
  }
  const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE;
  if (type !== 0 && type !== REGULAR_FILE) throw refused(path, `its member ${name} is not a plain file`);
  if (entry.isEncrypted()) throw refused(path, `its member ${name} is encrypted`);
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    throw refused(path, `its member ${name} is packed in a way that is not supported`);
  }
}

async function readMember(zip: ZipFile, entry: Entry, path: string): Promise<Buffer> {
  const name = entry.fileName;
  const chunks: Buffer[] = [];
  let total = 0;
  try {
    const stream = await zip.openReadStreamPromise(entry);
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      total += chunk.length;
      if (total > MEMBER_LIMIT_BYTES) throw refused(path, `its member ${name} is too large`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof OracleComputeError ? error : refused(path, `its member ${name} is damaged`);
  }
  const content = Buffer.concat(chunks, total);
  const { crc32 } = await import('node:zlib');
  if (crc32(content) !== entry.crc32) throw refused(path, `its member ${name} is damaged`);
  return content;
}
