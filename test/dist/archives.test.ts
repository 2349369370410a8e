import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalAuthority } from '../../fixtures/local-tls.js';
import { cleanEnvironment, runProgram } from '../support/program.js';
import { programBench } from '../support/program-bench.js';
import { temporaryHome, writeFileWithMode } from '../support/temporary-home.js';
import { arm64Libraries, DEBIAN_TREE } from './debian.js';
import { released, VERSION } from './release.js';

const MOST_BYTES = 45_000_000;
const TOP = `oracle-compute-${VERSION}`;
const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'darwin-x64', 'win-x64'];
const archiveOf = (platform: string) => released(`${TOP}-${platform}.${platform === 'win-x64' ? 'zip' : 'tar.gz'}`);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'archives of-'));
  execFileSync('chmod', ['755', folder]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Unpacks an archive, once for each platform: the folder. */
function unpacked(platform: string): string {
  const place = join(folder, platform);
  if (!statSync(place, { throwIfNoEntry: false })) {
    mkdirSync(place);
    if (platform === 'win-x64') execFileSync('unzip', ['-q', archiveOf(platform), '-d', place]);
    else execFileSync('tar', ['-xzf', archiveOf(platform), '-C', place]);
  }
  return join(place, TOP);
}

/** All files with their modes, but those that are many. */
function filesOf(root: string): string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => `${path.slice(root.length + 1)} ${(statSync(path).mode & 0o777).toString(8)}`)
    .sort();
}

const MANY =
  /^(?:lib\/oracle-compute\/dist\/bin|lib\/oracle-compute\/node_modules\/@redis\/client\/dist|share\/man\/man1)\//;

describe.each(PLATFORMS)('the archive for %s', (platform) => {
  it('has the program, its Node, the native parts of this platform, pages, completions and licences', () => {
    const root = unpacked(platform);
    const [ending, native] = platform === 'win-x64' ? ['.cmd', 'win32-x64'] : ['', platform];
    const files = filesOf(root);
    const few = files.filter((file) => !MANY.test(file)).map((file) => file.split(' ')[0]);
    const home = 'lib/oracle-compute';
    const modules = `${home}/node_modules`;
    expect(few).toEqual(
      [
        ...[`bin/oci${ending}`, `bin/oracle-compute${ending}`, `${home}/node${platform === 'win-x64' ? '.exe' : ''}`],
        ...[`${modules}/@redis/client/package.json`, `${modules}/keytar/lib/keytar.js`],
        ...['fs-native-extensions', 'keytar'].flatMap((name) => [
          `${modules}/${name}/package.json`,
          `${modules}/${name}/prebuilds/${native}/${name}.node`,
        ]),
        ...['CHANGELOG.md', 'LICENSE', 'NODE-LICENSE.txt', 'README.md', 'THIRD-PARTY-NOTICES.txt'].map(
          (file) => `share/doc/oracle-compute/${file}`,
        ),
        ...['oracle-compute', 'oci'].flatMap((name) => [
          `share/bash-completion/completions/${name}`,
          `share/fish/vendor_completions.d/${name}.fish`,
          `share/zsh/site-functions/_${name}`,
        ]),
      ].sort(),
    );
    expect(readdirSync(join(root, 'share', 'man', 'man1')).sort()).toEqual(readdirSync('dist/man').sort());
    expect(readdirSync(join(root, home, 'dist', 'bin')).sort()).toEqual(readdirSync('dist/bin').sort());
    const runnable = files.filter((file) => file.endsWith(' 755')).map((file) => file.split(' ')[0]);
    if (platform !== 'win-x64') expect(runnable).toEqual(['bin/oci', 'bin/oracle-compute', `${home}/node`]);
    expect(files.filter((file) => !/ (?:755|644)$/.test(file))).toEqual([]);
  });

  it('is small, and has the licences of all that is in it', () => {
    expect(statSync(archiveOf(platform)).size).toBeLessThanOrEqual(MOST_BYTES);
    const read = (file: string) =>
      readFileSync(join(unpacked(platform), 'share', 'doc', 'oracle-compute', file), 'utf8');
    expect(read('NODE-LICENSE.txt')).toContain('Copyright Node.js contributors');
    for (const name of ['@redis/client', '@github/keytar', 'fs-native-extensions', 'got', 'yargs']) {
      expect(read('THIRD-PARTY-NOTICES.txt')).toMatch(new RegExp(`^-{80}\n\n${name} `, 'm'));
    }
  });
});

