// Says whether a build matches its sources, so that it need not be made again. Compares contents, not times: a
// checkout gives files new times, and a deleted file has none.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const hashOf = (content) => createHash('sha256').update(content).digest('base64url');

/** All files of a list of files and folders, each with its content; null for what is missing. */
function contentsOf(root, paths) {
  const contents = {};
  for (const path of paths) {
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    if (stat === undefined) contents[path] = null;
    else if (!stat.isDirectory()) contents[path] = hashOf(readFileSync(join(root, path)));
    else
      Object.assign(
        contents,
        contentsOf(
          root,
          readdirSync(join(root, path)).map((name) => `${path}/${name}`),
        ),
      );
  }
  return contents;
}

/** What a build is made with besides files. */
const makerOf = () => `${process.platform}-${process.arch} ${process.version}`;

/**
 * True if inputs, outputs and Node are those of the last build. Sets the times of its files to now, as a build would.
 *
 * @param root the folder of the package
 * @param stamp the file that `writeStamp` has written, below `root`
 */
export function isFresh(root, stamp) {
  if (!existsSync(join(root, stamp))) return false;
  const { maker, named, inputs, outputs } = JSON.parse(readFileSync(join(root, stamp), 'utf8'));
  const isSame = (paths, before) => JSON.stringify(contentsOf(root, paths)) === JSON.stringify(before);
  if (maker !== makerOf() || !isSame(named, inputs) || !isSame(Object.keys(outputs), outputs)) return false;
  const now = new Date();
  for (const path of Object.keys(outputs)) utimesSync(join(root, path), now, now);
  return true;
}

/**
 * @param named the files and folders that the build is made of
 * @param made the files and folders that it has made
 */
export function writeStamp(root, stamp, named, made) {
  const content = { maker: makerOf(), named, inputs: contentsOf(root, named), outputs: contentsOf(root, made) };
  mkdirSync(dirname(join(root, stamp)), { recursive: true });
  writeFileSync(join(root, stamp), JSON.stringify(content));
}
