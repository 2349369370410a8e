import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Assignment, renderAssignments } from '../../lib/shell/assignments.js';
import type { ShellSyntax } from '../../lib/shell/syntax.js';
import type { RealPart } from '../../tools/testing/real-parts.mjs';
import { HOSTILE_VALUES, hostileValue } from '../support/hostile-values.js';
import { requirePart } from '../support/real-part.js';
import { type Evaluation, evaluateAll } from './evaluate.js';

/** One of the ways in which a user makes a shell take over what we print. */
export type Way = Omit<Evaluation, 'shell'> & { readonly title: string };

/** As every shell of POSIX reads it; others than dash do so without starting `cat`, which is most of the time. */
export const QUOTED: Way = { title: 'eval "$(…)"', evaluate: (file) => `eval "$(cat ${file})"` };
export const QUOTED_BUILTIN: Way = { ...QUOTED, evaluate: (file) => `eval "$(<${file})"` };
export const UNQUOTED: Way = { title: 'eval $(…)', evaluate: (file) => `eval $(cat ${file})` };
export const UNQUOTED_BUILTIN: Way = { ...UNQUOTED, evaluate: (file) => `eval $(<${file})` };
export const PASTED: Way = { title: 'pasted at the prompt', evaluate: (_file, text) => text, typed: true };

export const FISH: Way = {
  title: 'eval (…)',
  evaluate: (file) => `eval (cat ${file})`,
  args: ['--no-config'],
};

export const CSH: Way = { title: 'eval "`…`"', evaluate: (file) => `eval "\`cat ${file}\`"`, args: ['-f'] };
export const UNQUOTED_CSH: Way = { ...CSH, title: 'eval `…`', evaluate: (file) => `eval \`cat ${file}\`` };
/** An interactive tcsh prompts on its standard output. */
export const TYPED_CSH: Way = {
  ...CSH,
  title: 'eval "`…`" at the prompt',
  typed: true,
  args: ['-f', '-i'],
  setUp: ['set prompt=""', 'set history=100'],
};

/** A shell, the syntax printed for it, and ways in which every value must come through. */
export type ShellCase = readonly [shell: RealPart, syntax: ShellSyntax, ways: readonly Way[]];

/** So many values of a list are evaluated each in a statement of its own, the others in groups. */
const ALONE = 8;
const GROUP = 20;

/**
 * What is evaluated often starts a process each time, so most values come in groups: several statements, as of a line
 * that sets several variables. If a value does not come back, each is tried alone, so that the failure names it.
 */
export async function expectBack(shell: string, syntax: ShellSyntax, way: Way, values: readonly string[]) {
  const assignments = values.map((value, index) => ({ name: `OPC_COOKIE_${index}`, value }));
  const evaluated = (groups: readonly Assignment[][]) =>
    evaluateAll(
      { ...way, shell },
      assignments.map(({ name }) => name),
      groups.map((group) => renderAssignments(syntax, group)),
    );
  const grouped = Math.max(0, values.length - ALONE);
  const groups = Array.from({ length: Math.ceil(grouped / GROUP) }, (_, index) =>
    assignments.slice(index * GROUP, Math.min(grouped, (index + 1) * GROUP)),
  );
  const alone = assignments.slice(grouped).map((each) => [each]);
  const isBack = await evaluated([...groups, ...alone]).then(
    (back) => back.every((value, index) => value === values[index]),
    () => false,
  );
  if (isBack) return;
  expect(await evaluated(assignments.map((each) => [each])), 'each in a statement of its own').toEqual(values);
  expect(await evaluated([...groups, ...alone]), 'in groups').toEqual(values);
}

export function describeShells(cases: readonly ShellCase[]): void {
  describe.each(cases)('%s evaluates --shell %s', (part, syntax, ways) => {
    it.each(ways)('$title: hostile values and any others come back byte for byte', async (way) => {
      const shell = requirePart(part);
      // One process for all values. A failure is not shrunk, that would start hundreds of shells: the list of
      // values that came back shows the wrong one.
      const values = fc.array(hostileValue, { minLength: 50, maxLength: 50 });
      const property = fc.asyncProperty(values, (some) => expectBack(shell, syntax, way, [...some, ...HOSTILE_VALUES]));
      await fc.assert(property, { numRuns: 1, endOnFailure: true });
    });
  });
}