/** Runs a command as an ordinary user, who can read what root has unpacked. */
function asUser(words: readonly string[], options: Parameters<typeof runProgram>[1]) {
  execFileSync('chown', ['-R', '1000:1000', options.env.HOME ?? '']);
  return runProgram(words, options, ['setpriv', '--reuid=1000', '--regid=1000', '--clear-groups']);
}

describe('the launcher', () => {
  it.each([
    ['by its path, which has a blank', (bin: string) => [join(bin, 'oracle-compute')]],
    ['by a path with dots', (bin: string) => [`${bin}/../bin/.//oracle-compute`]],
    ['by a relative path', (bin: string) => ['sh', '-c', `cd '${dirname(bin)}' && ./bin/oracle-compute "$@"`, 'sh']],
    ['by the name alone', (bin: string) => ['sh', '-c', `PATH="${bin}:$PATH" oracle-compute "$@"`, 'sh']],
    [
      'through a chain of links',
      (bin: string, links: string) => {
        symlinkSync(join(bin, 'oracle-compute'), join(links, 'one'));
        symlinkSync('one', join(links, 'two'));
        return [join(links, 'two')];
      },
    ],
    [
      'through a link to its folder',
      (bin: string, links: string) => {
        symlinkSync(bin, join(links, 'programs'));
        return [join(links, 'programs', 'oracle-compute')];
      },
    ],
    ['by the sh of busybox', (bin: string) => ['busybox', 'sh', join(bin, 'oracle-compute')]],
    ['by bash', (bin: string) => ['bash', '--posix', join(bin, 'oracle-compute')]],
  ])('starts the program %s', async (_title, commandOf) => {
    const home = temporaryHome();
    const links = temporaryHome();
    execFileSync('chmod', ['755', links]);
    const command = commandOf(join(unpacked('linux-x64'), 'bin'), links);
    const env = cleanEnvironment(home, { NODE_OPTIONS: '--require /nonexistent.js', CDPATH: '/' });
    const { status, stdout, stderr } = await asUser([...command, '--version'], { env });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${VERSION}\n`, stderr: '' });
  });

  it('says on another machine which package this is', async () => {
    const program = [join(unpacked('linux-arm64'), 'bin', 'oracle-compute')];
    const { status, stderr } = await runProgram(['--version'], { env: cleanEnvironment(temporaryHome()) }, program);
    expect(status).toBe(126);
    expect(stderr).toMatch(
      /^oracle-compute: this is the package for Linux on aarch64 with glibc, .* Linux x86_64: .*\n$/,
    );
  });

  it('gives its own path to schedule, and doctor says when the archive was moved', async () => {
    const { home, env } = await programBench();
    const place = join(temporaryHome(), 'Jack’s programs');
    cpSync(unpacked('linux-x64'), place, { recursive: true });
    const link = join(home, 'oracle-compute');
    symlinkSync(join(place, 'bin', 'oracle-compute'), link);
    const entryOf = async (program: string) => {
      const { stdout } = await runProgram(['schedule', 'cron'], { env }, [program]);
      writeFileWithMode(join(home, 'bin', 'crontab'), `#!/bin/sh\ncat <<'END'\n${stdout}END\n`, 0o755);
      return stdout;
    };
    const examine = async (program: string) => {
      const options = { env: { ...env, PATH: `${home}/bin:${env.PATH}` } };
      const { stdout } = await runProgram(['doctor', '-f', 'json'], options, [program]);
      const { list } = JSON.parse(stdout) as { list: { check: string; state: string; message: string }[] };
      return list.filter(({ check }) => check === 'schedule');
    };
    expect(await entryOf(link)).toContain(`* * * * ${link} refresh_token -q `);
    expect(await examine(link)).toMatchObject([{ state: 'pass' }]);
    expect(await entryOf(join(place, 'bin', 'oracle-compute'))).toContain(`* * * * '${place}/bin/oracle-compute' `);
    renameSync(place, `${place} 2`);
    expect(await examine(join(`${place} 2`, 'bin', 'oracle-compute'))).toMatchObject([
      { state: 'fail', message: expect.stringContaining(`${place}/bin/oracle-compute`) },
    ]);
  });

  it('of Windows keeps NODE_OPTIONS from Node, and passes on words and exit status', () => {
    for (const name of ['oracle-compute', 'oci']) {
      const text = readFileSync(join(unpacked('win-x64'), 'bin', `${name}.cmd`), 'utf8');
      expect(text.replaceAll('\r\n', '')).not.toContain('\n');
      expect(text.split('\r\n')).toEqual(
        expect.arrayContaining([
          'set "NODE_OPTIONS="',
          `"%~dp0..\\lib\\oracle-compute\\node.exe" "%~dp0..\\lib\\oracle-compute\\dist\\bin\\${name}.js" %*`,
          'exit /b %ERRORLEVEL%',
        ]),
      );
    }
  });
});

