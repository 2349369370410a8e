import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { npm, npmEnvironment, packThis } from '../package/npm.js';
import { startRegistry } from '../package/registry.js';
import { runProgram } from '../support/program.js';
import { programBench } from '../support/program-bench.js';
import { filesBelow, temporaryHome, writeFileWithMode } from '../support/temporary-home.js';
import { newDebian } from './debian.js';
import { released, VERSION } from './release.js';

/** The lines that install, those for beside another oci, and those that uninstall. */
const page = readFileSync('docs/install.md', 'utf8');
const blocks = [...page.matchAll(/^```sh\n(.*?)^```/gms)].map(([, text = '']) => text.trim().split('\n'));
const [installing = [], besideAnother = [], uninstalling = []] = blocks;

/** Stand for what a minimal Debian does not have. `apt` asks before it removes. */
const STANDINS = `
sudo() { yes | "$@"; }
crontab() { echo "crontab $*" >>called; }
systemctl() { echo "systemctl $*" >>called; }
`;

it('each line of docs/install.md that needs no Node installs, and uninstalls, on a machine without Node', async () => {
  const debian = newDebian();
  onTestFinished(() => debian.remove());
  const isRunHere = (line: string) => !/^(?:npm|sudo dnf) /.test(line);
  expect(installing.filter(isRunHere)).toHaveLength(4);
  const root = join(debian.root, 'root');
  const { home, env, service } = await programBench();
  cpSync(released(`oracle-compute_${VERSION}_amd64.deb`), join(root, `oracle-compute_${VERSION}_amd64.deb`));
  cpSync(
    released(`oracle-compute-${VERSION}-linux-x64.tar.gz`),
    join(home, `oracle-compute-${VERSION}-linux-x64.tar.gz`),
  );
  const isForRoot = (line: string) => line.startsWith('sudo ');

  const before = debian.paths();
  const asRoot = (lines: readonly string[]) =>
    debian.asRoot(`set -e\n${STANDINS}${lines.filter(isForRoot).join('\n')}`);
  expect(await asRoot(installing.filter(isRunHere))).toMatchObject({ status: 0 });
  expect(debian.paths().length).toBeGreaterThan(before.length);
  const asUser = (lines: readonly string[], after: string) =>
    debian.asUser(`set -e\n${STANDINS}${lines.filter((line) => !isForRoot(line)).join('\n')}\n${after}`, { home, env });
  const login = 'PATH="$HOME/.local/bin:$PATH"; oracle-compute auth >/dev/null; command -v oracle-compute; ls -A .opc';
  expect(await asUser(installing.filter(isRunHere), login)).toEqual(
    expect.objectContaining({ status: 0, stdout: `${home}/.local/bin/oracle-compute\ncookies\n`, stderr: '' }),
  );
  expect(service.logins).toBe(1);

  for (const name of ['oracle-compute-1.service', 'oracle-compute-1.timer', 'oci-session-2.timer', 'another.timer']) {
    writeFileWithMode(join(home, '.config', 'systemd', 'user', name), '');
  }
  expect(await asUser(uninstalling, '')).toMatchObject({ status: 0 });
  expect(readFileSync(join(home, 'called'), 'utf8')).toBe(
    'crontab -e\nsystemctl --user disable --now oci-session-2.timer oracle-compute-1.timer\n',
  );
  expect(filesBelow(join(home, '.config', 'systemd', 'user')).map((file) => file.split(' ')[0])).toEqual([
    'another.timer',
  ]);
  expect([existsSync(join(home, '.opc')), existsSync(join(home, '.local', 'opt', 'oracle-compute'))]).toEqual([
    false,
    false,
  ]);
  expect(await asRoot(uninstalling)).toMatchObject({ status: 0 });
  expect(debian.paths()).toEqual(before);
});

it('npm leaves another oci alone, and docs/install.md says how to install beside it', async () => {
  const home = temporaryHome();
  const registry = await startRegistry();
  onTestFinished(() => registry.close());
  const tarball = join(home, (await packThis(home)).filename);
  const theirs = writeFileWithMode(join(home, 'prefix', 'bin', 'oci'), '#!/bin/sh\n', 0o755);
  const at = [`--registry=${registry.url}`, '--ignore-scripts'];
  const ordinary = ['install', '--global', '--prefix', join(home, 'prefix'), ...at, tarball];
  await expect(npm(ordinary, { home, cwd: home })).rejects.toThrow('EEXIST');
  expect(readFileSync(theirs, 'utf8')).toBe('#!/bin/sh\n');
  mkdirSync(join(home, '.local', 'bin'), { recursive: true });
  const lines = besideAnother.map((line) => line.replace(/ oracle-compute$/, ` ${at.join(' ')} ${tarball}`));
  const env = { ...npmEnvironment(home) };
  const script = `set -e\n${lines.join('\n')}\n~/.local/bin/oracle-compute --version`;
  const { status, stdout, stderr } = await runProgram(['-c', script], { env, cwd: home }, ['sh']);
  expect({ status, version: stdout.trim().split('\n').at(-1) }, stderr).toEqual({ status: 0, version: VERSION });
  const own = join(home, '.local', 'opt', 'oracle-compute');
  await npm(['uninstall', '--global', '--prefix', own, 'oracle-compute'], { home, cwd: home });
  expect(
    filesBelow(own).filter((file) => !/^(?:bin|lib|share)(?:\/(?:node_modules|man|man\/man1))? /.test(file)),
  ).toEqual([]);
});
