import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Context } from '../../cli/context/context.js';
import { type ComputeService, startComputeService } from '../../fixtures/compute-service/server.js';
import { type OciService, startOciService } from '../../fixtures/oci-service/server.js';
import { openKeyring, privateBus } from '../keychain/keyring-session.js';
import { Canaries } from '../support/canaries.js';
import { fakeKeychain } from '../support/fake-keychain.js';
import { ociEnvironment, visitor } from '../support/oci.js';
import { cleanEnvironment, OCI_PROGRAM, PROGRAM, type ProgramResult, runProgram } from '../support/program.js';
import { programHome } from '../support/program-bench.js';
import { keptFiles, temporaryHome, writeFileWithMode } from '../support/temporary-home.js';
import { type RunResult, runLine } from '../support/test-context.js';
import { PASSPHRASE, PASSWORD, type SecretiveLine } from './lines.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** A home folder with a session of each kind, in which everything that is secret is a canary. */
export interface Place {
  readonly home: string;
  readonly cookiesFile: string;
  readonly archive: string;
  readonly canaries: Canaries;
  readonly compute: ComputeService;
  readonly oci: OciService;
  /** The token of the stored session of Oracle Compute. */
  readonly token: string;
  readonly env: Environment;
  /** Runs a line by one of the two built programs, in the state in which the place was made. */
  run(line: SecretiveLine, flags: readonly string[], more?: PlaceRun): Promise<ProgramResult>;
  /** The same in this process, with a keychain in memory. */
  runHere(line: SecretiveLine, flags: readonly string[], program: Context['program']): Promise<RunResult>;
  /** Makes what is there now the state to begin from. */
  keepState(): void;
  /** Expects each secret that a file holds to be where it belongs. */
  expectFilesInOrder(context: string): void;
}

export interface PlaceRun {
  readonly program?: Context['program'];
  readonly env?: Environment;
  /** Leaves what the line before has left. */
  readonly asItIs?: true;
}

/** Which secret may stand in which file. */
const PLACES: ReadonlyArray<readonly [RegExp, readonly string[]]> = [
  [/^password$/, ['password']],
  [/^\.opc\/cookies\/[^/]+\.json$/, ['token']],
  [/^\.oci\/config$/, ['passphrase']],
  [/^\.oci\/sessions\/\w+\/token$/, ['security token']],
  [/^\.oci\/sessions\/\w+\/oci_api_key\.pem$/, ['private key']],
];