describe('on arm64', () => {
  /** Runs the program of the archive in an emulator, with Debian's libraries. */
  const emulated = (home: string) => {
    const root = join(unpacked('linux-arm64'), 'lib', 'oracle-compute');
    execFileSync('chmod', ['755', home]);
    return [
      'qemu-aarch64-static',
      '-L',
      arm64Libraries(),
      join(root, 'node'),
      join(root, 'dist/bin/oracle-compute.js'),
    ];
  };

  // The emulator takes twenty times as long as the processor.
  it('the program logs in over TLS, and processes share one refresh', async () => {
    const tls = await createLocalAuthority();
    const bench = await programBench({ tls });
    const env = { ...bench.env, OPC_CA_BUNDLE: writeFileWithMode(join(bench.home, 'ca.pem'), tls.certificatePem) };
    const program = emulated(bench.home);
    const run = (...words: string[]) => runProgram(words, { env }, program);
    expect(await run('--version')).toMatchObject({ status: 0, stdout: `${VERSION}\n`, stderr: '' });
    expect(await run('auth')).toMatchObject({ status: 0, stderr: '' });
    expect(bench.service.logins).toBe(1);
    await bench.storeOldSession();
    const many = await Promise.all(Array.from({ length: 4 }, () => run('refresh_token', '-q', '--min-valid', '10m')));
    expect(many.map(({ status, stderr }) => ({ status, stderr }))).toEqual(many.map(() => ({ status: 0, stderr: '' })));
    expect(bench.service.refreshes).toBe(1);
  }, 1_200_000);
});

describe('the rpm packages', () => {
  const rpmOf = (name: string, architecture = 'x86_64') => released(`${name}-${VERSION}-1.${architecture}.rpm`);
  const rpm = (...words: string[]) => execFileSync('rpm', words, { encoding: 'utf8' });

  it.each(['x86_64', 'aarch64'])('for %s run no script, and need what Node needs', (architecture) => {
    const [main, oci] = ['oracle-compute', 'oracle-compute-oci'].map((name) => rpmOf(name, architecture)) as [
      string,
      string,
    ];
    expect(rpm('-K', main, oci)).toMatch(/^(?:.*: digests OK\n){2}$/);
    expect(rpm('-qp', '--scripts', '--triggers', main, oci)).toBe('');
    expect(rpm('-qp', '--qf', '%{ARCH} %{BUILDHOST} %{BUILDTIME}\n', main)).toMatch(`${architecture} localhost `);
    const needs = rpm('-qp', '--requires', main)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('rpmlib('));
    expect(needs).toEqual([
      '/bin/sh',
      'libc.so.6(GLIBC_2.28)(64bit)',
      'libgcc_s.so.1()(64bit)',
      'libstdc++.so.6(GLIBCXX_3.4.21)(64bit)',
    ]);
    expect(rpm('-qp', '--requires', oci)).toContain(`oracle-compute = ${VERSION}-1\n`);
    const modes = rpm('-qlvp', main, oci).trim().split('\n');
    expect(modes.filter((line) => !/^(?:-rw-r--r--|-rwxr-xr-x|drwxr-xr-x) +\d+ root +root /.test(line))).toEqual([]);
    const runnable = modes.filter((line) => line.startsWith('-rwx')).map((line) => line.split(' ').at(-1));
    expect(runnable.sort()).toEqual(['/usr/bin/oci', '/usr/bin/oracle-compute', '/usr/lib/oracle-compute/node']);
    expect(rpm('-qlp', main)).not.toMatch(/\/oci[\w-]*(?:\.1\.gz|\.fish)?$|\/_oci$/m);
  });

  it('install below another root, run there, and leave nothing', async () => {
    const root = join(folder, 'rpm-root');
    mkdirSync(root);
    const at = ['--root', root, '--dbpath', '/var/lib/rpm'];
    rpm(...at, '--initdb');
    rpm(...at, '-i', '--nodeps', rpmOf('oracle-compute'), rpmOf('oracle-compute-oci'));
    const env = cleanEnvironment(temporaryHome());
    for (const name of ['oracle-compute', 'oci']) {
      const { stdout } = await runProgram(['--version'], { env }, [join(root, 'usr', 'bin', name)]);
      expect(stdout).toBe(`${VERSION}\n`);
    }
    rpm(...at, '-V', '--nodeps', 'oracle-compute', 'oracle-compute-oci');
    rpm(...at, '-e', 'oracle-compute', 'oracle-compute-oci');
    expect(filesOf(join(root, 'usr')).filter((file) => !file.startsWith('lib/sysimage'))).toEqual([]);
  });
});

