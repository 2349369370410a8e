import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Options, PositionalOptions } from 'yargs';
import { COMMANDS } from '../../cli/commands/index.js';
import { readCommandLine, shield } from '../../cli/line/arguments.js';
import type { CommandEntry, ProgramCommand } from '../../cli/line/command.js';
import { describeOptions } from '../../cli/line/described-options.js';
import { parseLine } from '../../cli/line/parse-line.js';
import { readPlainLine } from '../../cli/line/plain-line.js';

type Command = ProgramCommand<unknown>;

const commands = await Promise.all(COMMANDS.map(async (entry) => ({ entry, command: await entry.load() })));

const camelCase = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/** Both readings of a line, by the names that commands know; undefined where it is left to yargs, or refused. */
async function readTwice(entry: CommandEntry, command: Command, argv: readonly string[]) {
  const line = readCommandLine(argv);
  const words = command.takesRest ? line.words : [...line.words, ...line.rest.map(shield)];
  const read = await parseLine(command, 'program', entry.path.join(' '), words).catch(() => undefined);
  const { options, positionals } = describeOptions(command.builder);
  const names = [...options.keys(), ...positionals.keys()].map(camelCase).filter((name) => read?.[name] !== undefined);
  return {
    plain: readPlainLine(command, words),
    yargs: read && Object.fromEntries(names.map((name) => [name, read[name]])),
  };
}

/** A value that is accepted. */
function goodValue({ choices }: Options | PositionalOptions = {}): string {
  return String([choices ?? 'value'].flat()[0]);
}

/** What a line of this command must have. */
function neededWords(command: Command, except?: string): string[] {
  const { options, positionals } = describeOptions(command.builder);
  const places = [...command.positionals.matchAll(/<([^>]+)>/g)].map(([, name]) => positionals.get(name ?? ''));
  const needed = [...options].filter(([name, { demandOption }]) => demandOption && name !== except);
  return [...places.map(goodValue), ...needed.map(([name, description]) => `--${name}=${goodValue(description)}`)];
}

/** Words of every kind that a line of this command can have, and some that it cannot. */
function wordsFor(command: Command): fc.Arbitrary<string> {
  const { options } = describeOptions(command.builder);
  const names = [...options].flatMap(([name, { alias }]) => [name, ...[alias ?? []].flat()]);
  const choices = [...options.values()].flatMap((description) => [description.choices ?? []].flat().map(String));
  const odd = ['x', '', '-', '-1', '10m', '1e3', 'true', 'false', 'a b', '"quoted"', "'", 'é', '__proto__', '--'];
  const value = fc.constantFrom(...odd, ...choices);
  const spoken = fc.constantFrom(...names, 'help', 'unknown', 'min-Valid', 'minValid', 'constructor', '__proto__');
  const dashed = spoken.map((name) => (name.length === 1 ? `-${name}` : `--${name}`));
  return fc.oneof(
    { weight: 4, arbitrary: dashed },
    { weight: 4, arbitrary: value },
    { weight: 2, arbitrary: fc.tuple(dashed, value).map((pair) => pair.join('=')) },
    { weight: 1, arbitrary: fc.tuple(dashed, value).map((pair) => pair.join('')) },
    { weight: 1, arbitrary: spoken.map((name) => `--no-${name}`) },
    { weight: 1, arbitrary: spoken.map((name) => `-${name}`) },
  );
}

const byName = commands.map(({ entry, command }) => [entry.path.join(' '), entry, command] as const);

describe.each(byName)('%s', (_name, entry, command) => {
  it('reads a line as yargs does, or leaves it to yargs', async () => {
    const seen = { plain: 0, left: 0 };
    const line = fc.tuple(fc.constantFrom([], neededWords(command)), fc.array(wordsFor(command), { maxLength: 4 }));
    await fc.assert(
      fc.asyncProperty(line, async (parts) => {
        const { plain, yargs } = await readTwice(entry, command, parts.flat());
        seen[plain ? 'plain' : 'left'] += 1;
        if (plain) expect(plain).toEqual(yargs);
      }),
      { numRuns: 200 },
    );
    expect(Math.min(seen.plain, seen.left)).toBeGreaterThan(0);
  });

  it('reads every option by itself, with a value where it takes one', async () => {
    for (const [name, description] of describeOptions(command.builder).options) {
      if (description.type !== 'boolean' && description.type !== 'string') continue;
      const value = description.type === 'boolean' || goodValue(description);
      const given = value === true ? [`--${name}`] : [`--${name}`, value];
      const { plain, yargs } = await readTwice(entry, command, [...neededWords(command, name), ...given]);
      expect(plain, name).toBeDefined();
      expect(plain).toEqual(yargs);
      expect(plain?.[camelCase(name)]).toBe(value);
    }
  });
});
