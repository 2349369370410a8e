// Writes the bill of materials of what is published, as CycloneDX JSON: node tools/sbom.mjs FILE.
//
// `npm sbom` knows what is installed beside the package, but counts what is bundled into it as tools of development.
// So its list of everything is taken, and what is not in the package, or installed with it, is left out.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const DEVELOPMENT = 'cdx:npm:package:development';
const BUNDLED = { name: 'cdx:npm:package:bundled', value: 'true' };

/** @param bundled `name@version` of each package in the bundle */
export function publishedOnly(all, name, bundled) {
  const isInstalled = ({ properties = [] }) => !properties.some((property) => property.name === DEVELOPMENT);
  const components = all.components
    .filter((component) => bundled.has(component['bom-ref']) || isInstalled(component))
    .map((component) => (bundled.has(component['bom-ref']) ? { ...component, properties: [BUNDLED] } : component));
  const root = { ...all.metadata.component, name, type: 'application' };
  const kept = new Set([root, ...components].map((component) => component['bom-ref']));
  const missing = [...bundled].filter((ref) => !kept.has(ref));
  if (missing.length > 0) throw new Error(`bundled, and unknown to npm: ${missing.join(', ')}`);
  const dependencies = all.dependencies
    .filter(({ ref }) => kept.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => kept.has(each)) }));
  return { ...all, metadata: { ...all.metadata, component: root }, components, dependencies };
}

const [, , file] = process.argv;
if (file !== undefined) {
  const { name } = JSON.parse(readFileSync('package.json', 'utf8'));
  const packages = JSON.parse(readFileSync('build/bundled-packages.json', 'utf8'));
  const bundled = new Set(packages.map((each) => `${each.name}@${each.version}`));
  const output = execFileSync('npm', ['sbom', '--sbom-format=cyclonedx'], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  const bill = publishedOnly(JSON.parse(output), name, bundled);
  writeFileSync(file, `${JSON.stringify(bill, undefined, 2)}\n`);
  process.stderr.write(`${file}: ${bill.components.length} components\n`);
}
