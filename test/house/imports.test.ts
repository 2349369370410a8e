import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  circlesIn,
  codeOf,
  type Edge,
  importsOf,
  reachedFrom,
  sourceFiles,
  targetsOf,
  throughDoors,
} from './sources.js';

const files = sourceFiles('cli', 'lib');
const edges = files.flatMap(importsOf);

/** From the top to the bottom: a floor imports from its own and from those below it. */
const FLOORS = [
  /^cli\//,
  /^lib\/index\.ts/,
  /^lib\/diagnostics\//,
  /^lib\/(?:library-keychain\.ts|compute\/|oci\/)/,
  /^lib\/store\//,
  /^lib\/(?:environment\.ts|variables\.ts|secrets\/)/,
  /^lib\/http\//,
  /^lib\/files\//,
  /^lib\/(?:session\/|shell\/|clock\.ts|text\.ts)/,
  /^lib\/errors\.ts/,
];

const floorOf = (file: string) => FLOORS.findIndex((pattern) => pattern.test(file));

/** What `cli/` uses of the library, see docs/layout.md. */
const DOOR = /^lib\/(?:index|oci\/index|compute\/objects|errors|text|clock|variables|shell\/[\w-]+)\.ts$/;
const DOOR_OF_THE_HELPER = 'lib/secrets/native-keychain.ts';

/**
 * What knows the process that it is part of: the entries and what makes a Context of it; the system's clock; and what the
 * library takes from the process where the program that uses it gives nothing.
 */
const KNOWS_THE_PROCESS =
  /^(?:cli\/(?:oracle-compute|oci|keychain-helper|context\/[\w-]+)|lib\/(?:clock|environment|library-keychain|files\/owner))\.ts$/;

/** What is used in one place only, so that it can be exchanged there. */
const BEHIND_ONE_DOOR: Record<string, RegExp> = {
  yargs: /^cli\//,
  keytar: /^lib\/secrets\/native-keychain\.ts$/,
  'fs-native-extensions': /^lib\/files\//,
  got: /^lib\/http\//,
  'tough-cookie': /^lib\/compute\/cookies\//,
  '@redis/client': /^lib\/store\//,
  yauzl: /^lib\/oci\/archive\//,
  yazl: /^lib\/oci\/archive\//,
};