describe('the other files of a release', () => {
  it('have the sums of all the others', () => {
    const files = execFileSync('sha256sum', ['--check', 'SHA256SUMS'], { cwd: 'release', encoding: 'utf8' });
    const named = [...files.matchAll(/^(.*): OK$/gm)].map(([, file]) => file);
    expect([...named, 'SHA256SUMS'].sort()).toEqual(readdirSync('release').sort());
    const formula = readFileSync(released('oracle-compute.rb'), 'utf8');
    const sums = readFileSync(released('SHA256SUMS'), 'utf8');
    const pairs = [...formula.matchAll(/url "https:\S*\/(\S+)"\n\s+sha256 "(\w+)"/g)];
    expect(pairs).toHaveLength(4);
    for (const [, file, sum] of pairs) expect(sums).toContain(`${sum}  ${file}\n`);
  });

  it('have a bill of materials with the Node of each platform, and no time of the build', () => {
    const bill = JSON.parse(readFileSync(released('sbom.cdx.json'), 'utf8'));
    const nodes = bill.components.filter(({ name }: { name: string }) =>
      /^node-(?:bin-)?(?:linux|darwin|win)-/.test(name),
    );
    expect(nodes).toHaveLength(PLATFORMS.length);
    const ofCommit = () => execFileSync('git', ['log', '-1', '--format=%ct'], { encoding: 'utf8' });
    const built = process.env.SOURCE_DATE_EPOCH ?? ofCommit();
    expect(bill).toMatchObject({ metadata: { timestamp: new Date(Number(built) * 1000).toISOString() } });
    expect(bill).not.toHaveProperty('serialNumber');
  });

  it('have a Dockerfile whose image starts without a shell, as another user than root', async () => {
    const file = readFileSync(released('Dockerfile'), 'utf8');
    const added = [...file.matchAll(/^ADD (\S+) \/opt\/$/gm)].map(([, name = '']) => released(name));
    expect(added).toEqual([archiveOf('linux-x64'), archiveOf('linux-arm64')]);
    expect(file).toContain('\nUSER nonroot\n');
    const [, entry = '[]'] = /^ENTRYPOINT (.*)$/m.exec(file) ?? [];
    // What the base image has: the libraries of C and C++, and no shell.
    const root = join(folder, 'image');
    const libraries = ['libc', 'libm', 'libdl', 'libpthread', 'libgcc_s', 'libstdc++'];
    for (const pattern of [
      'lib64/ld-linux-x86-64.so.2',
      ...libraries.map((name) => `lib/x86_64-linux-gnu/${name}.so.?`),
    ]) {
      const [path = ''] = execFileSync(
        'sh',
        ['-c', `echo ${join(DEBIAN_TREE, pattern)} ${join(DEBIAN_TREE, 'usr', pattern)}`],
        { encoding: 'utf8' },
      )
        .trim()
        .split(' ')
        .filter((each) => statSync(each, { throwIfNoEntry: false }));
      mkdirSync(dirname(join(root, pattern)), { recursive: true });
      cpSync(path, join(root, dirname(pattern), path.split('/').at(-1) ?? ''), { dereference: true });
    }
    mkdirSync(join(root, 'proc'));
    cpSync(unpacked('linux-x64'), join(root, 'opt', TOP), { recursive: true });
    const enter = 'mount -t proc proc "$0/proc"; exec chroot --userspec=65532:65532 --groups= "$0" "$@"';
    const image = ['unshare', '--mount', 'sh', '-euc', enter, root, ...(JSON.parse(entry) as string[])];
    const env = { PATH: process.env.PATH, HOME: '/home/nonroot', NODE_OPTIONS: '' };
    expect(await runProgram(['--version'], { env }, image)).toMatchObject({
      status: 0,
      stdout: `${VERSION}\n`,
      stderr: '',
    });
    expect(await runProgram(['status', '-q'], { env }, image)).toMatchObject({ status: 10 });
  });

  it('are the same bytes in a second build', () => {
    const out = join(folder, 'again');
    execFileSync(process.execPath, ['tools/dist/main.mjs', '--out', out, 'linux-x64'], { stdio: 'ignore' });
    const files = readdirSync(out).filter((file) => file !== 'SHA256SUMS');
    expect(files).toHaveLength(5);
    const lines = (path: string) => readFileSync(path, 'utf8').trim().split('\n');
    expect(lines(released('SHA256SUMS'))).toEqual(expect.arrayContaining(lines(join(out, 'SHA256SUMS'))));
  });
});
