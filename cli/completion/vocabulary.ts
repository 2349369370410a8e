import { OCI_GROUPS } from '../commands/index.js';
import type { CommandShape, Offer, OptionShape } from './shapes.js';

/** The programs of this package, with the first words of the lines that each of them takes. */
const TAKEN: ReadonlyArray<readonly [program: string, takes: (firstWord: string) => boolean]> = [
  ['oracle-compute', () => true],
  ['oci', (word) => OCI_GROUPS.includes(word)],
];

/** The names of the programs. */
export const PROGRAMS = TAKEN.map(([program]) => program);

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
  return TAKEN.flatMap(([program, takes]) =>
    lines.map((line) => ({ program, words: line.split(' ') })).filter(({ words }) => takes(words[0] ?? '')),
  );
}

/** The commands that a program takes. */
export function shapesOf(program: string, shapes: readonly CommandShape[]): CommandShape[] {
  return shapes.filter(({ lines }) => spokenBy(lines).some((spoken) => spoken.program === program));
}

const VERSION: OptionShape = {
  names: ['--version'],
  takesValue: false,
  offer: undefined,
  description: 'Show the version',
};

/** What may stand before the command: the options that all commands of a program have in the same form. */
export function leadingOptions(program: string, shapes: readonly CommandShape[]): OptionShape[] {
  const own = shapesOf(program, shapes);
  const forms = own.map(({ options }) => new Set(options.map((option) => JSON.stringify(option))));
  const shared = own[0]?.options.filter((option) => forms.every((form) => form.has(JSON.stringify(option)))) ?? [];
  return [...shared, VERSION];
}

/** Options by their form, each form once, with the lines of the commands that have it. */
export function sharedOptions(
  shapes: readonly Pick<CommandShape, 'lines' | 'options'>[],
): (OptionShape & { readonly lines: string[] })[] {
  const forms = new Map<string, OptionShape & { lines: string[] }>();
  for (const { lines, options } of shapes) {
    for (const option of options) {
      const key = JSON.stringify(option);
      const form = forms.get(key) ?? { ...option, lines: [] };
      form.lines.push(...lines);
      forms.set(key, form);
    }
  }
  return [...forms.values()];
}

/**
 * What is offered as the value of an option: patterns of `line:--name`, where `*` stands for all lines of commands that
 * have the option, as long as they agree.
 */
export function valueOffers(shapes: readonly CommandShape[]): { patterns: string[]; offer: Offer }[] {
  const options = sharedOptions(shapes).filter(({ takesValue }) => takesValue);
  const names = [...new Set(options.flatMap((option) => option.names))];
  return names.flatMap((name) => {
    const forms = options.filter((option) => option.names.includes(name));
    const agree = new Set(forms.map(({ offer }) => JSON.stringify(offer))).size === 1;
    if (agree) return [{ patterns: [`*:${name}`], offer: forms[0]?.offer }];
    return forms.map(({ lines, offer }) => ({ patterns: lines.map((line) => `'${line}:${name}'`), offer }));
  });
}

/** Every name of an option that takes a value. A name means the same to every command (cli/line/arguments.ts). */
export function valueNames(shapes: readonly CommandShape[]): string[] {
  const shown = shapes.flatMap(({ options }) => options.filter(({ takesValue }) => takesValue));
  const hidden = shapes.flatMap(({ hiddenValues }) => hiddenValues);
  return [...new Set([...shown.flatMap(({ names }) => names), ...hidden])].sort();
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
