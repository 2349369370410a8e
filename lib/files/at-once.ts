import {
  access,
  type BigIntStats,
  chmodSync,
  fsync,
  mkdirSync,
  type RmOptions,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  statSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';

// Calls of `node:fs/promises` that are answered at once. For a small file of one's own the way through Node's pool of
// threads takes longer than the answer, and loading that module longer than a command's other work. Not for what may
// take its time: a flush, a pipe, a file of any size.

export async function chmod(path: string, mode: number): Promise<void> {
  chmodSync(path, mode);
}

/**
 * Makes a folder for its owner alone, mode 0700. A umask can take rights from the owner, too; those are given back.
 *
 * @throws what the system says, also where the folder is there
 */
export async function mkdir(folder: string): Promise<void> {
  mkdirSync(folder, 0o700);
  if ((statSync(folder).mode & 0o700) !== 0o700) chmodSync(folder, 0o700);
}

export async function readdir(folder: string): Promise<string[]> {
  return readdirSync(folder);
}

export async function readFile(path: string, encoding: BufferEncoding): Promise<string> {
  return readFileSync(path, encoding);
}

export async function readlink(path: string): Promise<string> {
  return readlinkSync(path);
}

export async function rename(from: string, to: string): Promise<void> {
  renameSync(from, to);
}

export async function rm(path: string, options: RmOptions): Promise<void> {
  rmSync(path, options);
}

export async function rmdir(folder: string): Promise<void> {
  rmdirSync(folder);
}

export async function stat(path: string): Promise<Stats>;
export async function stat(path: string, options: { readonly bigint: true }): Promise<BigIntStats>;
export async function stat(path: string, options: { readonly bigint?: boolean } = {}): Promise<Stats | BigIntStats> {
  return options.bigint ? statSync(path, { bigint: true }) : statSync(path);
}

export async function unlink(path: string): Promise<void> {
  unlinkSync(path);
}

export async function utimes(path: string, accessed: Date, modified: Date): Promise<void> {
  utimesSync(path, accessed, modified);
}

/** Starts the threads that a flush needs, while there is time. */
export function prepareToFlush(): void {
  // Any call that they answer will do, if it needs little and changes nothing. The root is always there; the folder
  // that somebody works in may be on a server that is not.
  access('/', () => undefined);
}

/** Resolves when what was written to a descriptor is on the disk. */
export function flush(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(descriptor, (error) => (error ? reject(error) : resolve()));
  });
}
