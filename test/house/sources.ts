import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** An import of a file: by a statement or by `import()`, of values or of types only. */
export interface Edge {
  readonly file: string;
  /** A path from the root of the checkout, or the name of a package. */
  readonly target: string;
  readonly typesOnly: boolean;
}

/** The source files in folders, by their paths from the root of the checkout. */
export function sourceFiles(...folders: string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.m?ts$|\.mjs$/.test(name) && !name.endsWith('.d.mts') && !name.includes('node_modules'))
      .map((name) => join(folder, name)),
  );
}

/** A file without its comments and its texts; of templates, what is computed in them. */
export function codeOf(file: string): string {
  return readFileSync(file, 'utf8').replace(
    /\/\*[\s\S]*?\*\/|\/\/.*$|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/gm,
    (match) => (match.startsWith('`') ? (match.match(/\$\{[^}]*\}/g) ?? []).join() : ''),
  );
}

const STATEMENT = /^(?:import|export)\b([^'"`;]*?)\bfrom\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]/gm;
const CALL = /\b(?:import|require)\(\s*['"`]([^'"`]+)['"`]\s*\)/g;

export function importsOf(file: string): Edge[] {
  const source = sourceOf(file);
  const statements = [...source.matchAll(STATEMENT)].map(([, names = '', from, bare = '']) => ({
    target: from ?? bare,
    typesOnly: from !== undefined && isTypesOnly(names),
  }));
  const calls = [...source.matchAll(CALL)].map(([, target = '']) => ({ target, typesOnly: false }));
  return [...statements, ...calls].map(({ target, typesOnly }) => ({ file, target: located(file, target), typesOnly }));
}

function sourceOf(file: string): string {
  return readFileSync(file, 'utf8').replace(/^\s*(?:\*|\/\/).*$/gm, '');
}

/** The edges with those to files that only hand names on led to the files that define them: a bundle has no others. */
export function throughDoors(edges: readonly Edge[], doors: readonly string[]): Edge[] {
  const owners = new Map(doors.map((door) => [door, namesFrom(door)]));
  return edges.flatMap((edge) => {
    const owner = owners.get(edge.target);
    if (!owner || doors.includes(edge.file)) return [edge];
    const used = namesFrom(edge.file, edge.target);
    return [...used].map(([name, { typesOnly }]) => ({
      ...edge,
      target: owner.get(name)?.target ?? edge.target,
      typesOnly,
    }));
  });
}

/** What a file imports or hands on by name, and from where. @param only from this file */
function namesFrom(file: string, only?: string): Map<string, { target: string; typesOnly: boolean }> {
  const names = new Map<string, { target: string; typesOnly: boolean }>();
  for (const [, list = '', from] of sourceOf(file).matchAll(STATEMENT)) {
    const target = from === undefined ? '' : located(file, from);
    if (only !== undefined && target !== only) continue;
    const areTypes = /^\s*type\b/.test(list);
    for (const part of /\{([^}]*)\}/.exec(list)?.[1]?.split(',') ?? []) {
      const [, type, first = '', alias] = /^\s*(type\s+)?(\w+)(?:\s+as\s+(\w+))?\s*$/.exec(part) ?? [];
      const name = only === undefined ? (alias ?? first) : first;
      if (name !== '') names.set(name, { target, typesOnly: areTypes || type !== undefined });
    }
  }
  return names;
}

/** `import type …`, and `import { type A, type B } …`. */
function isTypesOnly(names: string): boolean {
  if (/^\s*type\b/.test(names)) return true;
  const inBraces = /^\s*\{([^}]*)\}\s*$/.exec(names)?.[1];
  if (inBraces === undefined) return false;
  return inBraces.split(',').every((name) => name.trim() === '' || /^\s*type\s/.test(name));
}

function located(file: string, target: string): string {
  if (!target.startsWith('.')) return target;
  return relative('.', resolve(dirname(file), target)).replace(/\.js$/, '.ts');
}

/** Files that import each other in a circle, a group for each circle. */
export function circlesIn(edges: readonly Edge[]): string[][] {
  const files = [...new Set(edges.map(({ file }) => file))];
  const targets = targetsOf(edges);
  const reached = new Map(files.map((file) => [file, reachedFrom(targets.get(file) ?? [], targets)]));
  const inOneCircle = (a: string, b: string) => reached.get(a)?.has(b) && reached.get(b)?.has(a);
  const groups = files.map((file) => files.filter((other) => inOneCircle(file, other)).sort());
  return [...new Set(groups.filter((group) => group.length > 0).map((group) => group.join()))].map((key) =>
    key.split(','),
  );
}

/** What each file imports. */
export function targetsOf(edges: readonly Edge[]): Map<string, string[]> {
  const targets = new Map<string, string[]>();
  for (const { file, target } of edges) targets.set(file, [...(targets.get(file) ?? []), target]);
  return targets;
}

/** Every file that can be come to from some, those included. */
export function reachedFrom(starts: readonly string[], targets: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set(starts);
  for (const file of reached) for (const target of targets.get(file) ?? []) reached.add(target);
  return reached;
}
