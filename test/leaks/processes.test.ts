import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { computeBench } from '../support/compute.js';
import { ociBench, visitor } from '../support/oci.js';
import { OCI_PROGRAM, PROGRAM, runProgram } from '../support/program.js';
import { requirePart } from '../support/real-part.js';
import { writeFileWithMode } from '../support/temporary-home.js';
import type { TestContextOptions } from '../support/test-context.js';
import { PASSWORD } from './lines.js';
import { type Place, secretivePlace } from './place.js';

/** A program that was started: what `ps` shows of it, and what `/proc/<pid>/environ` does. */
interface Started {
  readonly path: string;
  readonly args: string;
  readonly env: readonly string[];
}

/** Runs a line under strace and gives all programs that were started on the way, the first one left out. */
async function startedBy(place: Place, command: readonly string[], line: readonly string[], more: TraceOptions = {}) {
  const log = join(place.home, 'strace.log');
  const options = ['-f', '-qq', '-v', '-s', '1000000', '-e', 'trace=execve', '-e', 'signal=none', '-o', log];
  const visit = visitor(place.oci);
  const result = await runProgram(
    line,
    {
      env: { ...place.env, ...more.env },
      cwd: place.home,
      input: more.input ?? '',
      onStart: ({ stdout }) => {
        let seen = '';
        stdout?.on('data', (text: string) => {
          seen += text;
          if (more.visited) visit(seen.replaceAll('\r', ''));
        });
      },
    },
    [requirePart('strace'), ...options, ...command],
  );
  const started = readFileSync(log, 'utf8')
    .split('\n')
    .map(readExecve)
    .filter((call): call is Started => call !== undefined);
  return { result, started: started.slice(1) };
}

interface TraceOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly visited?: true;
}

function readExecve(line: string): Started | undefined {
  const [, path = '', args = '', env = ''] = /execve\("([^"]*)", \[(.*?)\], \[(.*)\]/.exec(line) ?? [];
  if (path === '' || !(/ = 0$/.test(line) || line.includes('<unfinished'))) return undefined;
  return { path, args, env: [...env.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, entry = '']) => entry) };
}

/** The variables of a process that hold a secret. */
const secretVariables = ({ canaries }: Place, { env }: Started) =>
  env.filter((entry) => canaries.in(entry).length > 0).map((entry) => entry.replace(/=.*$/s, ''));

const OURS = [process.execPath, PROGRAM];

it('a command gets only the secrets that it needs, whichever line starts it', async () => {
  const bench = await ociBench();
  await bench.addSession('T');
  const compute = await computeBench();
  const other = writeFileWithMode(join(bench.home, 'bin', 'oci'), '#!/bin/sh\n', 0o700);
  const secrets = {
    OCI_CLI_PASSPHRASE: 'a',
    OCI_TOKEN_EXCHANGE_CLIENT_SECRET: 'b',
    OPC_COOKIE: 'c',
    NIMBULA_PASSWORD_FILE: 'd',
    OPC_SESSION_STORE_PASSWORD_FILE: 'e',
  };
  const env = { ...bench.env, ...secrets, PATH: dirname(other), OPC_API: compute.env.OPC_API };
  const got = async (line: string[], program: 'oci' | 'oracle-compute' = 'oci') => {
    let names: string[] = [];
    const runChild: TestContextOptions['runChild'] = async (_command, _args, child) => {
      names = Object.keys(child.env ?? {}).filter((name) => name in secrets);
      return { status: 0 };
    };
    expect(await bench.run(line, { env, runChild, program })).toMatchObject({ status: 0 });
    return names;
  };
  expect(await got(['session', 'exec', '--profile', 'T', '--', 'x'])).toEqual(['OCI_CLI_PASSPHRASE']);
  expect(await got(['os', 'ns', 'get'])).toEqual(['OCI_CLI_PASSPHRASE', 'OCI_TOKEN_EXCHANGE_CLIENT_SECRET']);
  const token = compute.service.issueToken();
  Object.assign(env, { OPC_COOKIE: token });
  expect(await got(['exec', '--', 'x'], 'oracle-compute')).toEqual(['OPC_COOKIE']);
});

describe('what other users and programs see of the processes that are started', () => {
  it('by exec: the token is in OPC_COOKIE of the command alone, and in no argument', async () => {
    const place = await secretivePlace();
    const { result, started } = await startedBy(place, OURS, ['exec', '--', 'env']);
    expect(result.status).toBe(0);
    expect(started.map(({ path }) => path.replace(/.*\//, '')).sort()).toEqual(['env']);
    for (const one of started) {
      expect(place.canaries.in(one.args)).toEqual([]);
      const expected = one.path.endsWith('/env') ? ['OPC_COOKIE'] : [];
      expect(secretVariables(place, one).sort()).toEqual(expected);
    }
  });

  it("by the keychain: nothing in the helper's arguments and environment", async () => {
    const place = await secretivePlace(true);
    const lines = [
      ['password', 'set'],
      ['password', 'status'],
      ['auth', '-q'],
      ['password', 'delete'],
    ];
    for (const line of lines) {
      const env = { OPC_PASSWORD_FILE: undefined, OPC_COOKIE: place.token };
      const { result, started } = await startedBy(place, OURS, line, { env, input: PASSWORD });
      expect(result, line.join(' ')).toMatchObject({ status: 0 });
      expect(started).toEqual([expect.objectContaining({ args: expect.stringContaining('keychain-helper.js') })]);
      for (const one of started) {
        expect(place.canaries.in(one.args)).toEqual([]);
        expect(secretVariables(place, one)).toEqual([]);
      }
    }
  });

  it('by a login in the browser: only the public half of the key, and nothing of our variables', async () => {
    const place = await secretivePlace();
    const browser = join(place.home, 'browser');
    writeFileSync(browser, '#!/bin/sh\nprintf "%s\\n" "$1" > "$0.url"\n');
    chmodSync(browser, 0o700);
    const line = ['session', 'authenticate', '--callback-port', '0', '--profile-name', 'NEW', '--timeout', '60s'];
    // script(1) gives it a terminal, without which no browser is opened.
    const inner = [process.execPath, OCI_PROGRAM, ...line].join(' ');
    const { result, started } = await startedBy(place, ['script', '-qec', inner, '/dev/null'], [], {
      env: { BROWSER: browser, OPC_COOKIE: place.token, SHELL: '/bin/sh' },
      visited: true,
    });
    expect(result.status, result.stdout).toBe(0);
    const opened = started.filter(({ path }) => path === browser);
    expect(opened).toHaveLength(1);
    for (const one of started) expect(place.canaries.in(one.args)).toEqual([]);
    for (const one of opened) expect(secretVariables(place, one)).toEqual([]);
    expect(place.canaries.in(readFileSync(`${browser}.url`, 'utf8'))).toEqual([]);
  });

  it('by request, refresh and status: none', async () => {
    const place = await secretivePlace();
    for (const line of [['request', 'GET', '/account/Compute-acme/default'], ['refresh_token'], ['status']]) {
      const { result, started } = await startedBy(place, OURS, line);
      expect(result.status).toBe(0);
      expect(started).toEqual([]);
    }
  });
});
