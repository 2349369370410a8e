import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Script } from 'node:vm';
import { beforeEach, describe, expect, it } from 'vitest';
import { asFunction, type Load, loadWithCodeCache } from '../../cli/code-cache.js';
import { cleanEnvironment, runProgram } from '../support/program.js';
import { temporaryHome, writeFileWithMode } from '../support/temporary-home.js';

const RUNTIME = `${process.versions.v8}-${process.platform}-${process.arch}`;
const MESSAGE = 'no session is stored';

let home: string;
let program: string;

/** A program of our own, with a code cache for the Node that runs this test. */
beforeEach(() => {
  home = temporaryHome();
  program = join(home, 'dist/bin');
  cpSync('dist/bin', program, { recursive: true });
  rmSync(join(program, 'code-cache'), { recursive: true, force: true });
  compile();
});

function compile(): void {
  const { status, stderr } = spawnSync(process.execPath, [resolve('tools/code-cache.mjs')], { cwd: home });
  if (status !== 0) throw new Error(String(stderr));
}

const cached = (name: string) => join(program, 'code-cache', RUNTIME, name);
const status = () =>
  runProgram(['status'], { env: cleanEnvironment(home) }, [process.execPath, join(program, 'oracle-compute.js')]);

/** Changes what a file says, and gives what it said before. */
function rewrite(name: string, message: string): string {
  const path = join(program, name);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(MESSAGE);
  writeFileSync(path, text.replace(MESSAGE, message));
  return text;
}

describe('the program', () => {
  it('runs the code that was made for this Node, and not the text', async () => {
    const text = rewrite('status.js', MESSAGE.toUpperCase());
    compile();
    writeFileSync(join(program, 'status.js'), text);
    expect(await status()).toMatchObject({ stdout: `${MESSAGE.toUpperCase()}\n`, stderr: '' });
  });

  it('has code that V8 takes, of all that is often run', () => {
    const names = readdirSync(cached('.'));
    expect(names).toEqual(
      expect.arrayContaining(['auth.bin', 'program.bin', 'refresh-token.bin', 'http-got-client.bin']),
    );
    for (const name of names) {
      const text = readFileSync(join(program, name.replace('.bin', '.js')), 'utf8');
      const script = new Script(asFunction(text), { cachedData: readFileSync(cached(name)) });
      expect(script.cachedDataRejected, name).toBe(false);
    }
  });

  it('has no letter in its text that is not ASCII', () => {
    const names = readdirSync(program).filter((name) => name.endsWith('.js'));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
    const strange = names.filter((name) => /[^\x00-\x7f]/.test(readFileSync(join(program, name), 'utf8')));
    expect(strange).toEqual([]);
  });

  it.each<[string, () => void]>([
    ['there is none', () => rmSync(join(program, 'code-cache'), { recursive: true })],
    [
      'it is of another Node',
      () => cpSync(cached('.'), join(program, 'code-cache/1.2.3-node.4-linux-x64'), { recursive: true }),
    ],
    ['a file of it is missing', () => rmSync(cached('status.bin'))],
    ['a file of it is empty', () => truncateSync(cached('status.bin'))],
    ['a file of it ends too early', () => truncateSync(cached('program.bin'), 5000)],
    ['a file of it is none of V8', () => writeFileSync(cached('status.bin'), 'x'.repeat(5000))],
  ])('runs as well where %s', async (_title, damage) => {
    damage();
    const { stdout, stderr } = await status();
    expect({ stdout, stderr }).toEqual({ stdout: `${MESSAGE}\n`, stderr: '' });
  });

  it('runs the text where that has become longer or shorter', async () => {
    rewrite('status.js', 'nothing');
    expect(await status()).toMatchObject({ stdout: 'nothing\n', stderr: '' });
  });
});

describe('loading', () => {
  const folder = () => join(home, 'parts');
  const part = (name: string, text: string) => writeFileWithMode(join(folder(), name), text);
  const asNode = (id: string) => `Node's ${id}`;

  it('is left to Node where no code is at hand for it', () => {
    mkdirSync(folder());
    expect(loadWithCodeCache(asNode, folder(), process)).toBe(asNode);
  });

  it('gives each file once, and leaves to Node what is not ours', () => {
    mkdirSync(join(folder(), 'code-cache', RUNTIME), { recursive: true });
    part('first.js', `exports.second = require('./second.js'); exports.same = require('./second.js');`);
    part('second.js', `module.exports = { fs: require('node:fs'), __filename };`);
    const load = loadWithCodeCache(asNode, folder(), process);
    const first = load('./first.js') as { second: unknown; same: unknown };
    expect(first.second).toEqual({ fs: "Node's node:fs", __filename: join(folder(), 'second.js') });
    expect(first.same).toBe(first.second);
    expect(load('./first.js')).toBe(first);
    expect(load('keytar')).toBe("Node's keytar");
  });

  it('tries again what could not be loaded', () => {
    mkdirSync(join(folder(), 'code-cache', RUNTIME), { recursive: true });
    part('broken.js', `require('keytar');`);
    const failing: Load = () => {
      throw new Error('no libsecret');
    };
    const load = loadWithCodeCache(failing, folder(), process);
    for (const id of ['keytar', 'keytar', './broken.js', './broken.js']) expect(() => load(id)).toThrow('no libsecret');
  });
});
