// The packages for Debian and for Oracle Linux and its relatives, from the tree of an archive: two of each, because
// Oracle's own CLI is called `oci`, too. No package runs a script.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PLATFORMS } from './platforms.mjs';
import { setTimes } from './tree.mjs';

const MAINTAINER = 'The oracle-compute authors <noreply@example.com>';
const SUMMARY = 'Log in to Oracle Compute and OCI from a shell, and stay logged in';
const DESCRIPTION =
  'Gets the short-lived tokens of Oracle Compute Cloud Service and of Oracle Cloud Infrastructure, keeps them where only you can read them, and refreshes them as long as the session allows.';
const SUMMARY_OF_OCI = 'The command oci of oracle-compute';
const DESCRIPTION_OF_OCI =
  "Session commands under the name of Oracle's own CLI. Every other command line is delegated to Oracle's, if it is on the PATH.";

/** Below /usr, what the second package has: the command, its pages and its completions. */
const OF_OCI = /^(?:bin\/oci|share\/man\/man1\/oci[\w-]*\.1\.gz|share\/(?:bash|zsh|fish).*\/_?oci(?:\.fish)?)$/;

/** A version as both sort it: 1.0.0~rc.1 comes before 1.0.0. */
const versionOf = (version) => version.replace('-', '~');

/** Moves the tree below `usr` of a folder, as distributions have it: compressed pages, and a file named copyright. */
function packagedTree(tree, root, isDebian) {
  const usr = join(root, 'usr');
  cpSync(tree, usr, { recursive: true, preserveTimestamps: true });
  const pages = join(usr, 'share', 'man', 'man1');
  for (const page of readdirSync(pages)) {
    writeFileSync(join(pages, `${page}.gz`), gzipSync(readFileSync(join(pages, page)), { level: 9 }), { mode: 0o644 });
    rmSync(join(pages, page));
  }
  if (isDebian) {
    renameSync(join(usr, 'share', 'zsh', 'site-functions'), join(usr, 'share', 'zsh', 'vendor-completions'));
    const folder = join(usr, 'share', 'doc', 'oracle-compute');
    renameSync(join(folder, 'LICENSE'), join(folder, 'copyright'));
  }
  return usr;
}

function filesBelow(root) {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.map((path) => path.slice(root.length + 1)).sort();
}

/** @returns the paths of the packages */
export function buildDebs(name, tree, { version, time, scratch, out }) {
  const architecture = PLATFORMS[name].packages.deb;
  const number = versionOf(version);
  const main = join(scratch, 'deb-main');
  const oci = join(scratch, 'deb-oci');
  packagedTree(tree, main, true);
  for (const file of filesBelow(join(main, 'usr')).filter((each) => OF_OCI.test(each))) {
    mkdirSync(dirname(join(oci, 'usr', file)), { recursive: true });
    renameSync(join(main, 'usr', file), join(oci, 'usr', file));
  }
  const licence = join(oci, 'usr', 'share', 'doc', 'oracle-compute-oci', 'copyright');
  mkdirSync(dirname(licence), { recursive: true });
  copyFileSync('LICENSE', licence);
  const needs = 'libc6 (>= 2.28), libgcc-s1 | libgcc1, libstdc++6 (>= 8)';
  const suggested = 'bash-completion, ca-certificates, libsecret-1-0, man-db';
  return [
    [main, 'oracle-compute', `Depends: ${needs}\nSuggests: ${suggested}\n`, SUMMARY, DESCRIPTION],
    [oci, 'oracle-compute-oci', `Depends: oracle-compute (= ${number})\n`, SUMMARY_OF_OCI, DESCRIPTION_OF_OCI],
  ].map(([root, title, relations, summary, description]) => {
    const files = filesBelow(root);
    const bytes = files.reduce((sum, file) => sum + readFileSync(join(root, file)).length, 0);
    const sums = files.map(
      (file) =>
        `${createHash('md5')
          .update(readFileSync(join(root, file)))
          .digest('hex')}  ${file}\n`,
    );
    mkdirSync(join(root, 'DEBIAN'), { mode: 0o755 });
    writeFileSync(join(root, 'DEBIAN', 'md5sums'), sums.join(''), { mode: 0o644 });
    const control = `Package: ${title}
Version: ${number}
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Installed-Size: ${Math.ceil(bytes / 1024)}
${relations}Section: admin
Priority: optional
Description: ${summary}
 ${description}
`;
    writeFileSync(join(root, 'DEBIAN', 'control'), control, { mode: 0o644 });
    makeOthersReadable(root);
    setTimes(root, time);
    const path = join(out, `${title}_${number}_${architecture}.deb`);
    // A fixed number of threads: with one, xz writes other bytes than with several.
    const compression = ['-Zxz', '-z1', '--threads-max=2'];
    const env = { ...process.env, SOURCE_DATE_EPOCH: String(time) };
    execFileSync('dpkg-deb', ['--root-owner-group', ...compression, '--build', root, path], { env, stdio: 'pipe' });
    return path;
  });
}

