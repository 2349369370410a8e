import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { inject, onTestFinished } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** `drive`: the folder that is drive C: in Wine; '' on Windows. `program`: where it is installed, as Windows has it. */
    windows: { readonly env: NodeJS.ProcessEnv; readonly drive: string; readonly program: string };
  }
}

type Env = Readonly<Record<string, string | undefined>>;

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Env;
  readonly cwd?: string;
  readonly input?: string;
  /** The arguments are a command line as it is. */
  readonly isRaw?: boolean;
  readonly onStderr?: (soFar: string) => void;
  /** Gets a function that ends the process, as the Task Manager does. */
  readonly onStart?: (kill: () => void) => void;
}

interface Job extends RunOptions {
  readonly command: string;
  readonly args: readonly string[];
}

/** Starts a Windows program. */
interface Machine {
  /** The environment of a user who has set nothing. */
  readonly env: Env;
  run(job: Job): Promise<Result>;
}

const { env: outerEnv, drive, program } = inject('windows');
export const IN_WINE = drive !== '';
export const WINE_ENV = outerEnv;

/** The programs as an archive installs them, and their Node. */
export const ORACLE_COMPUTE = `${program}\\bin\\oracle-compute.cmd`;
export const OCI = `${program}\\bin\\oci.cmd`;
export const BIN = `${program}\\bin`;
export const NODE = `${program}\\lib\\oracle-compute\\node.exe`;
export const entryOf = (name: string) => `${program}\\lib\\oracle-compute\\dist\\bin\\${name}.js`;

let started: Promise<Machine> | undefined;
const machine = () => (started ??= IN_WINE ? wine() : Promise.resolve(windows()));

function windows(): Machine {
  return {
    env: outerEnv,
    run: ({ command, args, env, cwd, input, isRaw, onStderr, onStart }) =>
      new Promise((resolve, reject) => {
        const child = spawn(command, args, { env, cwd, windowsVerbatimArguments: isRaw });
        const text = { stdout: '', stderr: '' };
        child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
          text.stdout += chunk;
        });
        child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
          text.stderr += chunk;
          onStderr?.(text.stderr);
        });
        child.once('error', reject).once('close', (status) => resolve({ status, ...text }));
        child.stdin.on('error', () => undefined).end(input);
        onStart?.(() => child.kill());
      }),
  };
}

/** Wine, by one program in it that starts the others (driver.mjs). */
async function wine(): Promise<Machine> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? String(address?.port) : '';
  const driver = `Z:${join(import.meta.dirname, 'driver.mjs').replaceAll('/', '\\')}`;
  const child = spawn('wine', [NODE, driver, port], { env: outerEnv, stdio: 'ignore' });
  const connection = await new Promise<Socket>((resolve, reject) => {
    server.once('connection', resolve);
    child.once('exit', (status) => reject(new Error(`the program in Wine ended with status ${status}`)));
  });
  server.close();
  // Neither keeps the tests from ending.
  connection.unref();
  child.unref();
  const jobs = new Map<number, (message: Record<string, unknown>) => void>();
  const ready = new Promise<Env>((resolve) => {
    createInterface({ input: connection }).on('line', (line) => {
      const message = JSON.parse(line);
      if (message.env) resolve(message.env);
      else jobs.get(message.id)?.(message);
    });
  });
  let last = 0;
  const run = (job: Job) =>
    new Promise<Result>((resolve, reject) => {
      const id = ++last;
      const { onStderr, onStart, ...rest } = job;
      const text = { stdout: '', stderr: '' };
      jobs.set(id, ({ stdout, stderr, error, status }) => {
        if (typeof stdout === 'string') text.stdout += stdout;
        if (typeof stderr === 'string') text.stderr += stderr;
        if (stderr !== undefined) onStderr?.(text.stderr);
        if (typeof error === 'string') reject(new Error(error));
        if (status === undefined) return;
        jobs.delete(id);
        resolve({ status: status as number | null, ...text });
      });
      connection.write(`${JSON.stringify({ id, ...rest })}\n`);
      onStart?.(() => connection.write(`${JSON.stringify({ kill: id })}\n`));
    });
  return { env: await ready, run };
}

/** A user of Windows with a profile folder of their own. */
export interface WindowsUser {
  /** The profile folder, as this process has it, and as Windows has it. */
  readonly folder: string;
  readonly home: string;
  readonly env: Env;
  /** Writes a file below the profile folder: its path, as Windows has it. */
  write(path: string, content: string): string;
  /** Runs a line of `oracle-compute`, or of `oci` if that is its first word. */
  run(line: readonly string[], options?: RunOptions): Promise<Result>;
  start(command: string, args: readonly string[], options?: RunOptions): Promise<Result>;
}

/** @param settings further variables, once the machine's own are known */
export async function windowsUser(settings: Env = {}): Promise<WindowsUser> {
  const { env: clean, run } = await machine();
  const users = IN_WINE ? join(drive, 'users') : tmpdir();
  const folder = mkdtempSync(join(users, 'jack jones '));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const inWindows = (path: string) => (IN_WINE ? `C:${path.slice(drive.length).replaceAll('/', '\\')}` : path);
  const home = inWindows(folder);
  const env = { ...clean, USERPROFILE: home, ...settings };
  const start: WindowsUser['start'] = (command, args, options = {}) =>
    run({ command, args, cwd: home, ...options, env: { ...env, ...options.env } });
  return {
    folder,
    home,
    env,
    write: (path, content) => {
      const place = join(folder, path);
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, content);
      return inWindows(place);
    },
    start,
    run: (line, options) => {
      const isOci = line[0] === 'oci';
      return start(NODE, [entryOf(isOci ? 'oci' : 'oracle-compute'), ...line.slice(isOci ? 1 : 0)], options);
    },
  };
}
