import type { CommandShape, Offer, OptionShape } from './shapes.js';

/** The programs of this package, with the first words of the lines that each of them takes (docs/layout.md). */
const PROGRAMS: ReadonlyArray<readonly [program: string, takes: (firstWord: string) => boolean]> = [
  ['oracle-compute', () => true],
  ['oci', (word) => word === 'session' || word === 'iam'],
];

/** Something that may follow certain words. */
export interface Choice {
  /** The words before it, as `program:words of the command so far`. */
  readonly after: string;
  readonly words: ReadonlyArray<{ readonly word: string; readonly description: string }>;
}

/** Which words name commands, step by step: `oracle-compute:`, then `oracle-compute:session`. */
export function commandWords(shapes: readonly CommandShape[]): Choice[] {
  const steps = new Map<string, Map<string, string>>();
  for (const { lines, summary } of shapes) {
    for (const { program, words } of spokenBy(lines.slice(0, 1))) {
      words.forEach((word, index) => {
        const after = `${program}:${words.slice(0, index).join(' ')}`;
        const isWhole = index === words.length - 1;
        const step = steps.get(after) ?? new Map<string, string>();
        steps.set(after, step.set(word, isWhole ? summary : `Commands about ${word}`));
      });
    }
  }
  return [...steps].map(([after, words]) => ({
    after,
    words: [...words].map(([word, description]) => ({ word, description })),
  }));
}

/** Every beginning of every command's line, as `program:words`, in all ways to say it. */
export function knownLines(shapes: readonly CommandShape[]): string[] {
  const beginnings = spokenBy(shapes.flatMap(({ lines }) => lines)).flatMap(({ program, words }) =>
    words.map((_, index) => `${program}:${words.slice(0, index + 1).join(' ')}`),
  );
  return [...new Set(beginnings)];
}

/** The lines that each program takes, in their words. */
function spokenBy(lines: readonly string[]): { program: string; words: string[] }[] {
  return PROGRAMS.flatMap(([program, takes]) =>
    lines
      .filter((line) => line !== '')
      .map((line) => ({ program, words: line.split(' ') }))
      .filter(({ words }) => takes(words[0] ?? '')),
  );
}

/** What a program offers: the commands that it takes, and what may stand before them. */
export function shapesOf(program: string, shapes: readonly CommandShape[]): CommandShape[] {
  return shapes.filter(({ lines }) => lines[0] === '' || spokenBy(lines).some((spoken) => spoken.program === program));
}

/** One option as several commands have it. */
export interface SharedOption extends OptionShape {
  /** The lines of the commands that have it in this form. */
  readonly lines: readonly string[];
  /** True where every command has it in this form, or not at all. */
  readonly isUniform: boolean;
}

/** The options of all commands, each form of each once. */
export function sharedOptions(shapes: readonly CommandShape[]): SharedOption[] {
  const forms = new Map<string, OptionShape & { lines: string[] }>();
  for (const { lines, options } of shapes) {
    for (const option of options) {
      const key = JSON.stringify(option);
      const form = forms.get(key) ?? { ...option, lines: [] };
      form.lines.push(...lines);
      forms.set(key, form);
    }
  }
  const all = [...forms.values()];
  return all.map((form) => ({
    ...form,
    isUniform: all.filter(({ names }) => names[0] === form.names[0]).length === 1,
  }));
}

/** Every name of an option that takes a value. A name means the same to every command (cli/arguments.ts). */
export function valueNames(shapes: readonly CommandShape[]): string[] {
  const taking = shapes.flatMap(({ options }) => options.filter(({ takesValue }) => takesValue));
  return [...new Set(taking.flatMap(({ names }) => names))].sort();
}

/** What may stand as an argument: `line:0`, `line:1`, with what is offered there. */
export function argumentOffers(shapes: readonly CommandShape[]): ReadonlyArray<readonly [at: string, offer: Offer]> {
  return shapes.flatMap((shape) =>
    shape.lines.flatMap((line) => shape.arguments.map((offer, index) => [`${line}:${index}`, offer] as const)),
  );
}

/** Lines of commands behind whose `--` another command line stands. */
export function wrappingLines(shapes: readonly CommandShape[]): string[] {
  return shapes.filter(({ takesRest }) => takesRest).flatMap(({ lines }) => lines);
}
