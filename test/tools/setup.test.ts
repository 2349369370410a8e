import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REAL_PART_NAMES } from '../../tools/testing/real-parts.mjs';

const IS_ROOT = process.getuid?.() === 0;

let bin: string;
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'setup-'));
});
afterEach(() => {
  rmSync(bin, { recursive: true, force: true });
});

function writeProgram(name: string, script = ''): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

/** The set-up step on a machine that has only what is in `bin`. */
function setUp(env: Record<string, string> = {}): { status: number | null; stdout: string; lines: string[] } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['tools/setup.mjs'], {
    encoding: 'utf8',
    env: { PATH: bin, ...env },
  });
  return { status, stdout, lines: stderr.split('\n').filter(Boolean) };
}

/** An apt-get that notes its arguments, and on install runs `install` with the names of packages. */
function writeApt(install: string): void {
  writeProgram('apt-cache', 'echo "  Candidate: 1.0"');
  writeProgram('apt-get', `echo "$1 $DEBIAN_FRONTEND $*" >>"${bin}/calls"\n[ "$1" = install ] || exit 0\n${install}`);
}

function aptCalls(): string[] {
  const path = join(bin, 'calls');
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
}

describe('without apt-get', () => {
  it('says in a line for each missing part what is skipped and how to get it', () => {
    const { status, stdout, lines } = setUp();
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(lines).toContainEqual(
      expect.stringMatching(/^fish is missing, the tests that need it are skipped\. To get it: .*fish$/),
    );
    expect(new Set(lines.map((line) => line.replace(/ is missing.*/, ''))).size).toBe(lines.length);
  });

  it('fails under CI=true', () => {
    const { status, lines } = setUp({ CI: 'true' });
    expect(status).toBe(1);
    expect(lines.at(-1)).toBe('CI=true: nothing may be skipped.');
  });
});

it('says nothing of the parts that are there', () => {
  for (const name of REAL_PART_NAMES) writeProgram(name);
  const { status, lines } = setUp({ CI: 'true' });
  const missing = lines.filter((line) => line.includes(' is missing'));
  // The library is the one part that no folder of programs can stand in for.
  expect(missing.every((line) => line.startsWith('libsecret is missing'))).toBe(true);
  expect(status).toBe(missing.length === 0 ? 0 : 1);
  if (missing.length === 0) expect(lines).toEqual([]);
});

describe('with apt-get', () => {
  it('installs, as root, without recommended packages and without questions', () => {
    writeApt(
      `for name; do case $name in -*|*=*) ;; *) echo '#!/bin/sh' >"${bin}/$name"; /bin/chmod 755 "${bin}/$name";; esac; done`,
    );
    const { status, lines } = setUp();
    expect(status).toBe(0);
    if (IS_ROOT) {
      const [update, install, ...more] = aptCalls();
      expect(update).toMatch(/^update noninteractive update /);
      expect(install).toMatch(
        /^install noninteractive install --no-install-recommends .* -y .* fish .* gnome-keyring /,
      );
      expect(more).toEqual([]);
      expect(lines).not.toContainEqual(expect.stringContaining('fish is missing'));
      // This apt-get makes programs by the names of packages, which is not how this one is called.
      expect(lines).toContainEqual(expect.stringMatching(/^gnome-keyring-daemon is missing/));
    } else {
      expect(aptCalls()).toEqual([]);
      expect(lines).toContainEqual(expect.stringContaining('To get it: sudo apt-get install fish'));
    }
  });

  it('gives up after three attempts and shows what apt-get said', () => {
    writeApt('echo "E: no network today" >&2; exit 100');
    const { status, lines } = setUp({ CI: 'true' });
    expect(status).toBe(1);
    expect(aptCalls().filter((call) => call.startsWith('install'))).toHaveLength(IS_ROOT ? 3 : 0);
    expect(lines.filter((line) => line === 'E: no network today')).toHaveLength(IS_ROOT ? 1 : 0);
    expect(lines).toContainEqual(expect.stringMatching(/^fish is missing/));
  });
});