export async function secretivePlace(keychain = false): Promise<Place> {
  const users = { '/Compute-acme/jack.jones@example.com': PASSWORD };
  const [compute, oci] = await Promise.all([
    startComputeService({ users }),
    startOciService({ anyRedirectPort: true, loginMode: 'auto-consent' }),
  ]);
  onTestFinished(async () => void (await Promise.all([compute.close(), oci.close()])));
  const home = temporaryHome();
  const elsewhere = temporaryHome();
  const temporary = join(elsewhere, 'tmp');
  mkdirSync(temporary);
  const computeHome = programHome(compute, home);
  const bus = keychain ? await privateBus(elsewhere) : {};
  if (keychain) await openKeyring(bus);
  const env = cleanEnvironment(home, {
    ...bus,
    ...computeHome.env,
    ...ociEnvironment(oci, elsewhere),
    OCI_CLI_PASSPHRASE: PASSPHRASE,
    TMPDIR: temporary,
  });

  const memory = fakeKeychain();
  const canaries = new Canaries();
  canaries.add('password', PASSWORD);
  canaries.add('passphrase', PASSPHRASE);
  writeFileWithMode(join(home, '.opc', 'profiles', 'default'), '{"compute":{}}');
  const token = await computeHome.storeOldSession();
  canaries.addToken('token', token);
  await storeOciSession(env, home, oci);
  const remember = () => rememberStored(home, canaries);
  remember();
  const begun = new Map<string, readonly string[]>();
  let restore: () => void;
  const keepState = () => {
    restore = keptFiles(home);
    for (const [name, found] of secretsInFiles(home, canaries)) begun.set(name, found);
  };
  keepState();
  const wordsOf = ({ command, words }: SecretiveLine, flags: readonly string[]) => [
    ...command.split(' '),
    ...flags,
    ...words,
  ];
  const envOf = ({ withVariable }: SecretiveLine) => ({ ...env, ...(withVariable && { OPC_COOKIE: token }) });
  const rememberAll = ({ shows }: SecretiveLine, { stdout }: Pick<RunResult, 'stdout'>) => {
    if (shows === 'token') rememberShown(stdout, canaries);
    remember();
  };

  return {
    home,
    cookiesFile: computeHome.cookiesFile,
    archive: join(home, 'old.zip'),
    canaries,
    compute,
    oci,
    token,
    env,
    keepState,
    run: async (line, flags, more = {}) => {
      if (!more.asItIs) restore();
      const visit = line.visited ? visitor(oci) : undefined;
      const result = await runProgram(
        wordsOf(line, flags),
        {
          env: { ...envOf(line), ...more.env },
          cwd: home,
          input: line.stdin ?? '',
          onStart: ({ stderr }) => {
            let seen = '';
            stderr?.on('data', (text: string) => {
              seen += text;
              visit?.(seen);
            });
          },
        },
        [process.execPath, more.program === 'oci' ? OCI_PROGRAM : PROGRAM],
      );
      rememberAll(line, result);
      return result;
    },
    runHere: async (line, flags, program) => {
      restore();
      const onStderr = line.visited ? visitor(oci) : undefined;
      const options = { home, env: envOf(line), program, keychain: memory, stdin: line.stdin ?? '', onStderr };
      const result = await runLine(wordsOf(line, flags), options);
      rememberAll(line, result);
      return result;
    },
    expectFilesInOrder: (context) => {
      expect(readdirSync(temporary), context).toEqual([]);
      for (const [name, found] of secretsInFiles(home, canaries)) {
        const allowed = PLACES.find(([pattern]) => pattern.test(name))?.[1] ?? [];
        const misplaced = found.filter((secret) => !allowed.includes(secret) && !begun.get(name)?.includes(secret));
        expect(misplaced, `${context}: ${name}`).toEqual([]);
      }
    },
  };
}

function secretsInFiles(home: string, canaries: Canaries): [name: string, secrets: string[]][] {
  return readdirSync(home, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(home, name)).isFile())
    .map((name) => [name, canaries.in(readFileSync(join(home, name)))]);
}

/** A login whose key has a passphrase, and an archive of it. */
async function storeOciSession(env: Environment, home: string, service: OciService): Promise<void> {
  const oci = (line: string[], onStderr?: (seen: string) => void) =>
    runLine(['session', ...line], { home, env, program: 'oci', onStderr });
  const login = ['authenticate', '--callback-port', '0', '--profile-name', 'T', '--use-passphrase'];
  const loggedIn = await oci(login, visitor(service));
  expect(loggedIn, loggedIn.stderr).toMatchObject({ status: 0 });
  expect(await oci(['export', '--profile', 'T', '--output-file', 'old.zip'])).toMatchObject({ status: 0 });
}

/** What a run has stored is a secret from now on. */
function rememberStored(home: string, canaries: Canaries): void {
  const cookies = join(home, '.opc', 'cookies');
  for (const name of existsSync(cookies) ? readdirSync(cookies) : []) {
    if (!name.endsWith('.json')) continue;
    const value = /"value": "([^"]+)"/.exec(readFileSync(join(cookies, name), 'utf8'))?.[1];
    if (value !== undefined) canaries.addToken('token', value);
  }
  const sessions = join(home, '.oci', 'sessions');
  for (const name of existsSync(sessions) ? readdirSync(sessions) : []) {
    const read = (file: string) => {
      const path = join(sessions, name, file);
      return existsSync(path) ? readFileSync(path, 'utf8') : '';
    };
    canaries.addSecurityToken('security token', read('token').trim());
    canaries.addKey('private key', read('oci_api_key.pem'));
  }
}

function rememberShown(stdout: string, canaries: Canaries): void {
  const value = /'([^']+)'/.exec(stdout)?.[1];
  if (value !== undefined) canaries.addToken('token', value);
}