describe('the house', () => {
  it('has a floor for every file, and imports that go down only', () => {
    expect(files.filter((file) => floorOf(file) === -1)).toEqual([]);
    const upwards = edges.filter(
      ({ file, target }) => /^(?:cli|lib)\//.test(target) && floorOf(target) < floorOf(file),
    );
    expect(upwards).toEqual([]);
  });

  it('uses the library through its doors', () => {
    const inside = edges.filter(
      ({ file, target }) => file.startsWith('cli/') && target.startsWith('lib/') && !DOOR.test(target),
    );
    const ofHelper = ({ file, target }: Edge) => file === 'cli/keychain-helper.ts' && target === DOOR_OF_THE_HELPER;
    expect(inside.filter((edge) => !ofHelper(edge))).toEqual([]);
  });

  it('has no circle of imports, of types or at a later time included', () => {
    const all = sourceFiles('cli', 'lib', 'fixtures', 'test', 'tools').flatMap(importsOf);
    // Completion is a command, and completes the names of commands.
    const known = (file: string, target: string) =>
      /^cli\/(?:commands\/completion\.ts|completion\/)/.test(file) && target === 'cli/commands/index.ts';
    expect(circlesIn(all.filter(({ file, target }) => !known(file, target)))).toEqual([]);
  });

  it('keeps the two clouds apart', () => {
    const between = edges.filter(
      ({ file, target }) =>
        (file.startsWith('lib/compute/') && target.startsWith('lib/oci/')) ||
        (file.startsWith('lib/oci/') && target.startsWith('lib/compute/')),
    );
    expect(between).toEqual([]);
  });

  it('keeps each package behind one door, and the network out of the commands', () => {
    const elsewhere = edges.filter(({ file, target }) => {
      const door = BEHIND_ONE_DOOR[/^(?:@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? ''];
      return door !== undefined && !door.test(file);
    });
    expect(elsewhere).toEqual([]);
    const network = /^node:(?:https?|tls|net|dgram|dns)\b/;
    expect(edges.filter(({ file, target }) => file.startsWith('cli/') && network.test(target))).toEqual([]);
  });

  it('looks at the process in few files, and never exits from elsewhere', () => {
    const byImport = edges.filter(({ target }) => /^(?:node:)?process$/.test(target)).map(({ file }) => file);
    const byName = files.filter((file) =>
      /(?<![\w$.])process\b(?!\??:)|\bglobalThis\b|\bglobal\b(?=\s*[.[?])/.test(codeOf(file)),
    );
    expect([...byImport, ...byName].filter((file) => !KNOWS_THE_PROCESS.test(file))).toEqual([]);
    expect(files.filter((file) => /\bexit\(/.test(codeOf(file)))).toEqual([]);
  });

  // A program has several copies of a module (docs/decisions/bundle.md).
  it('keeps no state in modules', () => {
    expect(files.filter((file) => /^(?:export )?(?:let|var) /m.test(codeOf(file)))).toEqual([]);
  });

  it('only defines options in cli/flags', () => {
    const flags = files.filter((file) => file.startsWith('cli/flags/'));
    expect(flags).not.toEqual([]);
    expect(flags.filter((file) => /\b(?:await|throw|context)\b/i.test(codeOf(file)))).toEqual([]);
  });

  it('throws errors that have a code', () => {
    expect(files.filter((file) => /\bthrow new Error\(/.test(codeOf(file)))).toEqual([]);
    expect(files.filter((file) => /\.message\.(?:includes|match|startsWith)\(/.test(codeOf(file)))).toEqual([]);
  });

  it('has no folder with more than a dozen loose files', () => {
    const most = 12;
    const loose = (folder: string) => readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
    const folders = ['cli', 'lib', 'tools'].flatMap(foldersBelow);
    expect(folders.filter((folder) => loose(folder).length > most)).toEqual([]);
  });
});

function foldersBelow(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && entry.name !== 'node_modules',
  );
  return [folder, ...entries.flatMap((entry) => foldersBelow(`${folder}/${entry.name}`))];
}

describe('the files of a login', () => {
  /** The most that there may be: of the command by itself, and with all that is between the entry and it. */
  const MOST = { command: 50, fromTheEntry: 86 };

  /** Of values, now or later; what other commands import is not a login's. */
  const OTHER_COMMAND = /^cli\/commands\/(?!(?:auth|index)\.ts)/;
  /** What a store takes that hosts share is loaded where one is named. */
  const SHARED = /^lib\/(?:store\/|compute\/shared-)/;
  /** What a named profile or a jar takes, or a session to make requests and to stay alive, is loaded when it does so. */
  const LATER =
    /^lib\/(?:compute\/(?:profiles|cookies\/netscape-jar|client\/(?:authenticated-request|request-path)|resources\/object-calls)|http\/body|session\/keep-alive)\.ts/;
  /** So is what a line of OCI takes, before it is handed to another program too. */
  const OF_OCI = ['cli/parser/renew-before.ts', 'lib/oci/config/rc-defaults.ts'];
  const targets = targetsOf(
    throughDoors(edges, ['lib/index.ts', 'lib/oci/index.ts', 'lib/compute/objects.ts']).filter(
      ({ target, typesOnly }) =>
        !typesOnly &&
        files.includes(target) &&
        !OTHER_COMMAND.test(target) &&
        !SHARED.test(target) &&
        !LATER.test(target) &&
        !OF_OCI.includes(target),
    ),
  );

  it.each([
    ['the command', ['cli/commands/auth.ts'], MOST.command],
    ['the entry and the command', ['cli/oracle-compute.ts', 'cli/commands/auth.ts'], MOST.fromTheEntry],
  ])('are few: %s', (_title, starts, most) => {
    const reached = [...reachedFrom(starts, targets)].sort();
    expect(reached.length, `${reached.length} files:\n${reached.join('\n')}`).toBeLessThanOrEqual(most);
  });
});
