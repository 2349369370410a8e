import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const FOLDER = '.github/workflows';

const workflows = readdirSync(FOLDER).map((file) => ({ file, text: readFileSync(`${FOLDER}/${file}`, 'utf8') }));

describe.each(workflows)('$file', ({ text }) => {
  it('may only read, unless a job says otherwise', () => {
    expect(text).toMatch(/^permissions:\n {2}contents: read\n/m);
  });

  it('uses the forge’s own actions only, by their commit, and leaves no credentials in a checkout', () => {
    const used = [...text.matchAll(/uses: (.*)/g)].map(([, action]) => action);
    expect(used.length).toBeGreaterThan(1);
    for (const action of used) expect(action).toMatch(/^actions\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    const checkouts = text.match(/uses: actions\/checkout@.*\n\s+with:\n\s+persist-credentials: false/g) ?? [];
    expect(checkouts).toHaveLength(text.match(/actions\/checkout@/g)?.length ?? 0);
  });

  it('puts no text that a stranger can choose into a shell', () => {
    const lines = text.split('\n').filter((line) => line.includes('${{'));
    for (const line of lines) expect(line).toMatch(/^\s*(?:group|GH_TOKEN|GH_REPO): /);
  });
});

describe('publishing', () => {
  const text = workflows.find(({ file }) => file === 'publish.yml')?.text ?? '';
  const [pack = '', publish = ''] = text.split(/^ {2}publish:$/m);

  it('begins with a tag, and runs all tests before anything else', () => {
    expect(text).toMatch(/^on:\n {2}push:\n {4}tags: \['v\*'\]\n\n/m);
    const steps = ['tools/check-release.mjs', 'bash .ci/run', 'npm run test:dist', 'npm pack', 'upload-artifact'];
    const places = steps.map((step) => pack.indexOf(step));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(publish).toMatch(/^ {4}needs: \[pack, macos, windows\]$/m);
  });

  it('signs where nothing of the repository is run', () => {
    expect(pack).not.toContain('id-token');
    expect(publish).toContain('id-token: write');
    expect(publish).toMatch(/attest-build-provenance@.*\n\s+with:\n\s+subject-path: release\/\*\n/);
    expect(publish).toMatch(/npm publish --provenance .*--ignore-scripts \.\/release\/\*\.tgz/);
    expect(publish).not.toMatch(/actions\/checkout|npm (?:ci|install|run|test)|secrets\./);
  });
});
