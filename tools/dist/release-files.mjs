// What goes beside the archives: the bill of materials, Homebrew's formula, a Dockerfile, the sums.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { PLATFORMS } from './platforms.mjs';

export function sha256(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** npm's bill of materials, with Node; without the number and the time by which two of one commit would differ. */
export function writeBill(out, time) {
  const bill = JSON.parse(execFileSync('npm', ['run', '--silent', 'sbom'], { encoding: 'utf8' }));
  for (const { node, version, integrity } of Object.values(PLATFORMS)) {
    bill.components.push({
      'bom-ref': `${node}@${version}`,
      type: 'application',
      name: node,
      version,
      purl: `pkg:npm/${node}@${version}`,
      hashes: [{ alg: 'SHA-512', content: Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex') }],
      licenses: [{ license: { id: 'MIT' } }],
    });
  }
  delete bill.serialNumber;
  bill.metadata.timestamp = new Date(time * 1000).toISOString();
  writeFileSync(join(out, 'sbom.cdx.json'), `${JSON.stringify(bill, undefined, 2)}\n`);
}

/** @param url the folder from which the archives can be fetched */
export function writeFormula(out, version, url) {
  const source = (name) => {
    const file = `oracle-compute-${version}-${name}.tar.gz`;
    return `url "${url}/${file}"\n      sha256 "${sha256(join(out, file))}"`;
  };
  writeFileSync(
    join(out, 'oracle-compute.rb'),
    `class OracleCompute < Formula
  desc "Log in to Oracle Compute and OCI from a shell, and stay logged in"
  homepage "https://www.npmjs.com/package/oracle-compute"
  version "${version}"
  license "MIT"

  on_macos do
    on_arm do
      ${source('darwin-arm64')}
    end
    on_intel do
      ${source('darwin-x64')}
    end
  end

  on_linux do
    on_arm do
      ${source('linux-arm64')}
    end
    on_intel do
      ${source('linux-x64')}
    end
  end

  # Oracle's own CLI, the formula oci-cli, has a command of this name.
  conflicts_with "oci-cli", because: "both install the command oci"

  def install
    libexec.install Dir["*"]
    bin.install_symlink Dir[libexec/"bin/*"]
    man1.install_symlink Dir[libexec/"share/man/man1/*"]
    bash_completion.install_symlink Dir[libexec/"share/bash-completion/completions/*"]
    zsh_completion.install_symlink Dir[libexec/"share/zsh/site-functions/*"]
    fish_completion.install_symlink Dir[libexec/"share/fish/vendor_completions.d/*"]
  end

  test do
    assert_equal version.to_s, shell_output("#{bin}/oracle-compute --version").strip
  end
end
`,
  );
}

/** An image without a shell: Node is started without the launcher, and by another user than root. */
export function writeDockerfile(out, version) {
  const stages = { amd64: 'linux-x64', arm64: 'linux-arm64' };
  const texts = Object.entries(stages).map(
    ([architecture, name]) =>
      `FROM gcr.io/distroless/cc-debian12:nonroot AS ${architecture}\nADD oracle-compute-${version}-${name}.tar.gz /opt/\n`,
  );
  const home = `/opt/oracle-compute-${version}/lib/oracle-compute`;
  const entry = JSON.stringify([`${home}/node`, `${home}/dist/bin/oracle-compute.js`]);
  const last = `FROM \${TARGETARCH}\nENV NODE_OPTIONS=""\nUSER nonroot\nENTRYPOINT ${entry}\n`;
  writeFileSync(join(out, 'Dockerfile'), `# docker build -t oracle-compute release/\n${texts.join('\n')}\n${last}`);
}

/** SHA256SUMS, which `sha256sum --check` reads. */
export function writeSums(out) {
  const files = readdirSync(out).filter((file) => file !== 'SHA256SUMS');
  const lines = files.sort().map((file) => `${sha256(join(out, file))}  ${basename(file)}\n`);
  writeFileSync(join(out, 'SHA256SUMS'), lines.join(''));
}