/** Folders that were made by the way, under any umask. */
function makeOthersReadable(root) {
  execFileSync('chmod', ['-R', 'u+rwX,go+rX,go-w', root]);
}

/** @returns the paths of the packages */
export function buildRpms(name, tree, { version, time, scratch, out }) {
  const architecture = PLATFORMS[name].packages.rpm;
  const root = join(scratch, 'rpm-tree');
  packagedTree(tree, root, false);
  makeOthersReadable(root);
  setTimes(root, time);
  const files = filesBelow(join(root, 'usr'));
  const spec = join(scratch, 'oracle-compute.spec');
  writeFileSync(spec, specOf(versionOf(version), root, files));
  const macros = {
    _topdir: join(scratch, 'rpm'),
    _rpmdir: join(scratch, 'rpms'),
    _rpmfilename: '%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm',
    _buildhost: 'localhost',
    use_source_date_epoch_as_buildtime: '1',
    clamp_mtime_to_source_date_epoch: '1',
    source_date_epoch_from_changelog: '0',
    _build_id_links: 'none',
    debug_package: '%{nil}',
    __os_install_post: '%{nil}',
    // Oracle Linux 8 reads it; a fixed number of threads, as above.
    _binary_payload: 'w1T2.xzdio',
  };
  const options = Object.entries(macros).flatMap(([key, value]) => ['--define', `${key} ${value}`]);
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(time), LC_ALL: 'C.UTF-8', TZ: 'UTC' };
  execFileSync('rpmbuild', ['-bb', '--quiet', `--target=${architecture}-linux`, ...options, spec], {
    env,
    stdio: 'pipe',
  });
  return readdirSync(macros._rpmdir)
    .sort()
    .map((file) => {
      renameSync(join(macros._rpmdir, file), join(out, file));
      return join(out, basename(file));
    });
}

function specOf(version, root, files) {
  const [ofOci, ofMain] = [true, false].map((isOci) =>
    files.filter((file) => OF_OCI.test(file) === isOci && !file.startsWith('lib/')),
  );
  const listed = (paths) => paths.map((file) => `${/^share\/doc/.test(file) ? '%doc ' : ''}"/usr/${file}"\n`).join('');
  // Who has these shells has these folders, too; without the shells they would stay behind.
  const folders = [
    ...['bash-completion', 'bash-completion/completions', 'zsh', 'zsh/site-functions'],
    ...['fish', 'fish/vendor_completions.d', 'doc/oracle-compute'],
  ];
  return `Name: oracle-compute
Version: ${version}
Release: 1
Summary: ${SUMMARY}
License: MIT
URL: https://www.npmjs.com/package/oracle-compute
AutoReqProv: no
Requires: /bin/sh
Requires: libc.so.6(GLIBC_2.28)(64bit)
Requires: libgcc_s.so.1()(64bit)
Requires: libstdc++.so.6(GLIBCXX_3.4.21)(64bit)
Suggests: libsecret

%description
${DESCRIPTION}

%package oci
Summary: ${SUMMARY_OF_OCI}
AutoReqProv: no
Requires: oracle-compute = ${version}-1

%description oci
${DESCRIPTION_OF_OCI}

%install
mkdir -p %{buildroot}
cp -a "${root}/usr" %{buildroot}/

%files
%defattr(-,root,root,-)
/usr/lib/oracle-compute
${folders.map((folder) => `%dir "/usr/share/${folder}"\n`).join('')}${listed(ofMain)}
%files oci
%defattr(-,root,root,-)
${listed(ofOci)}`;
}
